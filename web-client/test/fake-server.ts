// A stand-in for the service: it serves the built pages, keeps one scripted lesson per fake server, and answers offers with real media from a
// second RTCPeerConnection only where a test asks for it (see `pages/`). No policy: tests say what it sends.
import { createReadStream, existsSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import type { ClientMessage, ErrorCode, GoodbyeReason, LessonList, LessonView, ParticipantView, ServerMessage, Welcome } from '../src/generated/protocol';
import { FakeApi } from './fake-api';

const DIST = join(import.meta.dirname, '..', 'dist');
const TYPES: Record<string, string> = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

/** What the fake says to a join: a welcome, or a refusal. */
export type JoinReply = { welcome: Partial<Welcome> } | { refuse: ErrorCode; retryMs?: number };

/** A fake service on a loopback port. */
export class FakeServer {
  /** Everything pages said, oldest first. */
  readonly heard: ClientMessage[] = [];
  join: (token: string) => JoinReply = () => ({ welcome: {} });
  /** Body and status of `GET /api/v1/live`. */
  lessons: () => { status: number; list: LessonList | { type: string } } = () => ({ status: 200, list: { lessons: [] } });
  /** The rest of `/api/v1`. */
  readonly api = new FakeApi();
  /** Further answers to what a page says. */
  onMessage: (message: ClientMessage, say: (message: ServerMessage) => void) => void = () => undefined;
  private http: Server | null = null;
  private sockets: WebSocketServer | null = null;
  private port = 0;

  /** Listens, on the port it had before if it was stopped. */
  async start(): Promise<string> {
    if (this.http) return `http://127.0.0.1:${this.port}`;
    const http = createServer((request, response) => void this.serve(request, response));
    const sockets = new WebSocketServer({ server: http, path: '/ws' });
    sockets.on('connection', (socket) => this.connected(socket));
    await new Promise<void>((resolve, reject) => http.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.http = http;
    this.sockets = sockets;
    this.port = (http.address() as AddressInfo).port;
    return `http://127.0.0.1:${this.port}`;
  }

  /** Gone without a word, like a killed process. */
  async kill(): Promise<void> {
    for (const socket of this.sockets?.clients ?? []) socket.terminate();
    this.sockets?.close();
    this.http?.closeAllConnections();
    await new Promise<void>((resolve) => (this.http ? this.http.close(() => resolve()) : resolve()));
    this.http = null;
  }

  /** Says something to every page. */
  say(message: ServerMessage): void {
    for (const socket of this.sockets?.clients ?? []) socket.send(JSON.stringify(message));
  }

  goodbye(reason: GoodbyeReason, retryMs: number | null): void {
    this.say({ type: 'goodbye', reason, retry_ms: retryMs });
  }

  private connected(socket: WebSocket): void {
    const say = (message: ServerMessage) => socket.send(JSON.stringify(message));
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as ClientMessage;
      this.heard.push(message);
      if (message.type === 'join') this.answerJoin(message.token, message.resume, say);
      if (message.type === 'ping') say({ type: 'pong', now_ms: Date.now() });
      this.onMessage(message, say);
    });
  }

  private answerJoin(token: string, resume: string | undefined, say: (message: ServerMessage) => void): void {
    const reply = this.join(token);
    if ('refuse' in reply) {
      say({ type: 'error', code: reply.refuse, message: 'refused by the fake server' });
      return say({ type: 'goodbye', reason: 'refused', retry_ms: reply.retryMs ?? null });
    }
    say({ type: 'welcome', ...welcome(reply.welcome), resumed: resume !== undefined });
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = new URL(request.url ?? '/', 'http://fake').pathname;
    if (path === '/api/v1/live') {
      const { status, list } = this.lessons();
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(list));
      return;
    }
    if (await this.api.handle(request, response)) return;
    const page = path === '/' ? '/index.html' : /^\/[a-z]+$/.test(path) && path !== '/blank' ? `${path}.html` : path;
    const file = join(DIST, normalize(page));
    if (!file.startsWith(DIST) || !existsSync(file)) {
      response.writeHead(path === '/blank' ? 200 : 404, { 'content-type': 'text/plain' });
      response.end('nothing here');
      return;
    }
    // The policy the pages must be able to live under.
    const policy = "default-src 'self'; media-src 'self' blob: mediastream:; connect-src 'self' ws:";
    response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream', 'content-security-policy': policy });
    createReadStream(file).pipe(response);
  }
}

/** A participant with what tests do not care about filled in. */
export function participant(id: string, change: Partial<ParticipantView> = {}): ParticipantView {
  return { id, role: 'classroom', name: id, online: true, media: true, sources: ['microphone', 'camera'], muted: false, publish: 'now', ...change };
}

/** A live lesson that is not in the timetable, with `change`. */
export function lessonView(change: Partial<LessonView> = {}): LessonView {
  return {
    id: 'l1',
    title: '五年级英语 · 第三单元',
    state: 'live',
    live_since_ms: Date.now() - 754_000,
    kind: null,
    planned_start_ms: null,
    planned_end_ms: null,
    switches: { video: true, voice: true, annotation: true, screen: true, file: true, text: true, interaction: true, sending: 'everybody' },
    ...change,
  };
}

/** A welcome to a classroom in a live lesson, with `change`. */
export function welcome(change: Partial<Welcome> = {}): Welcome {
  const you = change.you ?? participant('c1');
  return {
    version: 1,
    you,
    resume: 'resume-secret',
    resumed: false,
    lesson: lessonView(),
    participants: [you],
    stage: [],
    floor: null,
    hands: [],
    chat: [],
    blocks: [],
    ice_servers: [],
    now_ms: Date.now(),
    ...change,
  };
}
