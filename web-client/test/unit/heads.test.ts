import { expect, test } from 'vitest';
import type { Store } from '../../src/credentials';
import { countOf, keepHeads, keptHeads, MOST_HEADS, typed } from '../../src/panel/heads';

function memory(): Store {
  const kept = new Map<string, string>();
  return { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => void kept.set(name, value), removeItem: (name) => void kept.delete(name) };
}

const press = (keys: string) => [...keys].reduce((digits, key) => typed(digits, key === '<' ? 'back' : key), '');

test('keys make a number: no leading zeros, three digits, one taken back', () => {
  expect(press('28')).toBe('28');
  expect(press('0028')).toBe('28');
  expect(press('0')).toBe('0');
  expect(press('28<<<')).toBe('');
  expect(press('4321')).toBe('432');
});

test('a count is what the service takes, and nothing typed is none', () => {
  expect([countOf(''), countOf('0'), countOf(String(MOST_HEADS)), countOf(String(MOST_HEADS + 1))]).toEqual([null, 0, MOST_HEADS, null]);
});

test('what is kept is of one lesson; what is broken or forbidden is as if nothing were', () => {
  const stores = { tab: null, durable: memory() };
  keepHeads(stores, { lesson: 'a', count: 28 });
  expect(keptHeads(stores, 'a')).toEqual({ lesson: 'a', count: 28 });
  expect(keptHeads(stores, 'b')).toBe(null);
  keepHeads(stores, { lesson: 'b', count: null });
  expect(keptHeads(stores, 'a')).toBe(null);
  expect(keptHeads(stores, 'b')).toEqual({ lesson: 'b', count: null });
  stores.durable.setItem('tongke.panel.heads', '{"lesson":"b","count":"<b>"}');
  expect(keptHeads(stores, 'b')).toBe(null);
  stores.durable.setItem('tongke.panel.heads', '{');
  expect(keptHeads(stores, 'b')).toBe(null);
  const refuse = () => {
    throw new Error('forbidden');
  };
  const forbidden = { tab: null, durable: { getItem: refuse, setItem: refuse, removeItem: refuse } };
  keepHeads(forbidden, { lesson: 'a', count: 1 });
  expect(keptHeads(forbidden, 'a')).toBe(null);
});
