import { expect, test } from 'vitest';
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
