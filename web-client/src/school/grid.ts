// Lessons in the cells of a week. Pure.
import { wallOf } from '../api/zone';
import type { BellPlan, PlannedLessonView } from '../generated/api';
import { type Day, periodFor, periodsOn } from './calendar';

/** A lesson as a school sees it. */
export interface Placed {
  lesson: PlannedLessonView;
  /** It is taught from this school; otherwise it is received. */
  asHost: boolean;
  day: string;
  /** The school's own period it lies in; null: between the bells. */
  period: number | null;
  /** Its times are those of the period. */
  exact: boolean;
}

export interface Row {
  /** Null: what lies in no period. */
  period: number | null;
  /** The bells of the first day that has them, in minutes. */
  start: number | null;
  end: number | null;
}

/** The periods of the week's days, in the order of time, and a row for what lies between them. */
export function rowsOf(plans: readonly BellPlan[], days: readonly Day[], placed: readonly Placed[]): Row[] {
  const rows = new Map<number, Row>();
  for (const { day } of days)
    for (const { number, start_min, end_min } of periodsOn(plans, day))
      if (!rows.has(number)) rows.set(number, { period: number, start: start_min, end: end_min });
  const sorted = [...rows.values()].sort((a, b) => (a.start ?? 0) - (b.start ?? 0));
  if (placed.some(({ period }) => period === null)) sorted.push({ period: null, start: null, end: null });
  return sorted;
}

/** Which cell each lesson belongs to, by the school's own bells: a received lesson keeps the host's times. */
export function placeAll(lessons: readonly PlannedLessonView[], school: string, plans: readonly BellPlan[], zone: string): Placed[] {
  return lessons.map((lesson) => {
    const start = wallOf(lesson.start_ms, zone);
    const end = start.minute + Math.round((lesson.end_ms - lesson.start_ms) / 60_000);
    const period = periodFor(periodsOn(plans, start.day), start.minute, end);
    const exact = period !== null && period.start_min === start.minute && period.end_min === end;
    return { lesson, asHost: lesson.host?.school === school, day: start.day, period: period?.number ?? null, exact };
  });
}

export function cellOf(placed: readonly Placed[], day: string, period: number | null): Placed[] {
  return placed
    .filter((one) => one.day === day && one.period === period)
    .sort((a, b) => Number(b.asHost) - Number(a.asHost) || a.lesson.start_ms - b.lesson.start_ms || (a.lesson.title < b.lesson.title ? -1 : 1));
}

/** The days that are shown: Saturday and Sunday only where something is taught. */
export function shownDays(days: readonly Day[], placed: readonly Placed[]): Day[] {
  return days.filter(({ day, weekday, special }) => weekday <= 5 || special?.kind === 'make_up' || placed.some((one) => one.day === day));
}

/** What has not begun: it can be moved by hand, even when its time is past. */
export function isMovable(lesson: Pick<PlannedLessonView, 'state'>): boolean {
  return lesson.state === 'scheduled' || lesson.state === 'open';
}

/** What can be done with a lesson by hand. */
export type ActKind = 'cancel' | 'substitute' | 'move' | 'reinstate';

/** What the service still lets be done with a lesson that is taught from here: past its time it is only moved, to a later one. */
export function actsOn(lesson: Pick<PlannedLessonView, 'state' | 'end_ms'>, now: number): readonly ActKind[] {
  const past = lesson.end_ms <= now;
  if (lesson.state === 'cancelled') return past ? [] : ['reinstate'];
  if (!isMovable(lesson)) return [];
  return past ? ['move'] : ['cancel', 'substitute', 'move'];
}
