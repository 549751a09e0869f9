// The one RTCPeerConnection of a page: it offers once, the service answers, slots stay. No DOM.
import type { Clock } from './clock';
import { cameraEncodings, type Demand, encodingsOf, preferVp8 } from './encodings';
import type { Answer, ClientMessage, ErrorNotice, IceServer, Source } from './generated/protocol';

/** ICE may be disconnected this long before the page offers anew. */
export const DISCONNECTED_MS = 3_000;
/** An offer is answered, and an answer leads to a connection, within this. */
export const SETUP_MS = 8_000;
/** A transport that held this long was good: the next loss is mended at once. */
export const STABLE_MS = 5_000;
/** A camera layer that nobody gets any more is sent this much longer: somebody may be about to. */
export const LOWER_MS = 4_000;
/** Longest pause between two offers. */
export const LONGEST_PAUSE_MS = 8_000;

/** What a page sends and how many slots it has. */
export interface MediaProfile {
  readonly sends: readonly Source[];
  readonly audioSlots: number;
  readonly videoSlots: number;
  /** The camera layers sent until the service says which are wanted. */
  readonly demand: Demand;
}

/** Where the transport stands. `off`: not wanted, or the connection is down. */
export type MediaPhase = 'off' | 'offering' | 'connecting' | 'connected' | 'disconnected' | 'waiting';

/** One receiving m-line. */
export interface ReceivingSlot {
  readonly slot: string;
  readonly mid: string;
  readonly track: MediaStreamTrack;
}

export interface MediaEvents {
  phase(phase: MediaPhase): void;
  /** The slots of a new transport; empty when it is gone. */
  slots(slots: readonly ReceivingSlot[]): void;
  /** The service refused an offer. */
  refused(error: ErrorNotice): void;
  /** This browser cannot even make an offer. It is tried again. */
  unable(): void;
}

/** The browser's side, handed in so that tests own it. */
export interface Browser {
  peer(config: RTCConfiguration): RTCPeerConnection;
  /** Codecs this browser receives or sends; null where it cannot tell. */
  videoCodecs(): RTCRtpCodec[] | null;
}

interface SendingLine {
  readonly source: Source;
  readonly transceiver: RTCRtpTransceiver;
}

const KIND: Record<Source, 'audio' | 'video'> = { microphone: 'audio', camera: 'video', screen: 'video' };

/** Keeps one transport to the service for as long as the connection is joined. */
export class Media {
  private pc: RTCPeerConnection | null = null;
  private lines: SendingLine[] = [];
  private slotList: readonly ReceivingSlot[] = [];
  private readonly tracks = new Map<Source, MediaStreamTrack>();
  private current: MediaPhase = 'off';
  private iceServers: readonly IceServer[] = [];
  private online = false;
  private demand: Demand;
  private lowering: number | undefined;
  private offerId = 0;
  private made = 0;
  private failures = 0;
  private connectedAt = 0;
  private timer: number | undefined;

  constructor(
    private readonly profile: MediaProfile,
    private readonly browser: Browser,
    private readonly send: (message: ClientMessage) => boolean,
    private readonly clock: Clock,
    private readonly events: MediaEvents,
  ) {
    this.demand = profile.demand;
  }

  get phase(): MediaPhase {
    return this.current;
  }

  /** Offers made since the page was opened. */
  get offers(): number {
    return this.made;
  }

  get slots(): readonly ReceivingSlot[] {
    return this.slotList;
  }

  /** Joined: offers, unless the transport outlived the connection (`alive` is what the service says of it). */
  joined(iceServers: readonly IceServer[], alive: boolean): void {
    this.online = true;
    this.iceServers = iceServers;
    if (alive && this.current === 'connected') {
      this.sayWhatIsOn();
      return;
    }
    this.failures = 0;
    void this.offer();
  }

  /** The connection is down: a running transport goes on, a missing one waits for `joined`. */
  left(): void {
    this.online = false;
    if (this.current === 'connected' || this.current === 'disconnected') return;
    this.clock.clearTimeout(this.timer ?? 0);
    this.enter('off');
  }

  /** Ends the transport. */
  close(): void {
    this.online = false;
    this.forget();
    this.enter('off');
  }

  /** Puts a captured track into its m-line, or takes it out; never needs a new offer. */
  async setTrack(source: Source, track: MediaStreamTrack | null): Promise<void> {
    if (track) this.tracks.set(source, track);
    else this.tracks.delete(source);
    const line = this.lines.find((entry) => entry.source === source);
    if (line) {
      await line.transceiver.sender.replaceTrack(track);
      if (source === 'camera') await this.tune();
    }
    this.sayWhatIsOn();
  }

