// In which order the lessons stand on the board. Pure.
import { matches } from '../ui/matches';
import type { LessonHistory } from './history';

/** More lessons than this are searched, fewer are seen at a glance. */
export const FEW = 3;

/** Live lessons first, those in trouble foremost; then open ones with people in them; `empty` are open ones where nobody has come yet. */
export interface Places {
  readonly cards: readonly LessonHistory[];
  readonly empty: readonly LessonHistory[];
}

/** The lessons whose title, school or people hold `filter`, each group in the order of the timetable: figures that move change no place. */
export function placesOf(lessons: Iterable<LessonHistory>, filter: string): Places {
  const names = ({ overview: { lesson, host_school, participants } }: LessonHistory) => [lesson.title, host_school, ...participants.map((p) => p.name)];
  const found = [...lessons].filter((history) => matches(filter, ...names(history)));
  const ranked = found.map((history) => ({ history, rank: rankOf(history) })).sort((a, b) => a.rank - b.rank || byTimetable(a.history, b.history));
  const of = (empty: boolean) => ranked.filter(({ rank }) => (rank === EMPTY) === empty).map(({ history }) => history);
  return { cards: of(false), empty: of(true) };
}

const EMPTY = 3;

function rankOf({ overview: { lesson }, rows, trouble }: LessonHistory): number {
  if (lesson.state === 'live' || lesson.state === 'paused') return trouble.is ? 0 : 1;
  return rows.length > 0 ? 2 : EMPTY;
}

const titles = new Intl.Collator('zh-CN', { numeric: true });

function byTimetable({ overview: { lesson: a } }: LessonHistory, { overview: { lesson: b } }: LessonHistory): number {
  const start = (lesson: typeof a) => lesson.planned_start_ms ?? lesson.live_since_ms ?? Number.MAX_SAFE_INTEGER;
  return start(a) - start(b) || titles.compare(a.title, b.title) || (a.id < b.id ? -1 : 1);
}
