import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { refusalKey } from '../problem';
import { useLesson } from './context';

const SHOWN_MS = 6_000;

/** The last refusal, for a few seconds, also read out. */
export function Notice() {
  const lesson = useLesson();
  const refusal = lesson.refusal.value;
  useEffect(() => {
    if (!refusal) return;
    const timer = setTimeout(() => {
      lesson.refusal.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [refusal]);
  return (
    <div class="notice-place" role="status" aria-live="polite">
      {refusal && (
        <div class="notice" data-test="notice">
          {t(refusalKey(refusal.code, lesson.page === 'console' ? lesson.session.value.stage.length : 0))}
        </div>
      )}
    </div>
  );
}
