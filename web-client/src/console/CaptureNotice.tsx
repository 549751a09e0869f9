import { t } from '../i18n';
import { useLesson } from '../ui/context';

/** Why a source is missing, what to do, and a button to try again. */
export function CaptureNotice({ source }: { source: 'camera' | 'microphone' | 'screen' }) {
  const { capture } = useLesson();
  const problem = capture.problems[source].value;
  if (!problem) return null;
  const retry = source === 'screen' ? () => void capture.startScreen() : () => void capture.choose(source, capture.chosen[source].value);
  return (
    <div class="warning" role="alert" data-test={`problem-${source}`} data-problem={problem}>
      <p>
        <strong>{t(`device.${source}`)}</strong> {t(`capture.${problem}`)}
      </p>
      <button type="button" class="button small" onClick={retry}>
        {t('action.retry')}
      </button>
    </div>
  );
}
