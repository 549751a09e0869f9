import { describe, expect, test } from 'vitest';
import type { ConnectionPhase } from '../../src/connection';
import { healthOf } from '../../src/console/health';
import type { ErrorCode, LessonState } from '../../src/generated/protocol';
import { dictionaries } from '../../src/i18n';
import { callOf, layoutOf, linkOf, picturesOf, sceneOf } from '../../src/panel/scene';
import { barrierOf, refusalKey } from '../../src/problem';
import { EMPTY, type Session } from '../../src/session';
import { lessonView, participant } from '../fake-server';

const joined: ConnectionPhase = { kind: 'joined' };
const host = participant('h', { role: 'host' });
const lesson = (state: LessonState, change: Partial<Session> = {}): Session => ({
  ...EMPTY,
  you: 'c1',
  lesson: lessonView({ state, live_since_ms: null }),
  participants: [host, participant('c1'), participant('c2')],
  ...change,
});

describe('the panel', () => {
  test.each([
    ['open', 'waiting'],
    ['scheduled', 'waiting'],
    ['live', 'lesson'],
    ['paused', 'paused'],
    ['ended', 'barrier'],
    ['cancelled', 'barrier'],
  ] as const)('%s: %s', (state, kind) => expect(sceneOf(joined, lesson(state)).kind).toBe(kind));

  test('knows whether the teacher is there', () => {
    expect(sceneOf(joined, lesson('open'))).toEqual({ kind: 'waiting', hostHere: true });
    expect(sceneOf(joined, lesson('open', { participants: [] }))).toEqual({ kind: 'waiting', hostHere: false });
    expect(sceneOf(joined, lesson('live', { participants: [{ ...host, online: false }] })).kind).toBe('teacher_lost');
    expect(sceneOf(joined, lesson('live', { participants: [{ ...host, media: false }] })).kind).toBe('teacher_lost');
  });

  test('goes on showing the lesson while the connection is away', () => {
    const away: ConnectionPhase = { kind: 'waiting', attempt: 1, retryAt: 1, cause: 'network', error: null };
    expect(sceneOf(away, lesson('live')).kind).toBe('lesson');
    expect(sceneOf(away, EMPTY).kind).toBe('connecting');
  });

  test('names what is wrong with the line', () => {
    const waiting = (cause: 'network' | 'restart' | 'refused'): ConnectionPhase => ({ kind: 'waiting', attempt: 1, retryAt: 9, cause, error: null });
    expect(linkOf(waiting('network'), 'connected', true, false)).toEqual({ kind: 'lost', retryAt: 9 });
    expect(linkOf(waiting('restart'), 'connected', true, false).kind).toBe('restarting');
    expect(linkOf({ kind: 'connecting', attempt: 0, cause: null, error: null }, 'off', false, false).kind).toBe('fine');
    expect(linkOf({ kind: 'connecting', attempt: 2, cause: 'network', error: null }, 'off', true, false).kind).toBe('reconnecting');
    expect(linkOf(joined, 'offering', false, false).kind).toBe('fine');
    expect(linkOf(joined, 'offering', true, false).kind).toBe('media');
    expect(linkOf(joined, 'connected', true, false).kind).toBe('fine');
    expect(linkOf(joined, 'waiting', false, true).kind).toBe('unreached');
    expect(linkOf(waiting('network'), 'off', false, true).kind).toBe('lost');
  });

  test('asks a called class to speak only where it is heard', () => {
    const fine = { connected: true, microphone: true, on: true };
    const called = (state: LessonState, change: Partial<Session> = {}) => lesson(state, { stage: ['c1'], floor: 'c1', ...change });
    expect(callOf(called('live'), fine)).toBe('speak');
    expect(callOf(called('live', { floor: 'c2' }), fine)).toBe(null);
    expect(callOf(called('paused'), fine)).toBe('paused');
    expect(callOf(called('live', { participants: [host, participant('c1', { muted: true })] }), fine)).toBe('muted');
    expect(callOf(called('live', { participants: [{ ...host, media: false }, participant('c1')] }), fine)).toBe('teacher_lost');
    const quiet = lessonView({ switches: { ...lessonView().switches, voice: false } });
    expect(callOf(called('live', { lesson: quiet }), fine)).toBe('voice_off');
    expect(callOf(called('live'), { ...fine, connected: false })).toBe('no_media');
    expect(callOf(called('live'), { ...fine, microphone: false })).toBe('no_microphone');
    expect(callOf(called('live'), { ...fine, on: false })).toBe('microphone_off');
  });
});

