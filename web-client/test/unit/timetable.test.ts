import { describe, expect, test } from 'vitest';
import { addDays, daysBetween, instantOf, minuteOf, minuteText, mondayOf, wallOf, weekdayOf } from '../../src/api/zone';
import { taughtAs, weekChoices } from '../../src/county/days';
import type { BellPeriod, BellPlan, PlannedLessonView, Term } from '../../src/generated/api';
import { commonMinutes, daysOf, faultOf, isShort, mondayOfWeek, periodFor, planOn, termAt, weekOf, weeksOf } from '../../src/school/calendar';
import { actsOn, cellOf, isMovable, placeAll, rowsOf, shownDays } from '../../src/school/grid';

const SHANGHAI = 'Asia/Shanghai';

describe('time', () => {
  test('days and minutes are those of the service’s zone', () => {
    const ms = Date.UTC(2026, 9, 11, 16, 20);
    expect(wallOf(ms, SHANGHAI)).toEqual({ day: '2026-10-12', minute: 20 });
    expect(wallOf(ms, 'UTC')).toEqual({ day: '2026-10-11', minute: 980 });
    expect(instantOf('2026-10-12', 20, SHANGHAI)).toBe(ms);
  });

  test('an instant reads back as itself, also across a change of the clock', () => {
    for (const zone of [SHANGHAI, 'Europe/Berlin', 'America/New_York'])
      for (const day of ['2026-03-29', '2026-10-25', '2026-11-01', '2026-12-31'])
        for (const minute of [0, 30, 480, 910, 1439]) expect(wallOf(instantOf(day, minute, zone), zone), `${zone} ${day}`).toEqual({ day, minute });
  });

  test('days are counted', () => {
    expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
    expect([weekdayOf('2026-11-23'), weekdayOf('2026-11-29')]).toEqual([1, 7]);
    expect(mondayOf('2026-11-29')).toBe('2026-11-23');
    expect(daysBetween('2026-02-27', '2026-03-01')).toBe(2);
    expect([minuteText(485), minuteOf('08:05'), minuteOf('24:30'), minuteOf('8'), minuteOf('12:60')]).toEqual(['08:05', 485, null, null, null]);
  });
});

const TERM: Term = {
  id: 't',
  region: null,
  name: 't',
  first_day: '2026-09-01',
  last_day: '2027-01-20',
  days: [
    { day: '2026-10-01', kind: 'holiday', weekday: null, week: null, name: '国庆节' },
    { day: '2026-10-10', kind: 'make_up', weekday: 4, week: null, name: '补周四的课' },
  ],
  version: 1,
};

test('a make-up day may be taught as any week of its term; one that a shorter term lost stays to be seen', () => {
  const { first_day, last_day } = TERM;
  const of = (week: number | null, kind: 'make_up' | 'holiday' = 'make_up', last = last_day) => weekChoices({ kind, week }, { first_day, last_day: last });
  expect([of(null).length, of(null)[0], of(6).length]).toEqual([21, 1, 21]);
  expect(of(6, 'make_up', '2026-09-14')).toEqual([1, 2, 3, 6]);
  expect([of(null, 'holiday'), of(null, 'make_up', ''), weekChoices({ kind: 'make_up', week: null }, { first_day: '', last_day })]).toEqual([[], [], []]);
  expect(taughtAs({ day: '2026-09-26', weekday: 5, week: 6 })).toBe('按第 6 周周五上课');
  expect(taughtAs({ day: '2026-09-26', weekday: 5, week: null })).toBe('按周五上课');
});

describe('a term', () => {
  test('its weeks begin with the Monday of the first day', () => {
    expect(weeksOf(TERM)).toBe(21);
    expect(mondayOfWeek(TERM, 1)).toBe('2026-08-31');
    expect([weekOf(TERM, '2026-09-06'), weekOf(TERM, '2026-09-07'), weekOf(TERM, '2020-01-01'), weekOf(TERM, '2030-01-01')]).toEqual([1, 2, 1, 21]);
    const days = daysOf(TERM, 1);
    expect(days.map(({ outside }) => outside)).toEqual([true, false, false, false, false, false, false]);
    expect(daysOf(TERM, 5)[3]?.special?.name).toBe('国庆节');
  });

  test('the one that is on, the next, the last', () => {
    const spring = { ...TERM, id: 's', first_day: '2027-02-20', last_day: '2027-07-01' };
    expect(termAt([spring, TERM], '2026-10-01')?.id).toBe('t');
    expect(termAt([spring, TERM], '2027-02-01')?.id).toBe('s');
    expect(termAt([spring, TERM], '2028-02-01')?.id).toBe('s');
    expect(termAt([], '2028-02-01')).toBe(null);
  });
});

