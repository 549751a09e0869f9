// What the make-up days of a term are taught as. Pure.
import { weekdayOf } from '../api/zone';
import type { Term, TermDay } from '../generated/api';
import { o, weekdayText } from '../office/words';
import { weeksOf } from '../school/calendar';
import { q } from './words-terms';

/** The longest term, as the service has it. */
export const MOST_WEEKS = 53;

/** `按周五上课`, `按第 6 周周五上课`. */
export function taughtAs({ day, weekday, week }: Pick<TermDay, 'day' | 'weekday' | 'week'>): string {
  const name = weekdayText(weekday ?? weekdayOf(day));
  return week === null ? q('make_up_as', { weekday: name }) : q('make_up_as_week', { week: o('week', { n: week }), weekday: name });
}

/** The weeks a make-up day may be taught as: the term's, and what it is said to be now. */
export function weekChoices({ kind, week }: Pick<TermDay, 'kind' | 'week'>, term: Pick<Term, 'first_day' | 'last_day'>): number[] {
  if (kind === 'holiday') return [];
  const weeks = term.first_day === '' || term.last_day < term.first_day ? 0 : Math.min(MOST_WEEKS, weeksOf(term));
  const all = Array.from({ length: weeks }, (_, index) => index + 1);
  return week === null || week <= weeks ? all : [...all, week];
}
