// Which lesson matters now, and whether it can be entered. Pure.
import type { PlannedLessonView } from '../generated/api';

/** A lesson opens this long before the bell. */
export const OPENS_MS = 10 * 60_000;

/** States in which one can go in. */
export function isOpen(lesson: Pick<PlannedLessonView, 'state'>): boolean {
  return lesson.state === 'open' || lesson.state === 'live' || lesson.state === 'paused';
}

/** The lesson that goes on or comes next: what is live before what is open before what is planned; null when the day is done. */
export function nextOf(lessons: readonly PlannedLessonView[], now: number): PlannedLessonView | null {
  const running = lessons.find(({ state }) => state === 'live' || state === 'paused');
  const byBeginning = [...lessons].sort((a, b) => a.start_ms - b.start_ms);
  return running ?? byBeginning.find((lesson) => (lesson.state === 'open' || lesson.state === 'scheduled') && lesson.end_ms > now) ?? null;
}