describe('pictures', () => {
  const placed = (session: Session, cameraLarge = false) => picturesOf(session, cameraLarge).map(({ kind, slot, place }) => `${kind} ${slot} ${place}`);
  const laidOut = (session: Session) => layoutOf(picturesOf(session, false));
  const slots = {
    v0: { participant: 'h', source: 'camera' },
    v1: { participant: 'h', source: 'screen' },
    v2: { participant: 'c2', source: 'camera' },
  } as const;

  test('courseware is large, the teacher beside; a touch swaps them', () => {
    const session = lesson('live', { slots });
    expect(placed(session)).toEqual(['teacher v0 beside', 'courseware v1 main']);
    expect(placed(session, true)).toEqual(['teacher v0 main', 'courseware v1 beside']);
  });

  test('without courseware the teacher is large, whatever was touched before', () => {
    const session = lesson('live', { slots: { v0: slots.v0 } });
    for (const cameraLarge of [false, true]) expect(placed(session, cameraLarge)).toEqual(['teacher v0 main']);
    expect(laidOut(session)).toEqual({ layout: 'alone', small: 0 });
  });

  test('the classes on stage are in a column, our own from our camera', () => {
    const session = lesson('live', { slots, stage: ['c2', 'c1', 'gone'] });
    expect(placed(session)).toEqual(['teacher v0 beside', 'courseware v1 main', 'class v2 stage', 'own null stage']);
    expect(laidOut(session)).toEqual({ layout: 'column', small: 3 });
  });

  test('the floor is as large as the teacher, and nobody changes the order', () => {
    const stage = ['c2', 'c1'];
    expect(placed(lesson('live', { slots, stage, floor: 'c1' }))).toEqual(['teacher v0 beside', 'courseware v1 main', 'class v2 stage', 'own null floor']);
    expect(laidOut(lesson('live', { slots, stage, floor: 'c2' }))).toEqual({ layout: 'trio', small: 1 });
    const alone = lesson('live', { slots: { v0: slots.v0, v2: slots.v2 }, stage, floor: 'c2' });
    expect(placed(alone)).toEqual(['teacher v0 main', 'class v2 floor', 'own null stage']);
    expect(laidOut(alone)).toEqual({ layout: 'duo', small: 1 });
  });
});

describe('barriers', () => {
  const refused = (code: ErrorCode): ConnectionPhase => ({ kind: 'closed', reason: 'refused', error: { code, message: '' } });
  test('follow what the service said', () => {
    expect(barrierOf(joined)).toBe(null);
    expect(barrierOf(refused('token_expired'))).toBe('token_expired');
    expect(barrierOf(refused('lesson_closed'))).toBe('not_open');
    expect(barrierOf(refused('internal'))).toBe('refused');
    const early: ConnectionPhase = { kind: 'waiting', attempt: 1, retryAt: 9, cause: 'refused', error: { code: 'lesson_closed', message: '' } };
    expect(barrierOf(early)).toBe('not_open');
    expect(barrierOf({ ...early, error: { code: 'full', message: '' } })).toBe(null);
    expect(barrierOf({ kind: 'closed', reason: 'replaced', error: null })).toBe('replaced');
    expect(barrierOf({ kind: 'closed', reason: 'lesson_ended', error: null })).toBe('ended');
    expect(barrierOf({ kind: 'closed', reason: 'token_missing', error: null })).toBe('token_missing');
  });
});

test('a full stage is not a full server', () => {
  for (const onStage of [1, 4, 9]) expect(refusalKey('full', false, onStage)).toBe('error.stage_full');
  expect(refusalKey('full', false, 0)).toBe('error.full');
  expect(refusalKey('full', true, 4), 'the server is').toBe('error.full');
  expect(refusalKey('forbidden', false, 4)).toBe('error.forbidden');
  for (const { 'error.stage_full': words } of Object.values(dictionaries)) expect(words, 'how many fit is the service’s to choose').not.toMatch(/\d/);
});

test('a class’s health', () => {
  const stats = (up_loss: number, rtt_ms: number | null) => ({
    participant: 'c1',
    up_bps: 0,
    down_bps: 0,
    up_loss,
    down_loss: 0,
    rtt_ms,
    speech_ms: 0,
    layers: [],
    path: null,
  });
  const c1 = participant('c1');
  expect(healthOf({ ...c1, online: false }, undefined)).toBe('offline');
  expect(healthOf({ ...c1, media: false }, undefined)).toBe('no_media');
  expect(healthOf(c1, undefined)).toBe('good');
  expect(healthOf(c1, stats(0.03, 10))).toBe('fair');
  expect(healthOf(c1, stats(0.06, 10))).toBe('poor');
  expect(healthOf(c1, stats(0, 450))).toBe('poor');
});
