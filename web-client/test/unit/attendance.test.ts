import { describe, expect, test } from 'vitest';
import { columnsOf, isPoor, lateMs, momentsOf, percentOf, presenceOf, spanOf, ticksOf, worstOf } from '../../src/attendance/bar';
import { durationText } from '../../src/attendance/text';
import { actsOf, byNeed, flowOf, hasBegun, mayCount, moodOf, sumOf, verdictOf } from '../../src/attendance/verdict';
import { a } from '../../src/attendance/words';
import type { GrantView, Interval, MinuteView, PlannedLessonView } from '../../src/generated/api';
import { county, place } from '../county';
import { attendanceOf, type Fare } from '../fake-attendance';

const MINUTE = 60_000;
/** 08:20 to 09:00 in Asia/Shanghai. */
const START = Date.parse('2026-09-26T00:20:00Z');
const END = START + 40 * MINUTE;
const AFTER = END + 20 * MINUTE;
const period = { start_ms: START, end_ms: END };
const at = (minutes: number) => START + minutes * MINUTE;
const was = (from: number, to: number | null, goodbye = false): Interval => ({ joined_ms: at(from), left_ms: to === null ? null : at(to), goodbye });

const made = county(START);
const lesson: PlannedLessonView = {
  ...(made.lessons[0] as PlannedLessonView),
  ...period,
  state: 'ended',
  teacher: { id: 'chen', name: '陈晓梅' },
  assistants: [{ id: 'helper', name: '李建国' }],
  receivers: ['s2-r2', 's4-r1', 's6-r1'].map((room) => ({ ...place(made, room), interactive: true })),
};
const row = (fare: Fare, now = AFTER) => attendanceOf(lesson, 0, fare, now);

