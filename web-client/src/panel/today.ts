// What a bound panel does about the lessons of its day. Pure.
import type { PlannedLessonView } from '../generated/api';
import type { Barrier } from '../problem';

/** Before the bell a lesson opens this long. */
export const OPENS_MS = 10 * 60_000;
/** Today is asked for this often; around the moment a lesson opens more often. */
export const EVERY_MS = 15_000;
export const SOON_MS = 3_000;
/** After an attempt that failed, the next one. */
export const AGAIN_MS = 15_000;
/** How long a panel says that the lesson is over. */
export const OVER_MS = 10_000;

/** How long a panel says that the teacher put it out. */
export const OUT_MS = 30_000;

/** Lessons that are not joined by themselves, and until when by the panel's own clock, which may be wrong but runs. */
export type Holds = Readonly<Record<string, number>>;

export function isOpen({ state }: Pick<PlannedLessonView, 'state'>): boolean {
  return state === 'open' || state === 'live' || state === 'paused';
}

/** The lessons that still matter, the most pressing first: what should be going on now, then what goes on, then by beginning. */
export function ahead(lessons: readonly PlannedLessonView[], now: number): PlannedLessonView[] {
  const rank = (lesson: PlannedLessonView) => {
    if (isOpen(lesson) && lesson.start_ms <= now && now < lesson.end_ms) return 0;
    return lesson.state === 'live' || lesson.state === 'paused' ? 1 : 2;
  };
  return lessons
    .filter((lesson) => isOpen(lesson) || (lesson.state === 'scheduled' && lesson.end_ms > now))
    .sort((a, b) => rank(a) - rank(b) || a.start_ms - b.start_ms || (a.id < b.id ? -1 : 1));
}

/** The lesson to join now by itself. `now` is the service's time, `ownNow` the panel's. */
export function toJoin(lessons: readonly PlannedLessonView[], holds: Holds, now: number, ownNow: number): PlannedLessonView | null {
  return ahead(lessons, now).find((lesson) => isOpen(lesson) && (holds[lesson.id] ?? 0) <= ownNow) ?? null;
}

/** When to ask for the day again: soon while a lesson is about to open. `random` in [0, 1) keeps a county's panels out of step. */
export function pause(lessons: readonly PlannedLessonView[], now: number, random: number): number {
  const opening = lessons.some(({ state, start_ms }) => state === 'scheduled' && now >= start_ms - OPENS_MS - EVERY_MS && now < start_ms);
  return (opening ? SOON_MS : EVERY_MS) * (1 - 0.3 * random);
}

/** What a bound panel does when it is put out of a lesson: goes home after `after` ms and leaves the lesson alone for `hold` ms. Null: stays. */
export function homeward(barrier: Barrier): { after: number; hold: number } | null {
  switch (barrier) {
    case 'version':
      return null;
    case 'ended':
      return { after: OVER_MS, hold: AGAIN_MS };
    // Two screens that take the place from each other would do so for ever: somebody decides with a touch.
    case 'replaced':
      return { after: 0, hold: Number.POSITIVE_INFINITY };
    // Put out by the teacher: what to do is read first, and nobody comes back without a touch.
    case 'removed':
    case 'blocked':
      return { after: OUT_MS, hold: Number.POSITIVE_INFINITY };
    default:
      return { after: 0, hold: AGAIN_MS };
  }
}

/** `1:02:03` or `02:03` until then; never less than nothing. */
export function countdown(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, '0');
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return seconds >= 3600 ? `${Math.floor(seconds / 3600)}:${rest}` : rest;
}
