import { beforeEach, expect, test } from 'vitest';
import type { ClientMessage } from '../../src/generated/protocol';
import { layerFor, SETTLE_MS, Wants } from '../../src/wants';
import { FakeClock } from './fakes';

let clock: FakeClock;
let sent: ClientMessage[];
let up: boolean;
let wants: Wants;

beforeEach(() => {
  clock = new FakeClock();
  sent = [];
  up = true;
  wants = new Wants((message) => {
    if (up) sent.push(message);
    return up;
  }, clock);
});

test('small, medium, large, hidden', () => {
  expect([null, 0, 200, 400, 401, 860, 861, 3840].map((width) => layerFor(width, null))).toEqual([null, null, 0, 0, 1, 1, 2, 2]);
});

test('a size near a limit does not flap', () => {
  expect(layerFor(420, 0)).toBe(0);
  expect(layerFor(441, 0)).toBe(1);
  expect(layerFor(380, 1)).toBe(1);
  expect(layerFor(359, 1)).toBe(0);
  expect(layerFor(800, 2)).toBe(2);
  expect(layerFor(773, 2)).toBe(1);
});

test('changes are said together, once they settle', () => {
  wants.shown('v0', 1280);
  clock.pass(SETTLE_MS - 1);
  wants.shown('v1', 300);
  wants.shown('v0', 640);
  clock.pass(SETTLE_MS - 1);
  expect(sent).toEqual([]);
  clock.pass(1);
  expect(sent).toEqual([
    {
      type: 'want',
      slots: [
        { slot: 'v0', spatial: 1 },
        { slot: 'v1', spatial: 0 },
      ],
    },
  ]);
});

test('what was said is not said again; a hidden slot is', () => {
  wants.shown('v0', 640);
  clock.pass(SETTLE_MS);
  wants.shown('v0', 650);
  clock.pass(SETTLE_MS);
  wants.shown('v0', null);
  clock.pass(SETTLE_MS);
  expect(sent.slice(1)).toEqual([{ type: 'want', slots: [{ slot: 'v0', spatial: null }] }]);
});

test('a new transport is told everything; what could not be said waits for it', () => {
  up = false;
  wants.shown('v0', 640);
  clock.pass(SETTLE_MS);
  up = true;
  wants.reset();
  wants.reset();
  expect(sent).toEqual([
    { type: 'want', slots: [{ slot: 'v0', spatial: 1 }] },
    { type: 'want', slots: [{ slot: 'v0', spatial: 1 }] },
  ]);
});
