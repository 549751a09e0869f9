import { beforeEach, describe, expect, test } from 'vitest';
import { backoff, Connection, type ConnectionPhase, JOIN_MS, PING_MS, SILENCE_MS, WAKE_MS } from '../../src/connection';
import type { ServerMessage } from '../../src/generated/protocol';
import { welcome } from '../fake-server';
import { FakeClock, FakeSocket } from './fakes';

let clock: FakeClock;
let sockets: FakeSocket[];
let phases: ConnectionPhase[];
let heard: ServerMessage[];
let kept: { token: string | null; resume: string | null };
let connection: Connection;

beforeEach(() => {
  clock = new FakeClock();
  sockets = [];
  phases = [];
  heard = [];
  kept = { token: 'token', resume: null };
  const secrets = {
    token: () => kept.token,
    resume: () => kept.resume,
    keepResume: (secret: string | null) => {
      kept.resume = secret;
    },
  };
  const open = () => {
    const socket = new FakeSocket();
    sockets.push(socket);
    return socket;
  };
  connection = new Connection(open, secrets, clock, {
    phase: (phase) => phases.push(phase),
    welcome: (message) => heard.push({ type: 'welcome', ...message }),
    message: (message) => heard.push(message),
  });
});

const last = () => sockets[sockets.length - 1] as FakeSocket;

function join(): FakeSocket {
  connection.start();
  const socket = last();
  socket.onopen?.();
  socket.hear({ type: 'welcome', ...welcome() });
  return socket;
}

describe('joining', () => {
  test('says join first, with the version and the token', () => {
    connection.start();
    expect(last().sent).toEqual([]);
    last().onopen?.();
    expect(last().sent).toEqual([{ type: 'join', version: 1, token: 'token' }]);
    expect(connection.send({ type: 'mute_all' })).toBe(false);
    last().hear({ type: 'welcome', ...welcome() });
    expect(connection.phase.kind).toBe('joined');
    expect(connection.send({ type: 'mute_all' })).toBe(true);
  });

  test('keeps the resume secret and gives it with the next join', () => {
    join().onclose?.();
    clock.pass(300);
    last().onopen?.();
    expect(last().sent).toEqual([{ type: 'join', version: 1, token: 'token', resume: 'resume-secret' }]);
  });

  test('without a token it does not open a socket', () => {
    kept.token = null;
    connection.start();
    expect(sockets).toEqual([]);
    expect(connection.phase).toMatchObject({ kind: 'closed', reason: 'token_missing' });
  });

  test('a server that opens but never welcomes is tried again', () => {
    connection.start();
    last().onopen?.();
    clock.pass(JOIN_MS);
    expect(sockets[0]?.closed).toBe(true);
    expect(connection.phase.kind).toBe('waiting');
  });

  test('text that is not JSON, or has no type, is nothing', () => {
    const socket = join();
    for (const data of ['{', '7', 'null', '[]', '{"type":3}', new ArrayBuffer(2)]) socket.onmessage?.({ data });
    expect(heard.length).toBe(1);
    expect(connection.phase.kind).toBe('joined');
  });
});

describe('coming back', () => {
  test('pauses double from 250 ms to 3 s, up to 30 % shorter by chance', () => {
    expect([1, 2, 3, 4, 5, 9].map((n) => backoff(n, 0))).toEqual([250, 500, 1000, 2000, 3000, 3000]);
    expect(backoff(1, 1)).toBe(175);
    expect(backoff(9, 0.5)).toBe(2550);
  });

  test('a server away for four seconds is joined again within three more', () => {
    join().onclose?.();
    const began = clock.now();
    while (clock.now() - began < 4_000) {
      clock.pass(50);
      if (connection.phase.kind === 'connecting') last().onclose?.();
    }
    while (connection.phase.kind === 'waiting') clock.pass(50);
    expect(clock.now() - began).toBeLessThan(7_000);
    last().onopen?.();
    last().hear({ type: 'welcome', ...welcome() });
    expect(connection.phase.kind).toBe('joined');
    // The next loss begins with the shortest pause again.
    last().onclose?.();
    expect(connection.phase).toMatchObject({ kind: 'waiting', retryAt: clock.now() + 250 });
  });

  test('a waiting connection tries at once when the network comes back', () => {
    join().onclose?.();
    connection.wake();
    expect(sockets.length).toBe(2);
    clock.pass(10 * 250);
    expect(sockets.length).toBe(2);
  });

  test('late events of a dropped socket reach nobody', () => {
    const old = join();
    connection.wake();
    clock.pass(WAKE_MS);
    expect(old.closed).toBe(true);
    expect(old.onclose).toBe(null);
    expect(old.onmessage).toBe(null);
  });
});

