// The WebSocket protocol of `docs/protocol.md`: join, resume, reconnect. No DOM.
import type { Clock } from './clock';
import type { ClientMessage, ErrorCode, ErrorNotice, GoodbyeReason, ServerMessage, Welcome } from './generated/protocol';
import { VERSION } from './generated/protocol';

/** A page says `ping` this often. */
export const PING_MS = 10_000;
/** Nothing heard for this long: the connection is dead even if TCP does not know yet. */
export const SILENCE_MS = 15_000;
/** From opening the socket to `welcome`. */
export const JOIN_MS = 8_000;
/** After a wake-up (network back, page shown) an answer must come this fast. */
export const WAKE_MS = 3_000;
/** First and longest pause between attempts. */
export const BACKOFF_MS = { first: 250, longest: 3_000 } as const;

/** What this module needs of a `WebSocket`. */
export interface Socket {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
  send(text: string): void;
  close(): void;
}

/** Where the secrets of a page are kept. */
export interface Secrets {
  token(): string | null;
  resume(): string | null;
  keepResume(secret: string | null): void;
}

/** Why the page is between two attempts. */
export type WaitCause = 'network' | 'restart' | 'refused';

/** Where the connection stands. */
export type ConnectionPhase =
  | { kind: 'idle' }
  | { kind: 'connecting'; attempt: number; cause: WaitCause | null; error: ErrorNotice | null }
  | { kind: 'joined' }
  | { kind: 'waiting'; attempt: number; retryAt: number; cause: WaitCause; error: ErrorNotice | null }
  | { kind: 'closed'; reason: GoodbyeReason | 'token_missing'; error: ErrorNotice | null };

export interface ConnectionEvents {
  phase(phase: ConnectionPhase): void;
  welcome(welcome: Welcome): void;
  /** Every other message. */
  message(message: Exclude<ServerMessage, { type: 'welcome' }>): void;
}

/** Refusals that only a person can mend; the others are tried again. */
const FINAL: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'version',
  'token_invalid',
  'token_expired',
  'lesson_unknown',
  'lesson_closed',
  'host_present',
  'forbidden',
  'blocked',
]);
/** Refusals that an outdated resume secret may have caused. */
const RESUME_SUSPECT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['token_invalid', 'participant_unknown', 'forbidden']);

/** The pause before attempt `n` (1 is the first retry): doubling, with up to 30 % less by chance, so that a school does not come back in step. */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(BACKOFF_MS.longest, BACKOFF_MS.first * 2 ** Math.min(attempt - 1, 10));
  return Math.round(full * (1 - 0.3 * random));
}

/** One page's connection to the service, kept up until the service or the page ends it. */
export class Connection {
  private socket: Socket | null = null;
  private current: ConnectionPhase = { kind: 'idle' };
  private attempt = 0;
  private cause: WaitCause | null = null;
  private sentResume = false;
  private refusal: ErrorNotice | null = null;
  private retryTimer: number | undefined;
  private pingTimer: number | undefined;
  private deathTimer: number | undefined;

  constructor(
    private readonly open: () => Socket,
    private readonly secrets: Secrets,
    private readonly clock: Clock,
    private readonly events: ConnectionEvents,
  ) {}

  get phase(): ConnectionPhase {
    return this.current;
  }

  /** Starts, or starts again after `closed`. */
  start(): void {
    if (this.socket) return;
    this.attempt = 0;
    this.cause = null;
    this.refusal = null;
    this.connect();
  }

