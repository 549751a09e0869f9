import { beforeEach, describe, expect, test } from 'vitest';
import { hintKey } from '../../src/console/hint';
import { SETUP_MS } from '../../src/media';
import { Reach, UNREACHED_MS, type Unreached } from '../../src/reach';
import { FakeClock } from './fakes';

const ANSWER =
  'v=0\r\na=ice-lite\r\na=candidate:1 1 udp 2130706431 10.1.2.3 7701 typ host\r\na=candidate:2 1 tcp 1671430143 10.1.2.3 7701 typ host tcptype passive\r\na=end-of-candidates\r\n';

describe('media that gets nowhere', () => {
  let clock: FakeClock;
  let told: Unreached | null;
  let reach: Reach;
  beforeEach(() => {
    clock = new FakeClock();
    told = null;
    reach = new Reach(clock, (unreached) => {
      told = unreached;
    });
  });

  test('is told after a while, over several attempts, with the ports; and no more once it connects', () => {
    reach.phase('offering');
    reach.answered(ANSWER);
    reach.phase('connecting');
    clock.pass(SETUP_MS);
    reach.phase('offering');
    reach.answered(ANSWER.replace(/7701/g, '7700'));
    reach.phase('connecting');
    clock.pass(UNREACHED_MS - SETUP_MS - 1);
    expect(told).toBe(null);
    clock.pass(1);
    expect(told).toEqual({ why: 'network', ports: 'UDP/TCP 7700, 7701' });
    reach.phase('waiting');
    reach.phase('offering');
    reach.phase('connecting');
    expect(told).not.toBe(null);
    reach.phase('connected');
    expect(told).toBe(null);
    expect(clock.pending).toBe(0);
  });

  test('an answer that names no port is told without', () => {
    reach.answered('v=0\r\n');
    reach.phase('connecting');
    clock.pass(UNREACHED_MS);
    expect(told).toEqual({ why: 'network', ports: '' });
  });

  test('a service that does not answer, refuses or is away is another matter', () => {
    reach.phase('offering');
    clock.pass(2 * UNREACHED_MS);
    reach.phase('connecting');
    reach.stop();
    clock.pass(2 * UNREACHED_MS);
    reach.phase('connecting');
    reach.phase('off');
    clock.pass(2 * UNREACHED_MS);
    expect(told).toBe(null);
  });
});

test('the teacher is told what the classes get, and no more than that', () => {
  expect(hintKey('live', ['microphone', 'camera'], true, true)).toBe('hint.live');
  expect(hintKey('live', ['microphone', 'camera'], true, false)).toBe('hint.not_connected');
  expect(hintKey('live', [], true, true)).toBe('hint.live_nothing');
  expect(hintKey('live', ['camera', 'screen'], true, true)).toBe('hint.live_unheard');
  expect(hintKey('live', ['microphone'], true, true)).toBe('hint.live_unseen');
  expect(hintKey('live', ['microphone', 'screen'], true, true)).toBe('hint.live_courseware');
  expect(hintKey('live', ['screen'], true, true)).toBe('hint.live_courseware_unheard');
  expect(hintKey('paused', ['microphone'], true, true)).toBe('hint.paused');
  expect(hintKey('open', [], true, false)).toBe('hint.open');
  expect(hintKey('ended', [], true, false)).toBe(null);
  // Media may flow for a while, or not: nobody tells.
  for (const state of ['open', 'live', 'paused'] as const) expect(hintKey(state, ['microphone', 'camera'], false, true)).toBe('hint.offline');
  expect(hintKey('ended', [], false, false)).toBe(null);
});