  /** The track in a source's m-line. */
  track(source: Source): MediaStreamTrack | null {
    return this.tracks.get(source) ?? null;
  }

  /** Switches a source off and on without giving its device back. */
  setEnabled(source: Source, enabled: boolean): void {
    const track = this.tracks.get(source);
    if (!track || track.enabled === enabled) return;
    track.enabled = enabled;
    this.sayWhatIsOn();
  }

  /** The service says which camera layers somebody gets: more at once, fewer after a while. */
  async setDemand(demand: Demand): Promise<void> {
    this.clock.clearTimeout(this.lowering ?? 0);
    if ((demand ?? 0) < (this.demand ?? 0)) {
      this.lowering = this.clock.setTimeout(() => void this.follow(demand), LOWER_MS);
      return;
    }
    await this.follow(demand);
  }

  /** The service answered. */
  async answered(answer: Answer): Promise<void> {
    const pc = this.pc;
    if (!pc || answer.id !== this.offerId || this.current !== 'offering') return;
    try {
      await pc.setRemoteDescription({ type: 'answer', sdp: answer.sdp });
    } catch {
      if (pc === this.pc) this.retry();
      return;
    }
    if (pc !== this.pc) return;
    this.slotList = receivingSlots(pc, answer);
    this.events.slots(this.slotList);
    this.enter('connecting');
    this.within(SETUP_MS, () => this.retry());
    this.look();
    await this.tune();
    this.sayWhatIsOn();
  }

  /** An error notice that may be about our offer. */
  refused(error: ErrorNotice): void {
    if (error.id !== this.offerId || this.current !== 'offering') return;
    this.events.refused(error);
    // The same offer would be refused again: give a person, or another server, time.
    if (error.code === 'offer_invalid' || error.code === 'forbidden') this.failures = Math.max(this.failures, 6);
    this.retry();
  }

  /** The service lost the transport. */
  lost(): void {
    this.retry();
  }

  /** Figures of the transport; null without one. */
  async report(): Promise<RTCStatsReport | null> {
    return this.pc ? this.pc.getStats() : null;
  }

  /** Which m-line carries which source, for stats. */
  get sending(): readonly { source: Source; mid: string }[] {
    return this.lines.map(({ source, transceiver }) => ({ source, mid: transceiver.mid ?? '' }));
  }