  /** Says one message; false when not joined: what matters is said again after `welcome`. */
  send(message: ClientMessage): boolean {
    if (this.current.kind !== 'joined' || !this.socket) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  /** The network came back or the page is shown again: tries at once, or makes sure the connection lives. */
  wake(): void {
    if (this.current.kind === 'waiting') this.connect();
    else if (this.send({ type: 'ping' })) this.expectWithin(WAKE_MS);
  }

  /** Leaves for good. */
  leave(): void {
    this.send({ type: 'leave' });
    this.secrets.keepResume(null);
    this.drop();
    this.enter({ kind: 'closed', reason: 'left', error: null });
  }

  private connect(): void {
    this.drop();
    const token = this.secrets.token();
    if (!token) return this.enter({ kind: 'closed', reason: 'token_missing', error: null });
    this.enter({ kind: 'connecting', attempt: this.attempt, cause: this.cause, error: this.refusal });
    this.refusal = null;
    const socket = this.open();
    this.socket = socket;
    this.expectWithin(JOIN_MS);
    socket.onopen = () => {
      const resume = this.secrets.resume();
      this.sentResume = resume !== null;
      socket.send(JSON.stringify({ type: 'join', version: VERSION, token, ...(resume === null ? {} : { resume }) } satisfies ClientMessage));
    };
    socket.onmessage = (event) => this.read(event.data);
    socket.onclose = () => this.lost();
  }

  private read(data: unknown): void {
    const message = parse(data);
    if (!message) return;
    if (this.current.kind === 'joined') this.expectWithin(SILENCE_MS);
    switch (message.type) {
      case 'welcome':
        return this.joined(message);
      case 'goodbye':
        this.events.message(message);
        return this.dismissed(message.reason, message.retry_ms);
      case 'error':
        if (this.current.kind === 'connecting') this.refusal = message;
    }
    this.events.message(message);
  }

  private joined(welcome: Welcome): void {
    this.attempt = 0;
    this.cause = null;
    this.secrets.keepResume(welcome.resume);
    this.expectWithin(SILENCE_MS);
    this.clock.clearTimeout(this.pingTimer ?? 0);
    this.pingTimer = this.clock.setTimeout(() => this.ping(), PING_MS);
    this.enter({ kind: 'joined' });
    this.events.welcome(welcome);
  }

  private ping(): void {
    this.send({ type: 'ping' });
    this.pingTimer = this.clock.setTimeout(() => this.ping(), PING_MS);
  }

  /** The service said why it closes. */
  private dismissed(reason: GoodbyeReason, retryMs: number | null): void {
    if (this.retryWithoutResume()) return;
    this.drop();
    if (reason === 'lesson_ended' || reason === 'left' || reason === 'removed' || reason === 'blocked') this.secrets.keepResume(null);
    if (retryMs === null) return this.enter({ kind: 'closed', reason, error: this.refusal });
    this.waitFor(retryMs, reason === 'shutdown' ? 'restart' : reason === 'refused' ? 'refused' : 'network');
  }

  /** The socket closed, could not be opened, or went silent. */
  private lost(): void {
    if (this.retryWithoutResume()) return;
    this.drop();
    if (this.refusal && FINAL.has(this.refusal.code)) return this.enter({ kind: 'closed', reason: 'refused', error: this.refusal });
    this.waitFor(null, this.refusal ? 'refused' : this.cause === 'restart' ? 'restart' : 'network');
  }

  private retryWithoutResume(): boolean {
    if (!this.refusal || !this.sentResume || !RESUME_SUSPECT.has(this.refusal.code)) return false;
    this.secrets.keepResume(null);
    this.connect();
    return true;
  }

  private waitFor(ms: number | null, cause: WaitCause): void {
    this.attempt += 1;
    this.cause = cause;
    const pause = ms ?? backoff(this.attempt, this.clock.random());
    this.retryTimer = this.clock.setTimeout(() => this.connect(), pause);
    this.enter({ kind: 'waiting', attempt: this.attempt, retryAt: this.clock.now() + pause, cause, error: this.refusal });
  }

  private expectWithin(ms: number): void {
    this.clock.clearTimeout(this.deathTimer ?? 0);
    this.deathTimer = this.clock.setTimeout(() => this.lost(), ms);
  }

  /** Forgets the socket and every timer; its late events reach nobody. */
  private drop(): void {
    for (const timer of [this.retryTimer, this.pingTimer, this.deathTimer]) this.clock.clearTimeout(timer ?? 0);
    const socket = this.socket;
    this.socket = null;
    if (!socket) return;
    socket.onopen = null;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }

  private enter(phase: ConnectionPhase): void {
    this.current = phase;
    this.events.phase(phase);
  }
}

/** One JSON object with a `type`; anything else is nothing. */
function parse(data: unknown): ServerMessage | null {
  if (typeof data !== 'string') return null;
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string' ? (value as ServerMessage) : null;
  } catch {
    return null;
  }
}
