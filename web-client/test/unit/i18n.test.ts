import { expect, test } from 'vitest';
import { dictionaries, fill, type Key } from '../../src/i18n';

const { zh, en } = dictionaries;
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((hole) => hole[1]).sort();

test('both dictionaries have the same keys', () => {
  expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort());
});

test('no text is empty, and both languages fill in the same things', () => {
  for (const key of Object.keys(zh) as Key[]) {
    expect(zh[key].trim(), key).not.toBe('');
    expect(en[key].trim(), key).not.toBe('');
    expect(holes(en[key]), key).toEqual(holes(zh[key]));
  }
});

test('the Chinese is Chinese and the English is not', () => {
  for (const key of Object.keys(zh) as Key[]) {
    expect(zh[key], key).toMatch(/\p{Script=Han}|^\{what\}$/u);
    expect(en[key], key).not.toMatch(/\p{Script=Han}/u);
  }
});

test('fills in what is given and leaves the rest', () => {
  expect(fill('{a} of {b}', { a: 3 })).toBe('3 of {b}');
});