const plan = (periods: BellPeriod[], change: Partial<BellPlan> = {}): BellPlan => ({
  id: 'b',
  school: 's',
  name: 'b',
  from_day: null,
  to_day: null,
  periods,
  version: 1,
  ...change,
});
const P = (number: number, start_min: number, end_min: number): BellPeriod => ({ number, start_min, end_min });

describe('bells', () => {
  test('by season', () => {
    const summer = plan([], { id: 'summer', from_day: '2026-05-01', to_day: '2026-09-30' });
    const winter = plan([], { id: 'winter', from_day: '2026-10-01' });
    expect(planOn([summer, winter], '2026-09-30')?.id).toBe('summer');
    expect(planOn([summer, winter], '2026-10-01')?.id).toBe('winter');
    expect(planOn([summer, winter], '2026-04-30')).toBe(null);
    const year = plan([], { id: 'year' });
    const until = plan([], { id: 'until', to_day: '2026-04-29' });
    expect(['2026-04-29', '2026-04-30', '2026-10-01'].map((day) => planOn([year, winter, until], day)?.id)).toEqual(['until', 'year', 'winter']);
  });

  test('what two schools have in common', () => {
    const theirs = [P(1, 520, 560), P(2, 570, 610)];
    expect(periodFor(theirs, 550, 590)?.number).toBe(2);
    expect([commonMinutes(theirs, 500, 540), commonMinutes(theirs, 530, 570), commonMinutes(theirs, 700, 740)]).toEqual([20, 30, 0]);
    expect([isShort(theirs, 500, 540), isShort(theirs, 530, 570), isShort(theirs, 520, 540)]).toEqual([true, false, false]);
  });

  test('that contradict themselves are named', () => {
    expect(faultOf([P(1, 500, 540), P(2, 540, 580)])).toBe(null);
    expect(faultOf([P(1, 500, 500)])).toEqual({ kind: 'times', number: 1 });
    expect(faultOf([P(2, 530, 580), P(1, 500, 540)])).toEqual({ kind: 'overlap', number: 2 });
    expect(faultOf([P(1, 500, 540), P(1, 550, 580)])).toEqual({ kind: 'twice', number: 1 });
  });
});

describe('the grid', () => {
  const lesson = (id: string, day: string, minute: number, school: string, state: PlannedLessonView['state'] = 'scheduled') => {
    const start_ms = instantOf(day, minute, SHANGHAI);
    return { id, title: id, state, start_ms, end_ms: start_ms + 2_400_000, host: { school }, receivers: [] } as unknown as PlannedLessonView;
  };
  const plans = [plan([P(1, 500, 540), P(2, 550, 590)])];
  const placed = placeAll(
    [lesson('ours', '2026-10-12', 500, 's'), lesson('theirs', '2026-10-12', 520, 'other'), lesson('evening', '2026-10-12', 1100, 's')],
    's',
    plans,
    SHANGHAI,
  );

  test('a received lesson lies in the period it fits best, with its own times', () => {
    expect(placed.map(({ asHost, period, exact }) => [asHost, period, exact])).toEqual([
      [true, 1, true],
      [false, 1, false],
      [true, null, false],
    ]);
    expect(cellOf(placed, '2026-10-12', 1).map(({ lesson }) => lesson.id)).toEqual(['ours', 'theirs']);
  });

  test('rows are the bells, and one for what lies between; weekends only where something is taught', () => {
    const days = daysOf(TERM, 7);
    expect(rowsOf(plans, days, placed).map(({ period }) => period)).toEqual([1, 2, null]);
    expect(rowsOf([], days, []).length).toBe(0);
    expect(shownDays(days, placed).length).toBe(5);
    expect(shownDays(daysOf(TERM, 6), []).map(({ weekday }) => weekday)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(shownDays(days, placeAll([lesson('x', '2026-10-18', 500, 's')], 's', plans, SHANGHAI)).length).toBe(6);
  });

  test('what runs or is over stays where it is', () => {
    expect((['scheduled', 'open', 'live', 'paused', 'ended', 'cancelled'] as const).map((state) => isMovable({ state }))).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  test('what the service refuses is not offered: past its time a lesson is only moved, to a later one', () => {
    const states = ['scheduled', 'open', 'live', 'paused', 'ended', 'cancelled'] as const;
    const acts = (now: number) => states.map((state) => actsOn({ state, end_ms: 1000 }, now).join(' '));
    expect(acts(999)).toEqual(['cancel substitute move', 'cancel substitute move', '', '', '', 'reinstate']);
    expect(acts(1000)).toEqual(['move', 'move', '', '', '', '']);
  });
});
