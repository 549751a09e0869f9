// One page's lesson: joins connection, media, devices and state, and offers them to the UI as signals.
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import { Capture } from './capture';
import { type Clock, systemClock } from './clock';
import { Connection, type ConnectionPhase, type Socket } from './connection';
import { Credentials, storeOf } from './credentials';
import { exposeDebug } from './debug';
import type { ClientMessage, ErrorCode, ErrorNotice, IceServer, ParticipantView, ServerMessage, SlotState, Source, Welcome } from './generated/protocol';
import { Media, type MediaPhase, type MediaProfile, type ReceivingSlot } from './media';
import { Reach, type Unreached } from './reach';
import { type Ordered, offersToSend, sendsNow } from './safety';
import { EMPTY, me, reduce, type Session } from './session';
import { type Quality, quality, type Summary, summarize } from './stats';
import { Wants } from './wants';

/** Which page this is. */
export type Page = 'console' | 'panel';

/** What a page sends and receives. `guess` is the width its slots are expected to be shown at before they are. */
const PROFILES: Record<Page, MediaProfile & { guess: (index: number) => number }> = {
  console: { sends: ['microphone', 'camera', 'screen'], audioSlots: 3, videoSlots: 10, demand: 2, guess: () => 320 },
  panel: { sends: ['microphone', 'camera'], audioSlots: 3, videoSlots: 6, demand: 0, guess: (index) => (index < 2 ? 1280 : 640) },
};
/** Own figures are read this often. */
const STATS_MS = 2_000;
/** A lesson that is not open yet is asked for again this often by a panel. */
const NOT_OPEN_MS = 15_000;

/** One picture on screen. */
export interface Show {
  width(pixels: number): void;
  end(): void;
}

/** Everything a page's UI reads and does. */
export class Lesson {
  readonly session = signal<Session>(EMPTY);
  readonly phase = signal<ConnectionPhase>({ kind: 'idle' });
  readonly mediaPhase = signal<MediaPhase>('off');
  /** Whether media ever flowed: before that, "lost" would be wrong. */
  readonly mediaEver = signal(false);
  /** Where media does not get to although the service answers; null while it does, or may yet. */
  readonly unreached = signal<Unreached | null>(null);
  readonly slots = signal<readonly ReceivingSlot[]>([]);
  /** The last refusal of something the user did, or of an offer; shown for a while. */
  readonly refusal = signal<{ code: ErrorCode; ofOffer: boolean; at: number } | null>(null);
  /** What somebody from outside did to the lesson last; shown for a while. */
  readonly ordered = signal<Ordered | null>(null);
  readonly quality = signal<Quality>('unknown');
  /** Sound is blocked until somebody touches the page. */
  readonly soundBlocked = signal(false);
  readonly micOn = signal(true);
  readonly cameraOn = signal(true);
  readonly me: ReadonlySignal<ParticipantView | null> = computed(() => me(this.session.value));
  /** The sources that are captured, switched on and allowed: what arrives once media is connected. */
  readonly sent: ReadonlySignal<readonly Source[]> = computed(() => {
    const on = { microphone: this.micOn.value, camera: this.cameraOn.value, screen: true };
    return PROFILES[this.page].sends.filter((source) => on[source] && this.capture.tracks[source].value !== null && sendsNow(this.session.value, source));
  });
  readonly capture: Capture;
  readonly wants: Wants;
  readonly credentials: Credentials;
  private readonly connection: Connection;
  private readonly reach: Reach;
  private media: Media | null = null;
  private iceServers: readonly IceServer[] = [];
  /** What the present transport has sending m-lines for. */
  private lines: readonly Source[] = [];
  /** The picture on screen of each slot. */
  private readonly shows = new Map<string, Show>();
  /** The width each slot's picture was last shown at. */
  private readonly lastWidths = new Map<string, number>();
  private lastSummary: Summary | null = null;

