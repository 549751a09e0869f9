import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { useNow } from '../ui/hooks';
import { unreachedText } from '../ui/unreached';
import { linkOf } from './scene';

/** What is wrong with the line, with the seconds to the next attempt. */
export function LinkNotice() {
  const lesson = useLesson();
  const link = linkOf(lesson.phase.value, lesson.mediaPhase.value, lesson.mediaEver.value, lesson.unreached.value !== null);
  const now = useNow(500);
  if (link.kind === 'fine') return null;
  const unreached = lesson.unreached.value;
  const seconds = 'retryAt' in link ? Math.max(1, Math.ceil((link.retryAt - now) / 1000)) : 0;
  return (
    <p class="link-notice" data-test="link-notice" data-link={link.kind}>
      <span class="spinner" aria-hidden="true" />
      {link.kind === 'unreached' ? unreached && unreachedText(unreached) : t(`panel.link.${link.kind}`, { seconds })}
    </p>
  );
}