describe('the bar', () => {
  test('a power cut: there, then cut off for the rest of the period', () => {
    expect(presenceOf([was(-2, 18)], period, AFTER)).toEqual([
      { kind: 'there', from: at(-2), to: at(18) },
      { kind: 'lost', from: at(18), to: END },
    ]);
  });

  test('a line that comes back is cut off until then; a goodbye leaves no cut', () => {
    const pieces = presenceOf([was(0, 10), was(14, 20, true), was(25, 40, true)], period, AFTER);
    expect(pieces.filter(({ kind }) => kind === 'lost')).toEqual([{ kind: 'lost', from: at(10), to: at(14) }]);
  });

  test('another membership that began before the old one was noticed to be dead leaves no cut', () => {
    expect(presenceOf([was(0, 12), was(11, 40, true)], period, AFTER).some(({ kind }) => kind === 'lost')).toBe(false);
  });

  test('who is there is there until now; who vanished is cut off until now', () => {
    expect(presenceOf([was(0, null)], period, at(7))).toEqual([{ kind: 'there', from: START, to: at(7) }]);
    expect(presenceOf([was(0, 5)], period, at(7))[1]).toEqual({ kind: 'lost', from: at(5), to: at(7) });
    expect(presenceOf([was(0, 42)], period, AFTER).length).toBe(1);
  });

  test('the span holds the period and ten minutes beside it at most', () => {
    expect(spanOf(period, [], AFTER)).toEqual({ from: at(-2), to: at(42) });
    expect(spanOf(period, [{ intervals: [was(-6, 44, true)] }], AFTER)).toEqual({ from: at(-6), to: at(44) });
    expect(spanOf(period, [{ intervals: [was(-30, null)] }], END + 3 * 3_600_000)).toEqual({ from: at(-10), to: at(50) });
  });

  test('percents stay within the bar', () => {
    const span = { from: START, to: END };
    expect([at(-1), START, at(10), END, at(41)].map((moment) => percentOf(span, moment))).toEqual([0, 0, 25, 100, 100]);
    expect(percentOf({ from: START, to: START }, START)).toBe(0);
  });

  test('ticks are tens of minutes of the clock, not close to the bells', () => {
    expect(ticksOf(period)).toEqual([at(10), at(20), at(30)]);
    expect(ticksOf({ start_ms: at(8), end_ms: at(31) })).toEqual([at(20)]);
  });

  test('comings and goings in the order of time', () => {
    expect(momentsOf([was(0, 10), was(12, null)]).map(({ kind }) => kind)).toEqual(['joined', 'lost', 'joined']);
    expect(momentsOf([was(0, 10, true)])[1]).toEqual({ at: at(10), kind: 'left' });
  });

  test('a minute in two parts is one column, with the worst of both', () => {
    const part = (received_s: number, loss: number, rtt_ms: number | null): MinuteView => {
      return { ...(row('well').minutes[0] as MinuteView), minute_ms: at(3), received_s, sent_s: 40, received_loss: loss, sent_loss: 0.1, rtt_ms };
    };
    expect(columnsOf([part(20, 0.3, null), part(30, 0, 55)])).toEqual([{ at: at(3), received_s: 50, sent_s: 60, loss: 0.3, rtt_ms: 55 }]);
  });

  test('a minute is poor by what has passed of it', () => {
    const column = { at: at(5), received_s: 20, sent_s: 0, loss: 0, rtt_ms: null };
    expect(isPoor(column, period, AFTER)).toBe(true);
    expect(isPoor(column, period, at(5) + 25_000)).toBe(false);
    expect(isPoor({ ...column, received_s: 50 }, period, AFTER)).toBe(false);
    expect(isPoor({ ...column, at: at(-1), received_s: 0 }, period, AFTER)).toBe(false);
  });

  test('the worst minutes; none where nothing was measured', () => {
    const { loss, rtt } = worstOf(columnsOf(row('well').minutes));
    expect([loss?.at, loss?.loss, rtt?.at, rtt?.rtt_ms]).toEqual([at(30), 0.046, at(30), 131]);
    expect(worstOf([])).toEqual({ loss: null, rtt: null });
    expect(worstOf([{ at: START, received_s: 60, sent_s: 0, loss: 0, rtt_ms: null }])).toEqual({ loss: null, rtt: null });
  });

  test('how late: the first time there in the period', () => {
    expect(lateMs([was(-5, -1), was(4, 40)], period, AFTER)).toBe(4 * MINUTE);
    expect(lateMs([was(-5, 40)], period, AFTER)).toBe(0);
    expect(lateMs([was(-5, -1)], period, AFTER)).toBe(null);
  });
});

