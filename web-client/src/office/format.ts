// How the pages at a desk write days and lessons.
import { clockOf, monthDay, wallOf } from '../api/zone';
import type { PlannedLessonView } from '../generated/api';
import { o } from './words';

/** `10月12日`. */
export function dayText(day: string): string {
  return o('month_day', monthDay(day));
}

/** `10月12日 08:30`. */
export function momentText(ms: number, zone: string): string {
  return `${dayText(wallOf(ms, zone).day)} ${clockOf(ms, zone)}`;
}

/** `08:30–09:10`. */
export function timesText(lesson: Pick<PlannedLessonView, 'start_ms' | 'end_ms'>, zone: string): string {
  return `${clockOf(lesson.start_ms, zone)}–${clockOf(lesson.end_ms, zone)}`;
}

/** `97.5 %`; a dash where nothing was planned. */
export function percentText(share: number | null): string {
  return share === null ? '–' : `${(share * 100).toFixed(1).replace(/\.0$/, '')}%`;
}
