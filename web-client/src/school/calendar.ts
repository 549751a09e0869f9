// A term's weeks and days, and the bells of a day. Pure; the same rules as the service's timetable.
import { addDays, daysBetween, mondayOf } from '../api/zone';
import type { BellPeriod, BellPlan, Term, TermDay } from '../generated/api';

/** A day of a week of the term. */
export interface Day {
  day: string;
  /** 1 (Monday) to 7. */
  weekday: number;
  /** A holiday or a make-up day. */
  special: TermDay | null;
  /** Outside of the term: nothing is taught. */
  outside: boolean;
}

/** Weeks the term touches. */
export function weeksOf(term: Pick<Term, 'first_day' | 'last_day'>): number {
  return Math.floor(daysBetween(mondayOf(term.first_day), term.last_day) / 7) + 1;
}

/** The Monday of a week, counted from 1. */
export function mondayOfWeek(term: Term, week: number): string {
  return addDays(mondayOf(term.first_day), 7 * (week - 1));
}

/** The week a day lies in; the first or last of the term where it lies outside. */
export function weekOf(term: Term, day: string): number {
  const week = Math.floor(daysBetween(mondayOf(term.first_day), day) / 7) + 1;
  return Math.max(1, Math.min(weeksOf(term), week));
}

export function daysOf(term: Term, week: number): Day[] {
  const monday = mondayOfWeek(term, week);
  return [0, 1, 2, 3, 4, 5, 6].map((index) => {
    const day = addDays(monday, index);
    const special = term.days.find((other) => other.day === day) ?? null;
    return { day, weekday: index + 1, special, outside: day < term.first_day || day > term.last_day };
  });
}

/** The term that holds the day, else the next to come, else the last. */
export function termAt(terms: readonly Term[], day: string): Term | null {
  const byDay = [...terms].sort((a, b) => (a.first_day < b.first_day ? -1 : 1));
  return (
    byDay.find(({ first_day, last_day }) => first_day <= day && day <= last_day) ??
    byDay.find(({ first_day }) => first_day > day) ??
    byDay[byDay.length - 1] ??
    null
  );
}

/** The bells in force on a day. */
export function planOn(plans: readonly BellPlan[], day: string): BellPlan | null {
  const inForce = plans.filter((plan) => (plan.from_day === null || plan.from_day <= day) && (plan.to_day === null || day <= plan.to_day));
  // One with dates goes before the one for the whole year; the service allows no two of a kind.
  return inForce.find(({ from_day, to_day }) => from_day !== null || to_day !== null) ?? inForce[0] ?? null;
}

export function periodsOn(plans: readonly BellPlan[], day: string): BellPeriod[] {
  return [...(planOn(plans, day)?.periods ?? [])].sort((a, b) => a.start_min - b.start_min);
}

/** The period that has most of `start`–`end` in common, both in minutes of the day; null: none has any. */
export function periodFor(periods: readonly BellPeriod[], start: number, end: number): BellPeriod | null {
  let best: BellPeriod | null = null;
  let most = 0;
  for (const period of periods) {
    const common = Math.min(end, period.end_min) - Math.max(start, period.start_min);
    if (common > most) {
      best = period;
      most = common;
    }
  }
  return best;
}

/** Minutes that `start`–`end` has in common with the period it fits best (会合时段). */
export function commonMinutes(periods: readonly BellPeriod[], start: number, end: number): number {
  const best = periodFor(periods, start, end);
  return best ? Math.min(end, best.end_min) - Math.max(start, best.start_min) : 0;
}

/** A common window shorter than this is warned of. */
export const SHORT_MIN = 30;

/** Whether a lesson of `start`–`end` meets the other school's bells too shortly: less than half an hour, and less than the lesson itself. */
export function isShort(periods: readonly BellPeriod[], start: number, end: number): boolean {
  return commonMinutes(periods, start, end) < Math.min(SHORT_MIN, end - start);
}

export function isOdd(week: number): boolean {
  return week % 2 === 1;
}

/** What is wrong with the periods of a plan: `n`s that are out of order, overlap, or appear twice. Null: nothing. */
export function faultOf(periods: readonly BellPeriod[]): { kind: 'times' | 'overlap' | 'twice'; number: number } | null {
  const sorted = [...periods].sort((a, b) => a.start_min - b.start_min);
  const seen = new Set<number>();
  for (const [index, period] of sorted.entries()) {
    if (!(period.end_min > period.start_min)) return { kind: 'times', number: period.number };
    if (seen.has(period.number)) return { kind: 'twice', number: period.number };
    seen.add(period.number);
    const before = sorted[index - 1];
    if (before && before.end_min > period.start_min) return { kind: 'overlap', number: period.number };
  }
  return null;
}
