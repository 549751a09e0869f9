// What became of lessons for the fake service: by default of one that went well, with a short cut of the line.
import type { AttendanceView, InteractionView, MinuteView, PlannedLessonView } from '../src/generated/api';

const MINUTE = 60_000;

/** How a classroom fared. `power`: cut off in the middle for good. */
export type Fare = 'well' | 'cut' | 'power' | 'network' | 'nobody' | 'left' | 'host' | 'cancelled';

function minute(at: number, received_s: number, change: Partial<MinuteView> = {}): MinuteView {
  return {
    minute_ms: at,
    received_s,
    sent_s: received_s,
    received_bps: 1_700_000,
    sent_bps: 900_000,
    received_loss: 0.002,
    sent_loss: 0,
    rtt_ms: 38,
    freeze_ms: 0,
    speech_ms: 0,
    ...change,
  };
}

/** When it was there, in minutes from the bell; `bye`: left by itself. */
interface There {
  from: number;
  to: number | null;
  bye?: boolean;
}

const THERE: Record<Fare, (whole: number) => There[]> = {
  well: (whole) => [{ from: -4, to: whole + 1, bye: true }],
  cut: (whole) => [
    { from: 3, to: 19 },
    { from: 21, to: whole, bye: true },
  ],
  power: () => [{ from: -2, to: 18 }],
  network: (whole) => [{ from: -1, to: whole, bye: true }],
  nobody: () => [],
  left: () => [{ from: 1, to: 9, bye: true }],
  host: (whole) => [{ from: -3, to: whole, bye: true }],
  cancelled: () => [],
};

const CAUSES: Partial<Record<Fare, string>> = { power: 'power', network: 'network', nobody: 'absent', left: 'absent', host: 'host', cancelled: 'cancelled' };

/** What a receiving classroom of a lesson got. `now`: the lesson goes no further than this. */
export function attendanceOf(lesson: PlannedLessonView, index: number, fare: Fare, now = Number.POSITIVE_INFINITY): AttendanceView {
  const { interactive: _, ...place } = lesson.receivers[index] as PlannedLessonView['receivers'][number];
  const { start_ms } = lesson;
  const whole = Math.round((lesson.end_ms - start_ms) / MINUTE);
  const at = (minutes: number) => start_ms + minutes * MINUTE;
  const there = THERE[fare](whole).filter(({ from }) => at(from) < now);
  const minutes: MinuteView[] = [];
  for (let n = 0; n < whole && at(n) < now; n += 1) {
    if (!there.some(({ from, to }) => from <= n && n < (to ?? whole))) continue;
    const poor = fare === 'network' && n > 4 && n % 5 !== 0;
    const seconds = fare === 'host' ? (n < 6 ? 58 : 0) : poor ? 11 : 60;
    const bad = { received_loss: 0.31, rtt_ms: 420, freeze_ms: 40_000 };
    minutes.push(
      minute(at(n), seconds, { speech_ms: n === 12 ? 20_000 : 0, ...(n === 30 ? { received_loss: 0.046, rtt_ms: 131 } : {}), ...(poor ? bad : {}) }),
    );
  }
  const act = (kind: InteractionView['kind'], from: number, to: number, speech_ms = 0): InteractionView => {
    return { kind, at_ms: at(from), until_ms: at(to), speech_ms };
  };
  const spoke = minutes.some(({ speech_ms }) => speech_ms > 0);
  const received_s = minutes.reduce((sum, { received_s: one }) => sum + one, 0);
  const over = now >= lesson.end_ms;
  return {
    place,
    intervals: there.map(({ from, to, bye }) => {
      const left = to === null || at(to) > now ? null : at(to);
      return { joined_ms: at(from), left_ms: left, goodbye: left !== null && bye === true };
    }),
    headcount: fare === 'well' ? 42 : null,
    interactions: spoke ? [act('hand', 10, 11), act('hand', 15, 16), act('call', 11.5, 13.5), act('answer', 12, 13, 20_000)] : [],
    minutes,
    delivery: over
      ? {
          delivered: CAUSES[fare] === undefined,
          cause: CAUSES[fare] ?? null,
          planned_s: whole * 60,
          received_s,
          sent_s: received_s,
          fault_s: fare === 'well' || fare === 'nobody' || fare === 'cancelled' ? 0 : whole * 60 - received_s,
          punctual: there.some(({ from }) => from <= 1),
        }
      : null,
  };
}

/** Of every classroom, as the test says, else all went well. */
export function attendance(lesson: PlannedLessonView, fares: readonly Fare[] | undefined, heads: ReadonlyMap<string, number>, now: number): AttendanceView[] {
  return lesson.receivers.map(({ classroom }, index) => {
    const row = attendanceOf(lesson, index, fares?.[index] ?? 'well', now);
    return { ...row, headcount: heads.get(`${lesson.id} ${classroom}`) ?? row.headcount };
  });
}