describe('liveness', () => {
  test('pings every ten seconds', () => {
    const socket = join();
    clock.pass(PING_MS);
    expect(socket.sent[1]).toEqual({ type: 'ping' });
    socket.hear({ type: 'pong', now_ms: 1 });
    clock.pass(PING_MS);
    expect(socket.sent[2]).toEqual({ type: 'ping' });
  });

  test('fifteen silent seconds are a lost connection; any message counts as life', () => {
    const socket = join();
    clock.pass(SILENCE_MS - 1);
    socket.hear({ type: 'pong', now_ms: 1 });
    clock.pass(SILENCE_MS - 1);
    expect(connection.phase.kind).toBe('joined');
    clock.pass(1);
    expect(connection.phase).toMatchObject({ kind: 'waiting', cause: 'network' });
  });

  test('after a wake-up a connection that does not answer in three seconds is dropped', () => {
    const socket = join();
    connection.wake();
    expect(socket.sent[1]).toEqual({ type: 'ping' });
    clock.pass(WAKE_MS);
    expect(connection.phase.kind).toBe('waiting');
  });
});

describe('goodbye', () => {
  test('a restart comes back when the server said', () => {
    join().hear({ type: 'goodbye', reason: 'shutdown', retry_ms: 700 });
    expect(connection.phase).toMatchObject({ kind: 'waiting', cause: 'restart', retryAt: clock.now() + 700 });
    clock.pass(700);
    expect(sockets.length).toBe(2);
    // Still away: the cause is remembered for the words on screen.
    last().onclose?.();
    expect(connection.phase).toMatchObject({ kind: 'waiting', cause: 'restart' });
  });

  test('replaced: stays away until a person says otherwise', () => {
    join().hear({ type: 'goodbye', reason: 'replaced', retry_ms: null });
    clock.pass(60_000);
    expect(sockets.length).toBe(1);
    expect(connection.phase).toMatchObject({ kind: 'closed', reason: 'replaced' });
    connection.start();
    expect(sockets.length).toBe(2);
  });

  test('a refused join is closed with what was wrong', () => {
    connection.start();
    last().onopen?.();
    last().hear({ type: 'error', code: 'token_expired', message: 'expired' });
    last().hear({ type: 'goodbye', reason: 'refused', retry_ms: null });
    expect(connection.phase).toMatchObject({ kind: 'closed', reason: 'refused', error: { code: 'token_expired' } });
  });

  test('the same without a goodbye, when the socket just closes', () => {
    connection.start();
    last().onopen?.();
    last().hear({ type: 'error', code: 'token_invalid', message: 'forged' });
    last().onclose?.();
    expect(connection.phase).toMatchObject({ kind: 'closed', error: { code: 'token_invalid' } });
  });

  test('a full server is tried again', () => {
    connection.start();
    last().onopen?.();
    last().hear({ type: 'error', code: 'full', message: 'full' });
    last().onclose?.();
    expect(connection.phase).toMatchObject({ kind: 'waiting', cause: 'refused', error: { code: 'full' } });
  });

  test('an outdated resume secret is dropped and the join repeated without it', () => {
    kept.resume = 'old';
    connection.start();
    last().onopen?.();
    expect(last().sent[0]).toMatchObject({ resume: 'old' });
    last().hear({ type: 'error', code: 'participant_unknown', message: 'gone' });
    last().hear({ type: 'goodbye', reason: 'refused', retry_ms: null });
    expect(sockets.length).toBe(2);
    last().onopen?.();
    expect(last().sent[0]).not.toHaveProperty('resume');
  });

  test('the end of the lesson forgets the resume secret', () => {
    join().hear({ type: 'goodbye', reason: 'lesson_ended', retry_ms: null });
    expect(kept.resume).toBe(null);
    expect(clock.pending).toBe(0);
  });

  test('leaving says so and stops every timer', () => {
    const socket = join();
    connection.leave();
    expect(socket.sent[1]).toEqual({ type: 'leave' });
    expect(socket.closed).toBe(true);
    expect(clock.pending).toBe(0);
  });
});
