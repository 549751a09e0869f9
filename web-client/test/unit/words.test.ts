import { expect, test } from 'vitest';
import { problemWords } from '../../src/api/problem';
import { a as attendance } from '../../src/attendance/words';
import { w as county } from '../../src/county/words';
import { h as hooks } from '../../src/county/words-hooks';
import { p as people } from '../../src/county/words-people';
import { g as regions } from '../../src/county/words-regions';
import { q as terms } from '../../src/county/words-terms';
import type { Words } from '../../src/i18n/words';
import { w as landing } from '../../src/landing/words';
import { o as office } from '../../src/office/words';
import { c as calendar } from '../../src/office/words-calendar';
import { w as panel } from '../../src/panel/words';
import { w as school } from '../../src/school/words';
import { e as entries } from '../../src/school/words-entries';
import { r as register } from '../../src/school/words-register';
import { w as signin } from '../../src/signin/words';
import { w as statistics } from '../../src/statistics/words';
import { w as teacher } from '../../src/teacher/words';

const books: Record<string, Words<string>> = {
  attendance,
  calendar,
  county,
  entries,
  hooks,
  landing,
  office,
  panel,
  people,
  problem: problemWords,
  regions,
  register,
  school,
  signin,
  statistics,
  teacher,
  terms,
} as unknown as Record<string, Words<string>>;
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]).sort();

test.each(Object.entries(books))('%s: both languages have the same keys, say something, and fill in the same things', (_, { zh, en }) => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
  for (const key of Object.keys(zh)) {
    expect(zh[key]?.trim(), key).not.toBe('');
    expect(en[key]?.trim(), key).not.toBe('');
    expect(holes(en[key] ?? ''), key).toEqual(holes(zh[key] ?? ''));
  }
});

test.each(Object.entries(books))('%s: the English is no Chinese', (_, { en }) => {
  for (const key of Object.keys(en)) expect(en[key], key).not.toMatch(/\p{Script=Han}/u);
});
