import { describe, expect, test } from 'vitest';
import type { Store } from '../../src/credentials';
import type { PlannedLessonView } from '../../src/generated/api';
import { bindingAddress, lifeOf } from '../../src/panel/Binding';
import { deviceToken, firstScreen, forgetLesson, keepDeviceToken, lessonToken } from '../../src/panel/device';
import { AGAIN_MS, ahead, countdown, EVERY_MS, homeward, OPENS_MS, pause, SOON_MS, toJoin } from '../../src/panel/today';

const MINUTE = 60_000;
const NOW = 1_000 * MINUTE;

function lesson(id: string, state: PlannedLessonView['state'], from: number, to = from + 40): PlannedLessonView {
  return { id, state, start_ms: NOW + from * MINUTE, end_ms: NOW + to * MINUTE } as PlannedLessonView;
}

const ids = (lessons: readonly PlannedLessonView[]) => lessons.map(({ id }) => id);

describe('the lessons ahead', () => {
  test('what should be on comes before what is still on, and that before what comes', () => {
    const day = [lesson('next', 'scheduled', 60), lesson('soon', 'open', 5), lesson('over', 'live', -60, -10), lesson('now', 'open', -1)];
    expect(ids(ahead(day, NOW))).toEqual(['now', 'over', 'soon', 'next']);
  });

  test('what ended, was cancelled, or was never held is not ahead', () => {
    expect(ids(ahead([lesson('a', 'ended', -60), lesson('b', 'cancelled', 5), lesson('c', 'scheduled', -60, -20), lesson('d', 'scheduled', -5)], NOW))).toEqual(
      ['d'],
    );
  });

  test('the one to join is open and not held', () => {
    const day = [lesson('a', 'open', -1), lesson('b', 'live', -60, -10), lesson('c', 'scheduled', 5)];
    expect(toJoin(day, {}, NOW, 0)?.id).toBe('a');
    expect(toJoin(day, { a: 10 }, NOW, 9)?.id).toBe('b');
    expect(toJoin(day, { a: 10 }, NOW, 10)?.id).toBe('a');
    expect(toJoin(day, { a: Number.POSITIVE_INFINITY, b: 10 }, NOW, 9)).toBe(null);
  });
});

test('it is asked often around the moment a lesson opens, and never in step', () => {
  const opening = [lesson('a', 'scheduled', OPENS_MS / MINUTE)];
  expect(pause(opening, NOW, 0)).toBe(SOON_MS);
  expect(pause(opening, NOW - 60_000, 0)).toBe(EVERY_MS);
  expect(pause([lesson('a', 'open', 1)], NOW, 0)).toBe(EVERY_MS);
  expect(pause([], NOW, 0.99)).toBeLessThan(EVERY_MS * 0.71);
});

test('home after a lesson: at once, after a word, by a touch, or not', () => {
  expect(homeward('version')).toBe(null);
  expect(homeward('ended')?.after).toBeGreaterThan(0);
  expect(homeward('replaced')).toEqual({ after: 0, hold: Number.POSITIVE_INFINITY });
  expect(homeward('removed')).toMatchObject({ hold: Number.POSITIVE_INFINITY });
  expect(homeward('blocked')).toEqual(homeward('removed'));
  expect(homeward('token_expired')).toEqual({ after: 0, hold: AGAIN_MS });
});

test('a countdown', () => {
  expect([countdown(61_000), countdown(60_001), countdown(3_723_000), countdown(-5)]).toEqual(['01:01', '01:01', '1:02:03', '00:00']);
});

test('a code lives as long as it says, unless the panel’s clock is wrong', () => {
  expect(lifeOf({ expires_ms: NOW + 300_000 }, NOW)).toBe(300_000);
  expect(lifeOf({ expires_ms: NOW - 1 }, NOW)).toBe(600_000);
  expect(lifeOf({ expires_ms: NOW + 86_400_000 }, NOW)).toBe(600_000);
});

test('the QR code holds the code in the fragment and nothing else', () => {
  expect(bindingAddress('https://tongke.example', '482913')).toBe('https://tongke.example/school#tab=devices&code=482913');
});

describe('what a panel keeps', () => {
  function store(): Store & { map: Map<string, string> } {
    const map = new Map<string, string>();
    return { map, getItem: (key) => map.get(key) ?? null, setItem: (key, value) => void map.set(key, value), removeItem: (key) => void map.delete(key) };
  }

  test('a link wins; then the lesson one was in; then the day; then binding', () => {
    const stores = { tab: store(), durable: store() };
    expect(firstScreen(stores, '')).toBe('binding');
    keepDeviceToken(stores, 'd');
    expect([firstScreen(stores, ''), deviceToken(stores)]).toEqual(['today', 'd']);
    stores.durable.setItem('tongke.panel.token', 't');
    stores.durable.setItem('tongke.panel.resume', 't r');
    expect([firstScreen(stores, ''), lessonToken(stores, ''), lessonToken(stores, '#token=x')]).toEqual(['lesson', 'kept', 'given']);
    forgetLesson(stores);
    expect(firstScreen(stores, '')).toBe('today');
    expect([...stores.durable.map.keys()]).toEqual(['tongke.panel.device']);
    keepDeviceToken(stores, null);
    expect(firstScreen(stores, '')).toBe('binding');
  });

  test('a forbidden store is no fault', () => {
    expect(firstScreen({ tab: null, durable: null }, '')).toBe('binding');
  });
});
