import { useEffect } from 'preact/hooks';
import type { ErrorCode } from '../generated/protocol';
import { type Key, t } from '../i18n';
import { useLesson } from './context';

const SHOWN_MS = 6_000;

/** The words for each refusal. */
export function errorKey(code: ErrorCode): Key {
  return `error.${code}`;
}

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
          {t(errorKey(refusal.code))}
        </div>
      )}
    </div>
  );
}
