import { describe, expect, test } from 'vitest';
import type { ServerMessage } from '../../src/generated/protocol';
import { CHAT_LINES, classTiles, EMPTY, find, hasFloor, hostOf, lessonSeconds, me, reduce, type Session, slotFor } from '../../src/session';
import { lessonView, participant, welcome } from '../fake-server';

const host = participant('h', { role: 'host' });
const start = (): Session =>
  reduce(EMPTY, { type: 'welcome', ...welcome({ participants: [host, participant('c1'), participant('c2')], now_ms: 5_000 }) }, 4_000);
const told = (...messages: ServerMessage[]): Session => messages.reduce((session, message) => reduce(session, message, 4_000), start());

describe('session', () => {
  test('a welcome fills everything', () => {
    const session = start();
    expect(me(session)?.id).toBe('c1');
    expect(hostOf(session)?.id).toBe('h');
    expect(session.clockOffset).toBe(1_000);
    expect(session.participants.map((p) => p.id)).toEqual(['h', 'c1', 'c2']);
  });

  test('a changed participant keeps its place, a new one comes last', () => {
    const session = told({ type: 'participant', participant: participant('c1', { online: false }) }, { type: 'participant', participant: participant('c3') });
    expect(session.participants.map((p) => p.id)).toEqual(['h', 'c1', 'c2', 'c3']);
    expect(find(session, 'c1')?.online).toBe(false);
  });

  test('who left is nowhere any more', () => {
    const session = told(
      { type: 'stage', participants: ['c2'], floor: 'c2' },
      { type: 'hands', participants: ['c2', 'c1'] },
      { type: 'speakers', participants: ['c2'] },
      { type: 'left', participant: 'c2' },
    );
    expect(find(session, 'c2')).toBe(null);
    expect([session.stage, session.floor, session.hands, session.speakers]).toEqual([[], null, ['c1'], []]);
  });

  test('the floor is told with the stage, and goes with who leaves', () => {
    const stage = (floor: string | null): ServerMessage => ({ type: 'stage', participants: ['c2', 'c1'], floor });
    expect([told(stage(null)).floor, told(stage('c2')).floor, told(stage('c2'), stage(null)).floor]).toEqual([null, 'c2', null]);
    expect([stage(null), stage('c2'), stage('c1')].map((message) => hasFloor(told(message)))).toEqual([false, false, true]);
    expect(told(stage('c1'), { type: 'left', participant: 'c2' }).floor).toBe('c1');
    expect(hasFloor(reduce(EMPTY, { type: 'welcome', ...welcome({ stage: ['c1'], floor: 'c1' }) }, 4_000))).toBe(true);
    expect(hasFloor(EMPTY)).toBe(false);
  });

  test('slots replace each other whole; unchanged ones keep their object', () => {
    const first = told({
      type: 'slots',
      video: [
        { slot: 'v0', participant: 'h', source: 'camera' },
        { slot: 'v1', participant: 'h', source: 'screen' },
      ],
    });
    const second = reduce(
      first,
      {
        type: 'slots',
        video: [
          { slot: 'v0', participant: 'h', source: 'camera' },
          { slot: 'v1', participant: null, source: null },
          { slot: 'v2', participant: 'c2', source: 'camera' },
        ],
      },
      4_000,
    );
    expect(second.slots.v0).toBe(first.slots.v0);
    expect(Object.keys(second.slots)).toEqual(['v0', 'v2']);
    expect(slotFor(second, 'c2', 'camera')).toBe('v2');
    expect(slotFor(second, 'h', 'screen')).toBe(null);
  });

  test('a resumed place keeps its slots, a new one does not', () => {
    const shown = told({ type: 'slots', video: [{ slot: 'v0', participant: 'h', source: 'camera' }] });
    expect(reduce(shown, { type: 'welcome', ...welcome({ resumed: true }) }, 0).slots).toHaveProperty('v0');
    expect(reduce(shown, { type: 'welcome', ...welcome({ resumed: false }) }, 0).slots).toEqual({});
  });

  test('chat lines come once and do not grow without end', () => {
    const line = (seq: number) => ({ seq, from: 'c1', name: 'c1', text: 'hi', at_ms: 1 });
    let session = told({ type: 'chat', line: line(1) }, { type: 'chat', line: line(1) });
    expect(session.chat.length).toBe(1);
    for (let seq = 2; seq < CHAT_LINES + 50; seq += 1) session = reduce(session, { type: 'chat', line: line(seq) }, 0);
    expect(session.chat.length).toBe(CHAT_LINES);
    expect(session.chat[CHAT_LINES - 1]?.seq).toBe(CHAT_LINES + 49);
  });

  test('messages that tell nothing of the lesson change nothing', () => {
    const session = start();
    expect(reduce(session, { type: 'media_lost', reason: 'x' }, 0)).toBe(session);
    expect(reduce(session, { type: 'goodbye', reason: 'shutdown', retry_ms: 1 }, 0)).toBe(session);
  });

  test('tiles: stage in its order, then pictures, then the online, then the offline', () => {
    const session = reduce(
      {
        ...EMPTY,
        participants: [host, participant('c1', { online: false }), participant('c2'), participant('c3'), participant('c4'), participant('c5')],
        stage: ['c5', 'c3'],
      },
      { type: 'slots', video: [{ slot: 'v0', participant: 'c4', source: 'camera' }] },
      0,
    );
    expect(classTiles(session).map((p) => p.id)).toEqual(['c5', 'c3', 'c4', 'c2', 'c1']);
  });

  test('the lesson clock runs on the service’s time and never below zero', () => {
    const session: Session = { ...EMPTY, clockOffset: 1_000, lesson: lessonView({ live_since_ms: 10_000 }) };
    expect(lessonSeconds(session, 69_500)).toBe(60);
    expect(lessonSeconds(session, 1_000)).toBe(0);
    expect(lessonSeconds(EMPTY, 1_000)).toBe(null);
  });
});
