// When a classroom was there and what reached it, as pieces of a bar over the period. Pure.
import type { AttendanceView, Interval, MinuteView, PlannedLessonView } from '../generated/api';

const MINUTE = 60_000;
/** Shown before the bell and after the end, at least and at most. */
const LEAST_BESIDE = 2 * MINUTE;
const MOST_BESIDE = 10 * MINUTE;

/** The period of a lesson. */
export type Period = Pick<PlannedLessonView, 'start_ms' | 'end_ms'>;

/** A time, in milliseconds since 1970. */
export interface Span {
  from: number;
  to: number;
}

/** A time in which a classroom was there, or was cut off. */
export interface Piece extends Span {
  kind: 'there' | 'lost';
}

/** What the bars of all classrooms reach over: the period, and somewhat beside it where somebody was there. */
export function spanOf({ start_ms, end_ms }: Period, rows: readonly Pick<AttendanceView, 'intervals'>[], now: number): Span {
  const all = rows.flatMap(({ intervals }) => intervals);
  const first = Math.min(start_ms - LEAST_BESIDE, ...all.map(({ joined_ms }) => joined_ms));
  const last = Math.max(end_ms + LEAST_BESIDE, ...all.map(({ left_ms }) => left_ms ?? now));
  return { from: Math.max(first, start_ms - MOST_BESIDE), to: Math.min(last, end_ms + MOST_BESIDE) };
}

/** Presence as the service judges it: who vanished without a goodbye is cut off until it is back, or for the rest of the period. */
export function presenceOf(intervals: readonly Interval[], { end_ms }: Period, now: number): Piece[] {
  const end = ({ left_ms }: Interval) => left_ms ?? now;
  const sorted = [...intervals].sort((a, b) => end(a) - end(b) || a.joined_ms - b.joined_ms);
  const there = sorted.map((interval): Piece => ({ kind: 'there', from: interval.joined_ms, to: end(interval) }));
  const lost = sorted.flatMap((interval, index): Piece[] => {
    if (interval.goodbye || interval.left_ms === null) return [];
    // Another membership may have begun before this one was noticed to be dead.
    const back = Math.min(...sorted.slice(index + 1).map(({ joined_ms }) => joined_ms));
    const to = back === Number.POSITIVE_INFINITY ? Math.min(end_ms, now) : back;
    return to > interval.left_ms ? [{ kind: 'lost', from: interval.left_ms, to }] : [];
  });
  return [...there, ...lost].sort((a, b) => a.from - b.from);
}

/** A coming or going. */
export interface Moment {
  at: number;
  kind: 'joined' | 'left' | 'lost';
}

export function momentsOf(intervals: readonly Interval[]): Moment[] {
  const moments = intervals.flatMap(({ joined_ms, left_ms, goodbye }): Moment[] => {
    const joined: Moment = { at: joined_ms, kind: 'joined' };
    return left_ms === null ? [joined] : [joined, { at: left_ms, kind: goodbye ? 'left' : 'lost' }];
  });
  return moments.sort((a, b) => a.at - b.at);
}

/** Whether it was there at any time of the period. */
export function wasThere(intervals: readonly Interval[], { start_ms, end_ms }: Period, now: number): boolean {
  return intervals.some(({ joined_ms, left_ms }) => joined_ms < end_ms && (left_ms ?? now) > start_ms);
}

/** How long after the bell it was there first, in milliseconds; null: never in the period. */
export function lateMs(intervals: readonly Interval[], period: Period, now: number): number | null {
  const within = intervals.filter((interval) => wasThere([interval], period, now));
  if (within.length === 0) return null;
  return Math.max(0, Math.min(...within.map(({ joined_ms }) => joined_ms)) - period.start_ms);
}

/** A minute with all that was measured in it. */
export interface Column {
  at: number;
  received_s: number;
  sent_s: number;
  /** The worse way's, 0 to 1. */
  loss: number;
  rtt_ms: number | null;
}

/** Minutes in the order of time, each once: one in which the server was started anew is told in two parts, and each device of a classroom tells its own. */
export function columnsOf(minutes: readonly MinuteView[]): Column[] {
  const columns = new Map<number, Column>();
  for (const { minute_ms, received_s, sent_s, received_loss, sent_loss, rtt_ms } of minutes) {
    const before = columns.get(minute_ms);
    const rtts = [before?.rtt_ms, rtt_ms].filter((rtt): rtt is number => typeof rtt === 'number');
    columns.set(minute_ms, {
      at: minute_ms,
      received_s: Math.min(60, received_s + (before?.received_s ?? 0)),
      sent_s: Math.min(60, sent_s + (before?.sent_s ?? 0)),
      loss: Math.max(received_loss, sent_loss, before?.loss ?? 0),
      rtt_ms: rtts.length === 0 ? null : Math.max(...rtts),
    });
  }
  return [...columns.values()].sort((a, b) => a.at - b.at);
}

/** Whether too little came in the minute, as far as it has passed and lies in the period. */
export function isPoor({ at, received_s }: Column, { start_ms, end_ms }: Period, now: number): boolean {
  const asked = (Math.min(at + MINUTE, end_ms, now) - Math.max(at, start_ms)) / 1000;
  // Figures come some seconds late.
  return asked > 15 && received_s < asked * 0.8 - 5;
}

/** The minutes with the greatest loss and the longest round trip; null where none was measured. */
export function worstOf(columns: readonly Column[]): { loss: Column | null; rtt: Column | null } {
  const most = (value: (column: Column) => number) =>
    columns.reduce<Column | null>((worst, column) => (value(column) > (worst === null ? 0 : value(worst)) ? column : worst), null);
  return { loss: most(({ loss }) => loss), rtt: most(({ rtt_ms }) => rtt_ms ?? 0) };
}

/** Every ten minutes of the clock within the period, but not close to its ends. */
export function ticksOf({ start_ms, end_ms }: Period): number[] {
  const step = 10 * MINUTE;
  const ticks: number[] = [];
  for (let at = Math.ceil(start_ms / step) * step; at < end_ms; at += step) if (at - start_ms >= step / 2 && end_ms - at >= step / 2) ticks.push(at);
  return ticks;
}

/** Where a moment is, in percent of the span; what lies outside is at its edge. */
export function percentOf({ from, to }: Span, at: number): number {
  const share = to > from ? (at - from) / (to - from) : 0;
  return Math.round(Math.max(0, Math.min(1, share)) * 10_000) / 100;
}
