// What became of a lesson in a classroom, in one word, and the sums beneath it. Pure.
import { mayPerhaps, type Who } from '../access/access';
import type { AttendanceView, DeliveryView, InteractionKind, Place, PlannedLessonView, SessionView } from '../generated/api';
import { columnsOf, type Period, wasThere } from './bar';

/** Decided: `delivered` and the causes, of which `partly` is an absence of who was there for a time. Before: `there`, `away`, `never`, `waiting`. */
export type Verdict = 'delivered' | 'power' | 'network' | 'absent' | 'partly' | 'host' | 'cancelled' | 'other' | 'there' | 'away' | 'never' | 'waiting';
export type Mood = 'good' | 'bad' | 'warn' | 'plain';

type Lesson = Pick<PlannedLessonView, 'state' | 'start_ms' | 'end_ms'>;

/** Whether there may be something to tell of it. */
export function hasBegun({ state, start_ms }: Lesson, now: number): boolean {
  return state === 'live' || state === 'paused' || state === 'ended' || start_ms <= now;
}

export function verdictOf({ delivery, intervals }: Pick<AttendanceView, 'delivery' | 'intervals'>, lesson: Lesson, now: number): Verdict {
  if (delivery) return delivery.delivered ? 'delivered' : causeOf(delivery, () => wasThere(intervals, lesson, now));
  if (lesson.state === 'cancelled') return 'cancelled';
  if (lesson.state === 'ended' || lesson.end_ms <= now) return 'waiting';
  if (intervals.some(({ left_ms }) => left_ms === null)) return 'there';
  return intervals.length > 0 ? 'away' : 'never';
}

function causeOf({ cause }: DeliveryView, wasHere: () => boolean): Verdict {
  switch (cause) {
    case 'power':
    case 'network':
    case 'host':
    case 'cancelled':
      return cause;
    case 'absent':
      return wasHere() ? 'partly' : 'absent';
    default:
      return 'other';
  }
}

/** How good that is. A classroom that is not there is nobody's fault before the bell. */
export function moodOf(verdict: Verdict, { start_ms }: Period, now: number): Mood {
  if (verdict === 'delivered' || verdict === 'there') return 'good';
  if (verdict === 'cancelled' || verdict === 'waiting') return 'plain';
  if (verdict === 'away' || verdict === 'never') return now < start_ms ? 'plain' : 'warn';
  return 'bad';
}

const ORDER: readonly Mood[] = ['bad', 'warn', 'plain', 'good'];

/** What needs somebody first, else as given. */
export function byNeed(rows: readonly AttendanceView[], lesson: Lesson, now: number): AttendanceView[] {
  const need = (row: AttendanceView) => ORDER.indexOf(moodOf(verdictOf(row, lesson, now), lesson, now));
  return rows
    .map((row, index) => ({ row, index, need: need(row) }))
    .sort((a, b) => a.need - b.need || a.index - b.index)
    .map(({ row }) => row);
}

export interface Sum {
  delivered: number;
  failed: number;
  open: number;
  /** Null: nobody was counted. */
  heads: number | null;
}

export function sumOf(rows: readonly AttendanceView[]): Sum {
  const heads = rows.map(({ headcount }) => headcount).filter((count): count is number => count !== null);
  return {
    delivered: rows.filter(({ delivery }) => delivery?.delivered === true).length,
    failed: rows.filter(({ delivery }) => delivery?.delivered === false).length,
    open: rows.filter(({ delivery }) => delivery === null).length,
    heads: heads.length === 0 ? null : heads.reduce((sum, count) => sum + count, 0),
  };
}

/** Seconds of media of the period: as decided, before that as measured until now. */
export function flowOf({ delivery, minutes }: AttendanceView, { start_ms, end_ms }: Period): { received_s: number; sent_s: number; planned_s: number } {
  if (delivery) return delivery;
  const within = columnsOf(minutes).filter(({ at }) => at + 60_000 > start_ms && at < end_ms);
  const sum = (value: (column: (typeof within)[number]) => number) => within.reduce((all, column) => all + value(column), 0);
  return { received_s: sum(({ received_s }) => received_s), sent_s: sum(({ sent_s }) => sent_s), planned_s: Math.round((end_ms - start_ms) / 1000) };
}

/** How often, how long it spoke in all, and within its answers, in milliseconds. */
export function actsOf({ interactions, minutes }: Pick<AttendanceView, 'interactions' | 'minutes'>) {
  const count = (wanted: InteractionKind) => interactions.filter(({ kind }) => kind === wanted).length;
  return {
    hands: count('hand'),
    calls: count('call'),
    answers: count('answer'),
    speech_ms: minutes.reduce((sum, { speech_ms }) => sum + speech_ms, 0),
    answers_ms: interactions.filter(({ kind }) => kind === 'answer').reduce((sum, { speech_ms }) => sum + speech_ms, 0),
  };
}

/**
 * Whether the person may say how many pupils are there, as far as the page knows: it does not know what lies in a region or an alliance, and the service
 * has the last word.
 */
export function mayCount(who: Who & Pick<SessionView, 'person'>, lesson: PlannedLessonView, place: Place): boolean {
  if (lesson.state === 'scheduled' || lesson.state === 'cancelled') return false;
  if (lesson.teacher?.id === who.person.id || lesson.assistants.some(({ id }) => id === who.person.id)) return true;
  return mayPerhaps(who, 'CountPupils', place);
}
