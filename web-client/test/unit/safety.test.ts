import { describe, expect, test } from 'vitest';
import type { ParticipantView, Source, Switches } from '../../src/generated/protocol';
import { barrierOf, refusalKey } from '../../src/problem';
import { hasSeat, mayTakePart, offersToSend, offFor, orderedKey, sendsNow } from '../../src/safety';
import { EMPTY, reduce, type Session } from '../../src/session';
import { lessonView, participant, welcome } from '../fake-server';

function session(you: Partial<ParticipantView>, switches: Partial<Switches> = {}, stage: string[] = []): Session {
  const me = participant('c1', you);
  const lesson = lessonView({ switches: { ...lessonView().switches, ...switches } });
  return reduce(EMPTY, { type: 'welcome', ...welcome({ you: me, participants: [me], lesson, stage }) }, 0);
}

const sent = (of: Session): Source[] => (['microphone', 'camera', 'screen'] as const).filter((source) => sendsNow(of, source));

describe('what a page sends', () => {
  test('a class sends by its kind, and while it is called', () => {
    expect(sent(session({})).slice(0, 2)).toEqual(['microphone', 'camera']);
    expect(sent(session({ publish: 'called' }))).toEqual([]);
    expect(sent(session({ publish: 'called' }, {}, ['c1'])).slice(0, 2)).toEqual(['microphone', 'camera']);
    expect(sent(session({ publish: 'never' }, {}, ['c1']))).toEqual([]);
    expect([session({}), session({ publish: 'called' }), session({ publish: 'never' })].map(offersToSend)).toEqual([true, true, false]);
  });

  test('the classes that send by themselves in a lesson of marked ones have their seats on stage', () => {
    expect(hasSeat(session({}, { sending: 'marked' }))).toBe(true);
    expect(hasSeat(session({ publish: 'called' }, { sending: 'marked' }))).toBe(false);
    expect(hasSeat(session({}))).toBe(false);
  });

  test('nothing that is switched off', () => {
    expect(sendsNow(session({}, { voice: false }), 'microphone')).toBe(false);
    expect(sendsNow(session({}, { voice: false }), 'camera')).toBe(true);
    expect(sendsNow(session({}, { video: false }), 'camera')).toBe(false);
    expect(sent(session({}, { interaction: false }, ['c1']))).toEqual([]);
  });

  test('the host goes on, but for its courseware', () => {
    const off = { voice: false, video: false, interaction: false };
    expect(sent(session({ role: 'host' }, off))).toEqual(['microphone', 'camera', 'screen']);
    expect(sent(session({ role: 'host' }, { ...off, screen: false }))).toEqual(['microphone', 'camera']);
  });
});

describe('what a class is told', () => {
  test('the widest of what is off', () => {
    expect(offFor(session({}))).toBe(null);
    expect(offFor(session({}, { voice: false }))).toBe('voice');
    expect(offFor(session({}, { video: false }))).toBe('video');
    expect(offFor(session({}, { voice: false, video: false }))).toBe('voice_video');
    expect(offFor(session({}, { voice: false, interaction: false }))).toBe('interaction');
    expect(offFor(session({ publish: 'never' }, { interaction: false }))).toBe('receive_only');
    expect(offFor(session({ role: 'observer' }, { voice: false }))).toBe(null);
  });

  test('a hand goes up only where it may', () => {
    expect(mayTakePart(session({}))).toBe(true);
    expect(mayTakePart(session({}, { interaction: false }))).toBe(false);
    expect(mayTakePart(session({ publish: 'never' }))).toBe(false);
  });

  test('removed and blocked are told apart', () => {
    expect(barrierOf({ kind: 'closed', reason: 'removed', error: null })).toBe('removed');
    expect(barrierOf({ kind: 'closed', reason: 'blocked', error: null })).toBe('blocked');
    expect(barrierOf({ kind: 'closed', reason: 'refused', error: { code: 'blocked', message: '' } })).toBe('blocked');
    expect(refusalKey('switched_off', false, 0)).toBe('error.switched_off');
  });
});

test('who is blocked is kept as last told', () => {
  const block = { participant: 'c2', name: '二班', at_ms: 1 };
  const told = reduce(session({ role: 'host' }), { type: 'blocks', blocks: [block] }, 0);
  expect(told.blocks).toEqual([block]);
  expect(reduce(told, { type: 'blocks', blocks: [] }, 0).blocks).toEqual([]);
});

test('what somebody from outside did has words', () => {
  const by = { type: 'ordered', by: '县运维' } as const;
  expect(orderedKey({ ...by, action: 'pause', switches: null })).toBe('ordered.pause');
  expect(orderedKey({ ...by, action: 'shut_down', switches: null })).toBe('ordered.shut_down');
  expect(orderedKey({ ...by, action: null, switches: { interaction: false } })).toBe('ordered.forbid');
  expect(orderedKey({ ...by, action: null, switches: { interaction: true, voice: false } })).toBe('ordered.allow');
  expect(orderedKey({ ...by, action: null, switches: { voice: false } })).toBe('ordered.switches');
});
