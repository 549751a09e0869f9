import { useEffect, useState } from 'preact/hooks';
import { tell } from '../api/problem';
import type { LessonDraft, PlannedLessonView } from '../generated/api';
import { type Check, check } from './change';
import { w } from './words';

/** A change is tried this long after the last choice. */
const REST_MS = 200;

/** Tries a change on the service as soon as it is chosen; null while there is nothing to try or no answer yet. */
export function useCheck(lesson: PlannedLessonView, draft: LessonDraft | null): Check | null {
  const [found, setFound] = useState<Check | null>(null);
  const key = draft === null ? null : JSON.stringify(draft);
  useEffect(() => {
    setFound(null);
    if (draft === null) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      const answer = await check(lesson, draft, abort.signal);
      if (!abort.signal.aborted) setFound(answer);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [lesson.id, lesson.version, key]);
  return found;
}

/** What came of the try. */
export function Checked({ found, trying }: { found: Check | null; trying: boolean }) {
  if (!trying) return null;
  const kind = found?.kind ?? 'checking';
  return (
    <p class={`office-note ${kind === 'free' ? 'good' : kind === 'checking' ? 'plain' : ''}`} role="status" data-test="check" data-check={kind}>
      {found === null && w('check.checking')}
      {found?.kind === 'free' && w('check.free')}
      {found?.kind === 'clash' && found.why}
      {found?.kind === 'failed' && w('check.failed', { why: tell(found.problem) })}
    </p>
  );
}