  constructor(
    readonly page: Page,
    private readonly clock: Clock = systemClock,
  ) {
    const address = { hash: location.hash, clear: () => history.replaceState(null, '', location.pathname + location.search) };
    this.credentials = new Credentials(page, storeOf('sessionStorage'), page === 'panel' ? storeOf('localStorage') : null, address);
    this.capture = new Capture(page === 'console' ? 'host' : 'classroom', (source, track) => this.captured(source, track));
    const send = (message: ClientMessage) => this.connection.send(message);
    this.wants = new Wants(send, clock);
    this.reach = new Reach(clock, (unreached) => {
      this.unreached.value = unreached;
    });
    this.connection = new Connection(openSocket, this.credentials, clock, {
      phase: (phase) => this.phaseChanged(phase),
      welcome: (welcome) => this.welcomed(welcome),
      message: (message) => this.heard(message),
    });
    window.addEventListener('online', () => this.connection.wake());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.connection.wake());
    exposeDebug(page, {
      state: () => ({
        session: this.session.peek(),
        phase: this.phase.peek(),
        media: this.mediaPhase.peek(),
        quality: this.quality.peek(),
        wants: this.wants.now,
        problems: {
          microphone: this.capture.problems.microphone.peek(),
          camera: this.capture.problems.camera.peek(),
          screen: this.capture.problems.screen.peek(),
        },
      }),
      stats: () => this.summary(),
      offers: () => this.media?.offers ?? 0,
    });
    this.readStats();
  }

  /** Joins now and stays until the lesson ends. */
  enter(): void {
    this.connection.start();
  }

  send(message: ClientMessage): boolean {
    return this.connection.send(message);
  }

  leave(): void {
    this.connection.leave();
    this.media?.close();
    this.capture.close();
  }

  setMicrophone(on: boolean): void {
    this.micOn.value = on;
    this.applySwitches();
  }

  setCamera(on: boolean): void {
    this.cameraOn.value = on;
    this.applySwitches();
  }

  /** A picture of `slot` is on screen: says its width in device pixels as that changes, and its end. */
  show(slot: string): Show {
    const show: Show = {
      width: (width) => {
        // Not laid out yet, or for a moment: nothing is known.
        if (width <= 0) return;
        this.shows.set(slot, show);
        this.lastWidths.set(slot, width);
        this.wants.shown(slot, width);
      },
      end: () => {
        // Another picture of the slot may be up already: one that moves on the screen is taken down after it was put up again.
        if (this.shows.get(slot) !== show) return;
        this.shows.delete(slot);
        // An emptied slot keeps its layer, so that the next class called is seen at once; a filled one that is shown nowhere pauses.
        queueMicrotask(() => this.pauseUnshown());
      },
    };
    return show;
  }

  /** The figures of the transport since it began. */
  async summary(): Promise<Summary | null> {
    const media = this.media;
    const report = await media?.report();
    return media && report ? summarize(report as unknown as Iterable<[string, unknown]>, media.slots, media.sending) : null;
  }

  private phaseChanged(phase: ConnectionPhase): void {
    batch(() => {
      this.phase.value = phase;
      if (phase.kind !== 'joined') this.media?.left();
      if (phase.kind === 'closed') this.media?.close();
    });
    if (phase.kind === 'closed' && phase.error?.code === 'lesson_closed' && this.page === 'panel') {
      this.clock.setTimeout(() => this.stillClosed() && this.enter(), NOT_OPEN_MS);
    }
  }

  /** Closed, and not because the page left for good meanwhile. */
  private stillClosed(): boolean {
    const phase = this.phase.peek();
    return phase.kind === 'closed' && phase.reason !== 'left';
  }

  private welcomed(welcome: Welcome): void {
    this.apply({ type: 'welcome', ...welcome });
    if (!this.rightPage(welcome)) return;
    this.iceServers = welcome.ice_servers;
    this.followDevices();
    if (this.media && this.linesDiffer()) this.dropMedia();
    this.media ??= this.makeMedia();
    this.media.joined(welcome.ice_servers, welcome.resumed && welcome.you.media);
    this.followSwitches();
    if (this.page === 'console') this.send({ type: 'watch_stats', on: true });
  }

  /** A console is for hosts, a panel for classrooms and observers; the wrong page says so and takes no part in the media. */
  private rightPage(welcome: Welcome): boolean {
    return this.page === 'console' ? welcome.you.role === 'host' : welcome.you.role === 'classroom' || welcome.you.role === 'observer';
  }

  private makeMedia(): Media {
    const profile = PROFILES[this.page];
    const sends = this.wantedLines();
    this.lines = sends;
    const browser = {
      peer: (config: RTCConfiguration) => new RTCPeerConnection(config),
      videoCodecs: () => (typeof RTCRtpReceiver.getCapabilities === 'function' ? (RTCRtpReceiver.getCapabilities('video')?.codecs ?? null) : null),
    };
    const media = new Media({ ...profile, sends }, browser, (message) => this.send(message), this.clock, {
      phase: (phase) => {
        this.mediaPhase.value = phase;
        if (phase === 'connected') this.mediaEver.value = true;
        this.reach.phase(phase);
      },
      slots: (slots) => this.slotsChanged(slots),
      refused: (error) => {
        this.reach.stop();
        this.refused(error);
      },
      unable: () => this.reach.unable(),
    });
    for (const source of sends) void media.setTrack(source, this.sending(source));
    return media;
  }

  private wantedLines(): readonly Source[] {
    return offersToSend(this.session.peek()) ? PROFILES[this.page].sends : [];
  }

  private linesDiffer(): boolean {
    return this.lines.length !== this.wantedLines().length;
  }

  private dropMedia(): void {
    this.media?.close();
    this.media = null;
  }

  /** The track to send of a source now: none while the lesson's switches forbid it, or while this class was not called. */
  private sending(source: Source): MediaStreamTrack | null {
    return sendsNow(this.session.peek(), source) ? this.capture.tracks[source].peek() : null;
  }

  /** Sends what the switches, the stage and the kind of the lesson ask for now: no new offer, unless sending m-lines come or go. */
  private followSwitches(): void {
    if (!this.media) return;
    this.followDevices();
    if (this.linesDiffer() && this.phase.peek().kind === 'joined') {
      this.dropMedia();
      this.media = this.makeMedia();
      this.media.joined(this.iceServers, false);
      return;
    }
    for (const source of this.lines) {
      const track = this.sending(source);
      if (this.media.track(source) !== track) void this.media.setTrack(source, track);
    }
  }

  /**
   * A class that may send opens its devices by itself; who never sends is not asked for them. The class watches even where they are missing, so nothing waits
   * for them. A teacher opens them in the lobby.
   */
  private followDevices(): void {
    if (this.page !== 'panel') return;
    const sends = offersToSend(this.session.peek());
    if (sends && !this.capture.opened) void this.capture.open();
    if (!sends && this.capture.opened) this.capture.close();
  }

  private slotsChanged(slots: readonly ReceivingSlot[]): void {
    this.slots.value = slots;
    if (slots.length === 0) return;
    const video = slots.filter((slot) => slot.track.kind === 'video');
    for (const [index, { slot }] of video.entries()) if (!(slot in this.wants.now)) this.wants.shown(slot, PROFILES[this.page].guess(index));
    this.wants.reset();
  }

  private heard(message: Exclude<ServerMessage, { type: 'welcome' }>): void {
    this.apply(message);
    switch (message.type) {
      case 'lesson':
      case 'stage':
      case 'participant':
        return this.followSwitches();
      case 'answer':
        this.reach.answered(message.sdp);
        return void this.media?.answered(message);
      case 'media_lost':
        return this.media?.lost();
      case 'demand':
        return void this.media?.setDemand(message.camera);
      case 'slots':
        this.readyEmptied(message.video);
        // Let the UI put the pictures up first.
        return void this.clock.setTimeout(() => this.pauseUnshown(), 200);
      case 'ordered':
        this.ordered.value = message;
        return;
      case 'error':
        if (message.id !== undefined && this.media) return this.media.refused(message);
        if (this.phase.peek().kind === 'joined') this.refused(message);
    }
  }

  private apply(message: ServerMessage): void {
    this.session.value = reduce(this.session.peek(), message, this.clock.now());
  }

  private refused(error: ErrorNotice): void {
    this.refusal.value = { code: error.code, ofOffer: error.id !== undefined, at: this.clock.now() };
  }

  /** An emptied slot is not paused, whatever was said while its picture was being taken down: the next class called is to be seen at once. */
  private readyEmptied(video: readonly SlotState[]): void {
    for (const [index, { slot, participant }] of video.entries()) {
      if (participant === null && this.wants.now[slot] === null) this.wants.shown(slot, this.lastWidths.get(slot) ?? PROFILES[this.page].guess(index));
    }
  }

  private pauseUnshown(): void {
    for (const slot of Object.keys(this.session.peek().slots)) if (!this.shows.has(slot)) this.wants.shown(slot, null);
  }

  private captured(source: Source, track: MediaStreamTrack | null): void {
    this.applySwitches();
    void this.media?.setTrack(source, track && this.sending(source));
  }

  private applySwitches(): void {
    const { microphone, camera } = this.capture.tracks;
    for (const [source, track, on] of [
      ['microphone', microphone.peek(), this.micOn.peek()],
      ['camera', camera.peek(), this.cameraOn.peek()],
    ] as const) {
      if (!track) continue;
      if (this.media) this.media.setEnabled(source, on);
      track.enabled = on;
    }
  }

  private readStats(): void {
    this.clock.setTimeout(async () => {
      const now = this.mediaPhase.peek() === 'connected' ? await this.summary().catch(() => null) : null;
      this.quality.value = now ? quality(this.lastSummary, now) : 'unknown';
      this.lastSummary = now;
      this.readStats();
    }, STATS_MS);
  }
}

function openSocket(): Socket {
  const address = new URL('/ws', location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  return new WebSocket(address.href) as unknown as Socket;
}