describe('the verdict', () => {
  test.each([
    ['well', 'delivered', 'good'],
    ['cut', 'delivered', 'good'],
    ['power', 'power', 'bad'],
    ['network', 'network', 'bad'],
    ['nobody', 'absent', 'bad'],
    ['left', 'partly', 'bad'],
    ['host', 'host', 'bad'],
    ['cancelled', 'cancelled', 'plain'],
  ] as const)('%s: %s, which is %s, in words', (fare, verdict, mood) => {
    expect(verdictOf(row(fare), lesson, AFTER)).toBe(verdict);
    expect(moodOf(verdict, lesson, AFTER)).toBe(mood);
    expect(a(`verdict.${verdict}`, { cause: '' })).not.toContain('{');
  });

  test('a cause that is not known here is told as it is', () => {
    const strange = row('power');
    if (strange.delivery) strange.delivery.cause = 'flood';
    expect(verdictOf(strange, lesson, AFTER)).toBe('other');
    expect(a('verdict.other', { cause: 'flood' })).toBe('没开成 · flood');
  });

  test('before it is decided: there, gone, not there yet, waiting', () => {
    const live = { ...lesson, state: 'live' as const };
    const of = (intervals: Interval[], now: number, of = live as PlannedLessonView) => verdictOf({ delivery: null, intervals }, of, now);
    expect(of([was(0, null)], at(5))).toBe('there');
    expect(of([was(0, 3)], at(5))).toBe('away');
    expect(of([], at(5))).toBe('never');
    expect(of([was(0, null)], AFTER)).toBe('waiting');
    expect(of([], at(5), lesson)).toBe('waiting');
    expect(of([], at(5), { ...lesson, state: 'cancelled' })).toBe('cancelled');
    expect([moodOf('never', lesson, at(-3)), moodOf('never', lesson, at(3))]).toEqual(['plain', 'warn']);
  });

  test('begun: by its state or by the bell', () => {
    const of = (state: PlannedLessonView['state'], now: number) => hasBegun({ ...period, state }, now);
    expect([of('scheduled', at(-1)), of('open', at(-1)), of('live', at(-1)), of('scheduled', at(1)), of('cancelled', at(-1))]).toEqual([
      false,
      false,
      true,
      true,
      false,
    ]);
  });

  test('what needs somebody stands first; the sum counts', () => {
    const rows = [
      attendanceOf(lesson, 0, 'well', AFTER),
      attendanceOf(lesson, 1, 'power', AFTER),
      { ...attendanceOf(lesson, 2, 'well', AFTER), delivery: null },
    ];
    expect(byNeed(rows, lesson, AFTER).map(({ place: { classroom } }) => classroom)).toEqual(['s4-r1', 's6-r1', 's2-r2']);
    expect(sumOf(rows)).toEqual({ delivered: 1, failed: 1, open: 1, heads: 84 });
    expect(sumOf([row('nobody')]).heads).toBe(null);
  });

  test('seconds: as decided; before that as measured within the period', () => {
    expect(flowOf(row('power'), period)).toMatchObject({ received_s: 18 * 60, planned_s: 40 * 60 });
    expect(flowOf(row('well', at(10)), period)).toEqual({ received_s: 600, sent_s: 600, planned_s: 2400 });
  });

  test('hands, calls, answers, and how long it spoke', () => {
    expect(actsOf(row('well'))).toEqual({ hands: 2, calls: 1, answers: 1, speech_ms: 20_000, answers_ms: 20_000 });
  });

  test('durations: seconds only of what is short', () => {
    expect([0, 45, 60, 200, 599.6, 2280].map(durationText)).toEqual(['0 秒', '45 秒', '1 分', '3 分 20 秒', '10 分', '38 分']);
  });
});

describe('who may count', () => {
  const grant = (role: GrantView['role'], scope: GrantView['scope'], scope_id: string | null, to_ms: number | null = null): GrantView => {
    return { id: 'g', person: 'p', role, scope, scope_id, scope_name: null, from_ms: 0, to_ms, granted_by: null };
  };
  const may = (id: string, grants: GrantView[], of = lesson) => {
    const person = { id, login: id, name: id, school: null, region: null, closed_ms: null, version: 1 };
    return mayCount({ person, grants, now_ms: AFTER, second_factor: 'given' }, of, place(made, 's2-r2'));
  };

  test('who teaches or assists it, and who looks after the classroom', () => {
    expect([may('chen', []), may('helper', []), may('other', [])]).toEqual([true, true, false]);
    expect(may('p', [grant('school_admin', 'school', 's2')])).toBe(true);
    expect(may('p', [grant('school_admin', 'school', 's1')])).toBe(false);
    expect(may('p', [grant('assistant', 'classroom', 's2-r2')])).toBe(true);
    expect(may('p', [grant('county_operator', 'region', 'qs')])).toBe(true);
    expect(may('p', [grant('county_operator', 'everything', null, AFTER - 1)])).toBe(false);
    expect(may('p', [grant('teacher', 'school', 's2'), grant('alliance_admin', 'alliance', 'a1')])).toBe(false);
  });

  test('not of a lesson that has not begun or is cancelled', () => {
    expect([may('chen', [], { ...lesson, state: 'scheduled' }), may('chen', [], { ...lesson, state: 'cancelled' })]).toEqual([false, false]);
  });
});
