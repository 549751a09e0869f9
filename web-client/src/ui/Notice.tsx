import type { Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { refusalKey } from '../problem';
import { orderedKey } from '../safety';
import { useLesson } from './context';

const REFUSAL_MS = 6_000;
/** What came unasked takes longer to be understood. */
const ORDERED_MS = 15_000;

/** The last refusal, and what somebody from outside did to the lesson: for some seconds, also read out. */
export function Notice() {
  const lesson = useLesson();
  const { refusal, ordered } = lesson;
  useFading(refusal, REFUSAL_MS);
  useFading(ordered, ORDERED_MS);
  return (
    <div class="notice-place" role="status" aria-live="polite">
      {ordered.value && (
        <div class="notice" data-test="notice-ordered">
          {t(orderedKey(ordered.value), { by: ordered.value.by })}
        </div>
      )}
      {refusal.value && (
        <div class="notice" data-test="notice">
          {t(refusalKey(refusal.value.code, refusal.value.ofOffer, lesson.page === 'console' ? lesson.session.value.stage.length : 0))}
        </div>
      )}
    </div>
  );
}

/** Forgets what is shown after a while. */
function useFading<T>(shown: Signal<T | null>, afterMs: number): void {
  const value = shown.value;
  useEffect(() => {
    if (!value) return;
    const timer = setTimeout(() => {
      shown.value = null;
    }, afterMs);
    return () => clearTimeout(timer);
  }, [value]);
}