  private async offer(): Promise<void> {
    this.forget();
    if (!this.online) return this.enter('off');
    this.enter('offering');
    let pc: RTCPeerConnection;
    try {
      pc = this.browser.peer({ iceServers: this.iceServers.map((server) => ({ ...server })), bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    } catch {
      this.events.unable();
      return this.retry();
    }
    this.pc = pc;
    pc.onconnectionstatechange = () => this.look();
    pc.oniceconnectionstatechange = () => this.look();
    try {
      const filled = this.addLines(pc);
      await Promise.all(filled);
      await pc.setLocalDescription(await pc.createOffer());
    } catch {
      if (pc !== this.pc) return;
      this.events.unable();
      return this.retry();
    }
    if (pc !== this.pc) return;
    this.sendOffer(pc);
  }

  private sendOffer(pc: RTCPeerConnection): void {
    this.offerId += 1;
    const sources = this.lines.map(({ source, transceiver }) => ({ mid: transceiver.mid ?? '', source }));
    const sent = this.send({ type: 'offer', id: this.offerId, sdp: pc.localDescription?.sdp ?? '', sources });
    if (!sent) return this.close();
    this.made += 1;
    this.within(SETUP_MS, () => this.retry());
  }

  private addLines(pc: RTCPeerConnection): Promise<void>[] {
    const codecs = this.browser.videoCodecs();
    const prefer = (transceiver: RTCRtpTransceiver) => {
      if (codecs && 'setCodecPreferences' in transceiver) transceiver.setCodecPreferences(preferVp8(codecs));
    };
    const filled: Promise<void>[] = [];
    this.lines = this.profile.sends.map((source) => {
      const sendEncodings = encodingsOf(source, this.height(), this.demand);
      const transceiver = pc.addTransceiver(KIND[source], { direction: 'sendonly', ...(sendEncodings.length > 0 ? { sendEncodings } : {}) });
      if (KIND[source] === 'video') prefer(transceiver);
      const track = this.tracks.get(source);
      if (track) filled.push(transceiver.sender.replaceTrack(track));
      return { source, transceiver };
    });
    for (let i = 0; i < this.profile.audioSlots; i += 1) pc.addTransceiver('audio', { direction: 'recvonly' });
    for (let i = 0; i < this.profile.videoSlots; i += 1) prefer(pc.addTransceiver('video', { direction: 'recvonly' }));
    return filled;
  }

  /** Follows the transport's state; both events are read because old browsers have no `connectionState`. */
  private look(): void {
    const pc = this.pc;
    if (!pc || this.current === 'off' || this.current === 'waiting' || this.current === 'offering') return;
    if (pc.connectionState === 'failed' || pc.iceConnectionState === 'failed' || pc.connectionState === 'closed') return this.retry();
    const connected = pc.connectionState === 'connected' || (pc.connectionState === undefined && pc.iceConnectionState === 'connected');
    if (connected && pc.iceConnectionState !== 'disconnected') {
      if (this.current === 'connected') return;
      this.clock.clearTimeout(this.timer ?? 0);
      if (this.current === 'connecting') this.connectedAt = this.clock.now();
      return this.enter('connected');
    }
    if (this.current === 'connected') {
      this.enter('disconnected');
      this.within(DISCONNECTED_MS, () => this.retry());
    }
  }

  /** Offers anew: at once after a good spell, else after a growing pause. */
  private retry(): void {
    if (this.current === 'off') return;
    const stable = this.connectedAt > 0 && this.clock.now() - this.connectedAt >= STABLE_MS;
    this.failures = stable ? 1 : this.failures + 1;
    this.connectedAt = 0;
    this.forget();
    if (!this.online) return this.enter('off');
    if (this.failures === 1) return void this.offer();
    this.enter('waiting');
    this.within(Math.min(LONGEST_PAUSE_MS, 250 * 2 ** Math.min(this.failures - 2, 10)), () => void this.offer());
  }

  /** Drops the transport; captured tracks stay with us. */
  private forget(): void {
    this.clock.clearTimeout(this.timer ?? 0);
    const pc = this.pc;
    this.pc = null;
    this.lines = [];
    if (this.slotList.length > 0) {
      this.slotList = [];
      this.events.slots([]);
    }
    if (!pc) return;
    pc.onconnectionstatechange = null;
    pc.oniceconnectionstatechange = null;
    pc.close();
  }

  private async follow(demand: Demand): Promise<void> {
    this.demand = demand;
    await this.tune();
  }

  private async tune(): Promise<void> {
    const line = this.lines.find((entry) => entry.source === 'camera');
    if (!line) return;
    const wanted = cameraEncodings(this.height(), this.demand);
    const parameters = line.transceiver.sender.getParameters();
    let changed = false;
    for (const encoding of parameters.encodings ?? []) {
      const target = wanted.find((entry) => entry.rid === encoding.rid);
      if (
        !target ||
        (encoding.active === target.active &&
          encoding.maxBitrate === target.maxBitrate &&
          encoding.maxFramerate === target.maxFramerate &&
          encoding.scaleResolutionDownBy === target.scaleResolutionDownBy)
      )
        continue;
      Object.assign(encoding, target);
      changed = true;
    }
    // A browser that refuses keeps sending as before: worse rates, no harm.
    if (changed) await line.transceiver.sender.setParameters(parameters).catch(() => undefined);
  }

  private height(): number | null {
    return this.tracks.get('camera')?.getSettings().height ?? null;
  }

  private sayWhatIsOn(): void {
    if (this.profile.sends.length === 0) return;
    if (this.current !== 'connecting' && this.current !== 'connected' && this.current !== 'disconnected') return;
    const on = this.profile.sends.filter((source) => this.tracks.get(source)?.enabled === true);
    this.send({ type: 'sources', on });
  }

  private within(ms: number, then: () => void): void {
    this.clock.clearTimeout(this.timer ?? 0);
    this.timer = this.clock.setTimeout(then, ms);
  }

  private enter(phase: MediaPhase): void {
    if (this.current === phase) return;
    this.current = phase;
    this.events.phase(phase);
  }
}

function receivingSlots(pc: RTCPeerConnection, answer: Answer): ReceivingSlot[] {
  const slots: ReceivingSlot[] = [];
  for (const { slot, mid } of answer.slots) {
    const transceiver = pc.getTransceivers().find((entry) => entry.mid === mid);
    if (transceiver) slots.push({ slot, mid, track: transceiver.receiver.track });
  }
  return slots;
}
