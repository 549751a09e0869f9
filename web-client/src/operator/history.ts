// The last minute of every participant's figures. Pure.
import type { LessonOverview, ParticipantId, ParticipantStats, ParticipantView } from '../generated/protocol';
import { matches } from '../ui/matches';

/** Seconds kept. */
export const SECONDS = 60;

/** The bits of one second. */
export interface Point {
  readonly up: number;
  readonly down: number;
}

/** One line of the table. */
export interface Row {
  readonly participant: ParticipantView;
  readonly stats: ParticipantStats | null;
  readonly points: readonly Point[];
}

/** One lesson with its history; polls make it grow by a point a second. */
export interface LessonHistory {
  readonly overview: LessonOverview;
  readonly rows: readonly Row[];
  readonly totals: readonly Point[];
  readonly trouble: Trouble;
}

/** Whether a lesson is in trouble, as its place on the board follows it: not at every flicker. `against`: polls in a row that said otherwise. */
export interface Trouble {
  readonly is: boolean;
  readonly against: number;
}

/** Polls in a row until a lesson counts as in trouble, and until it does not any more. */
export const TROUBLED = 5;
export const RECOVERED = 30;

/** The histories after one poll: known participants gain a point, lessons that ended go. */
export function grow(before: ReadonlyMap<string, LessonHistory>, lessons: readonly LessonOverview[]): Map<string, LessonHistory> {
  const after = new Map<string, LessonHistory>();
  for (const overview of lessons) after.set(overview.lesson.id, growLesson(before.get(overview.lesson.id), overview));
  return after;
}

function growLesson(before: LessonHistory | undefined, overview: LessonOverview): LessonHistory {
  const stats = new Map<ParticipantId, ParticipantStats>();
  for (const entry of overview.stats) if (entry.participant !== null) stats.set(entry.participant, entry);
  const old = new Map(before?.rows.map((row) => [row.participant.id, row.points]));
  let up = 0;
  let down = 0;
  const rows = overview.participants.map((participant) => {
    const now = stats.get(participant.id) ?? null;
    const point = { up: now?.up_bps ?? 0, down: now?.down_bps ?? 0 };
    up += point.up;
    down += point.down;
    return { participant, stats: now, points: push(old.get(participant.id) ?? [], point) };
  });
  const trouble = follow(
    before?.trouble,
    rows.some((row) => badness(row) >= BAD),
  );
  return { overview, rows, totals: push(before?.totals ?? [], { up, down }), trouble };
}

function follow(before: Trouble | undefined, now: boolean): Trouble {
  if (!before || before.is === now) return { is: now, against: 0 };
  const against = before.against + 1;
  return against < (now ? TROUBLED : RECOVERED) ? { is: before.is, against } : { is: now, against: 0 };
}

function push(points: readonly Point[], point: Point): Point[] {
  return [...points.slice(1 - SECONDS), point];
}

/** How bad a figure is. */
export type Level = 'good' | 'fair' | 'poor';

export function lossLevel(share: number): Level {
  return share > 0.05 ? 'poor' : share > 0.02 ? 'fair' : 'good';
}

export function rttLevel(ms: number | null): Level {
  return ms === null ? 'good' : ms > 400 ? 'poor' : ms > 200 ? 'fair' : 'good';
}

/** A row in one word. */
export function healthOf({ participant, stats }: Row): 'offline' | 'no_media' | 'watching' | Level {
  if (!participant.online) return 'offline';
  if (!participant.media) return participant.role === 'operator' ? 'watching' : 'no_media';
  const levels = stats ? [lossLevel(stats.up_loss), lossLevel(stats.down_loss), rttLevel(stats.rtt_ms)] : [];
  return levels.includes('poor') ? 'poor' : levels.includes('fair') ? 'fair' : 'good';
}

/** How much a row needs looking at; larger is worse. Who is away comes before who is slow; figures of one level are alike, so that rows keep their places. */
export function badness(row: Row): number {
  return BADNESS[healthOf(row)];
}

const BADNESS = { watching: 0, good: 0, fair: 1, poor: 2, no_media: 3, offline: 4 } as const;
/** From here on somebody should look. */
const BAD = BADNESS.poor;

export type Column = 'worst' | 'name' | 'role' | 'up' | 'down' | 'up_loss' | 'down_loss' | 'rtt';

const VALUE: Record<Column, (row: Row) => number | string> = {
  worst: (row) => -badness(row),
  name: (row) => row.participant.name,
  role: (row) => ['host', 'classroom', 'observer', 'operator'].indexOf(row.participant.role),
  up: (row) => -(row.stats?.up_bps ?? -1),
  down: (row) => -(row.stats?.down_bps ?? -1),
  up_loss: (row) => -(row.stats?.up_loss ?? -1),
  down_loss: (row) => -(row.stats?.down_loss ?? -1),
  rtt: (row) => -(row.stats?.rtt_ms ?? -1),
};

/** The rows whose name holds `filter`, in the order of `column` (figures: largest first), then by name. */
export function arrange(rows: readonly Row[], filter: string, column: Column): Row[] {
  const value = VALUE[column];
  return rows
    .filter((row) => matches(filter, row.participant.name))
    .sort((a, b) => compare(value(a), value(b)) || compare(a.participant.name, b.participant.name));
}

const names = new Intl.Collator('zh-CN', { numeric: true });

function compare(a: number | string, b: number | string): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b));
}
