import { expect, test } from 'vitest';
import { missedOf, onlyOf, partsOf } from '../../src/statistics/causes';
import { ALL, isNarrowed, sideOf, waysOf } from '../../src/statistics/choice';

test('what one school taught is not summed by what is the receivers’, nor by itself', () => {
  expect(waysOf(ALL, false)).toContain('region');
  for (const [only, own] of [
    [{ ...ALL, host_school: 's1', subject: '音乐' }, false],
    [sideOf('s1', 'taught'), true],
  ] as const)
    expect(waysOf(only, own)).toEqual(['school', 'subject', 'teacher', 'week']);
  expect(waysOf(sideOf('s1', 'received'), true)).toEqual(['host_school', 'subject', 'teacher', 'week']);
});

test('a side of a school is the whole of it: only more than that narrows it', () => {
  const taught = sideOf('s1', 'taught');
  expect(taught).toEqual({ ...ALL, host_school: 's1' });
  expect(sideOf('s1', 'received')).toEqual({ ...ALL, school: 's1' });
  expect(isNarrowed(taught, taught)).toBe(false);
  expect(isNarrowed({ ...taught, school: 's2' }, taught)).toBe(true);
  expect(isNarrowed(taught, ALL)).toBe(true);
});

test('what was not delivered divides by cause; of what there is none nothing is said', () => {
  const row = { planned: 486, delivered: 436, power: 3, network: 20, absent: 15, host: 2, cancelled: 10 };
  expect(missedOf(row)).toBe(50);
  expect(partsOf(row).map(({ cause, n }) => `${cause} ${n}`)).toEqual(['power 3', 'network 20', 'absent 15', 'host 2', 'cancelled 10']);
  const none = { planned: 4, delivered: 4, power: 0, network: 0, absent: 0, host: 0, cancelled: 0 };
  expect([missedOf(none), partsOf(none)]).toEqual([0, []]);
  expect(partsOf({ ...none, delivered: 2, absent: 2 })).toEqual([{ cause: 'absent', n: 2 }]);
});

test('the lessons behind a row are those of its key, within what is chosen', () => {
  const only = { ...sideOf('s1', 'taught'), subject: '音乐' };
  expect(onlyOf(only, 'school', 's6')).toEqual({ ...only, school: 's6' });
  expect(onlyOf(only, 'week', '3')).toEqual({ ...only, first_week: '3', last_week: '3' });
  expect(onlyOf(sideOf('s1', 'received'), 'host_school', 's2')).toEqual({ ...ALL, school: 's1', host_school: 's2' });
  expect(onlyOf(ALL, 'alliance', 'a1')).toEqual({ ...ALL, alliance: 'a1' });
  expect(onlyOf(ALL, 'region', 'qs')).toBeNull();
  expect(onlyOf(ALL, 'subject', '')).toBeNull();
});
