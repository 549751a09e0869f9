import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { useNow } from '../ui/hooks';
import { unreachedText } from '../ui/unreached';

/** Says what is wrong with connection or media while they mend themselves. */
export function LinkBanner() {
  const lesson = useLesson();
  const phase = lesson.phase.value;
  const now = useNow(500);
  const text = (() => {
    if (phase.kind === 'waiting') {
      const seconds = Math.max(1, Math.ceil((phase.retryAt - now) / 1000));
      return t(phase.cause === 'restart' ? 'link.restarting' : phase.cause === 'refused' ? 'link.refused' : 'link.lost', { seconds });
    }
    if (phase.kind === 'connecting') return phase.attempt > 0 ? t('link.connecting_again') : null;
    const unreached = lesson.unreached.value;
    if (unreached) return unreachedText(unreached);
    if (lesson.mediaEver.value && lesson.mediaPhase.value !== 'connected') return t('link.media_lost');
    return null;
  })();
  return (
    <div class="banner-place" role="status" aria-live="polite">
      {text && (
        <div class="banner" data-test="link-banner">
          {text}
        </div>
      )}
    </div>
  );
}
