import { beforeEach, describe, expect, test } from 'vitest';
import type { ClientMessage, ErrorNotice } from '../../src/generated/protocol';
import { DISCONNECTED_MS, LOWER_MS, Media, type MediaPhase, type MediaProfile, type ReceivingSlot, SETUP_MS, STABLE_MS } from '../../src/media';
import { FakeClock, settle } from './fakes';

const HOST: MediaProfile = { sends: ['microphone', 'camera', 'screen'], audioSlots: 3, videoSlots: 10, demand: 2 };
const PANEL: MediaProfile = { sends: ['microphone', 'camera'], audioSlots: 3, videoSlots: 6, demand: 0 };

class FakeSender {
  track: unknown = null;
  parameters: { encodings: RTCRtpEncodingParameters[] };
  constructor(encodings: RTCRtpEncodingParameters[]) {
    this.parameters = { encodings: encodings.map((encoding) => ({ ...encoding })) };
  }
  async replaceTrack(track: unknown): Promise<void> {
    this.track = track;
  }
  getParameters() {
    return { encodings: this.parameters.encodings.map((encoding) => ({ ...encoding })) };
  }
  async setParameters(parameters: { encodings: RTCRtpEncodingParameters[] }): Promise<void> {
    this.parameters = parameters;
  }
}

class FakeTransceiver {
  mid: string | null = null;
  codecs: { mimeType: string }[] = [];
  readonly sender: FakeSender;
  readonly receiver: { track: { id: string; kind: string } };
  constructor(
    readonly kind: string,
    readonly init: RTCRtpTransceiverInit,
    index: number,
  ) {
    this.sender = new FakeSender(init.sendEncodings ?? []);
    this.receiver = { track: { id: `track${index}`, kind } };
  }
  setCodecPreferences(codecs: { mimeType: string }[]): void {
    this.codecs = codecs;
  }
}

class FakePeer {
  connectionState = 'new';
  iceConnectionState = 'new';
  localDescription: { sdp: string } | null = null;
  remote: unknown = null;
  closed = false;
  onconnectionstatechange: (() => void) | null = null;
  oniceconnectionstatechange: (() => void) | null = null;
  readonly transceivers: FakeTransceiver[] = [];
  constructor(readonly config: RTCConfiguration) {}
  addTransceiver(kind: string, init: RTCRtpTransceiverInit): FakeTransceiver {
    const transceiver = new FakeTransceiver(kind, init, this.transceivers.length);
    this.transceivers.push(transceiver);
    return transceiver;
  }
  getTransceivers(): FakeTransceiver[] {
    return this.transceivers;
  }
  async createOffer(): Promise<{ sdp: string }> {
    return { sdp: 'v=0' };
  }
  async setLocalDescription(description: { sdp: string }): Promise<void> {
    this.localDescription = description;
    for (const [index, transceiver] of this.transceivers.entries()) transceiver.mid = String(index);
  }
  async setRemoteDescription(description: { sdp: string }): Promise<void> {
    if (description.sdp === 'bad') throw new Error('bad answer');
    this.remote = description;
  }
  become(state: string, ice = state): void {
    this.connectionState = state;
    this.iceConnectionState = ice;
    this.onconnectionstatechange?.();
    this.oniceconnectionstatechange?.();
  }
  close(): void {
    this.closed = true;
  }
}

let clock: FakeClock;
let peers: FakePeer[];
let sent: ClientMessage[];
let phases: MediaPhase[];
let slots: readonly ReceivingSlot[];
let refused: ErrorNotice[];
let up: boolean;
/** How often the browser failed, and whether it does. */
let failed: number;
let fails: boolean;

beforeEach(() => {
  clock = new FakeClock();
  peers = [];
  sent = [];
  phases = [];
  slots = [];
  refused = [];
  up = true;
  failed = 0;
  fails = false;
});

function make(profile: MediaProfile): Media {
  const browser = {
    peer: (config: RTCConfiguration) => {
      if (fails) throw new SyntaxError('not a TURN server');
      const peer = new FakePeer(config);
      peers.push(peer);
      return peer as unknown as RTCPeerConnection;
    },
    videoCodecs: () => [{ mimeType: 'video/H264' }, { mimeType: 'video/VP8' }, { mimeType: 'video/rtx' }] as RTCRtpCodec[],
  };
  const send = (message: ClientMessage) => {
    if (up) sent.push(message);
    return up;
  };
  return new Media(profile, browser, send, clock, {
    phase: (phase) => phases.push(phase),
    slots: (list) => {
      slots = list;
    },
    refused: (error) => refused.push(error),
    unable: () => {
      failed += 1;
    },
  });
}

const peer = () => peers[peers.length - 1] as FakePeer;
const offers = () => sent.filter((message) => message.type === 'offer');
const track = (height = 720) => ({ enabled: true, getSettings: () => ({ height }) }) as unknown as MediaStreamTrack;

/** Joined, answered and connected. */
async function connect(media: Media): Promise<void> {
  media.joined([], false);
  await settle();
  const offer = offers()[offers().length - 1];
  if (offer?.type !== 'offer') throw new Error('no offer was made');
  const receiving = peer().transceivers.filter((line) => line.init.direction === 'recvonly');
  const counts = { audio: 0, video: 0 };
  const lines = receiving.map((line) => {
    const kind = line.kind as 'audio' | 'video';
    const slot = `${kind[0]}${counts[kind]}`;
    counts[kind] += 1;
    return { slot, mid: line.mid ?? '' };
  });
  await media.answered({ id: offer.id, sdp: 'v=0 answer', slots: lines });
  peer().become('connected');
  await settle();
}

describe('the offer', () => {
  test('is tried again with growing pauses where the browser can make none', async () => {
    fails = true;
    const media = make(PANEL);
    media.joined([{ urls: ['turn:h:99999'] }], false);
    await settle();
    expect([failed, media.phase, offers().length]).toEqual([2, 'waiting', 0]);
    fails = false;
    clock.pass(250);
    await settle();
    expect([failed, media.phase, offers().length]).toEqual([2, 'offering', 1]);
  });

  test('holds the sending lines first, then the slots', async () => {
    make(HOST).joined([{ urls: ['stun:s'] }], false);
    await settle();
    const shape = peer().transceivers.map((line) => `${line.kind} ${line.init.direction}`);
    expect(shape).toEqual(['audio sendonly', 'video sendonly', 'video sendonly', ...Array(3).fill('audio recvonly'), ...Array(10).fill('video recvonly')]);
    expect(peer().config).toMatchObject({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require', iceServers: [{ urls: ['stun:s'] }] });
    expect(offers()).toEqual([
      {
        type: 'offer',
        id: 1,
        sdp: 'v=0',
        sources: [
          { mid: '0', source: 'microphone' },
          { mid: '1', source: 'camera' },
          { mid: '2', source: 'screen' },
        ],
      },
    ]);
  });

  test('has three camera layers, one for courseware, and VP8 first', async () => {
    make(HOST).joined([], false);
    await settle();
    const [, camera, screen] = peer().transceivers;
    expect(camera?.init.sendEncodings?.map((e) => [e.rid, e.scaleResolutionDownBy, e.maxBitrate, e.active])).toEqual([
      ['l', 4, 150_000, true],
      ['m', 2, 500_000, true],
      ['h', 1, 1_700_000, true],
    ]);
    expect(screen?.init.sendEncodings).toEqual([{ maxBitrate: 2_500_000, maxFramerate: 15 }]);
    expect(camera?.codecs.map((codec) => codec.mimeType)).toEqual(['video/VP8', 'video/H264', 'video/rtx']);
  });

  test('carries tracks captured before it', async () => {
    const media = make(PANEL);
    const camera = track();
    await media.setTrack('camera', camera);
    media.joined([], false);
    await settle();
    expect(peer().transceivers[1]?.sender.track).toBe(camera);
  });
});

describe('the answer', () => {
  test('names the slots by their tracks', async () => {
    const media = make(PANEL);
    await connect(media);
    expect(slots.map((slot) => slot.slot)).toEqual(['a0', 'a1', 'a2', 'v0', 'v1', 'v2', 'v3', 'v4', 'v5']);
    expect(slots[3]?.track.id).toBe('track5');
    expect(media.phase).toBe('connected');
  });

  test('to an older offer is nothing', async () => {
    const media = make(PANEL);
    media.joined([], false);
    await settle();
    await media.answered({ id: 7, sdp: 'v=0', slots: [] });
    expect(media.phase).toBe('offering');
    expect(peer().remote).toBe(null);
  });

  test('that the browser refuses leads to another offer', async () => {
    const media = make(PANEL);
    media.joined([], false);
    await settle();
    await media.answered({ id: 1, sdp: 'bad', slots: [] });
    await settle();
    expect(offers().length).toBe(2);
  });

  test('that never comes leads to another offer', async () => {
    make(PANEL).joined([], false);
    await settle();
    clock.pass(SETUP_MS);
    await settle();
    expect(offers().length).toBe(2);
    expect(peers[0]?.closed).toBe(true);
  });
});

describe('tracks', () => {
  test('courseware starts and stops without a new offer', async () => {
    const media = make(HOST);
    await connect(media);
    const screen = track(1080);
    await media.setTrack('screen', screen);
    expect(peer().transceivers[2]?.sender.track).toBe(screen);
    expect(sent[sent.length - 1]).toEqual({ type: 'sources', on: ['screen'] });
    await media.setTrack('screen', null);
    expect(sent[sent.length - 1]).toEqual({ type: 'sources', on: [] });
    expect(media.offers).toBe(1);
  });

  test('a muted source is not among those that are on', async () => {
    const media = make(PANEL);
    await media.setTrack('microphone', track());
    await media.setTrack('camera', track());
    await connect(media);
    media.setEnabled('microphone', false);
    expect(sent[sent.length - 1]).toEqual({ type: 'sources', on: ['camera'] });
  });

  test('a class sends the layers somebody gets: more at once, fewer after a while, the smallest always', async () => {
    const media = make(PANEL);
    await media.setTrack('camera', track());
    await connect(media);
    const sending = () => peer().transceivers[1]?.sender.parameters.encodings.map((e) => (e.active ? e.maxFramerate : null));
    expect(sending()).toEqual([15, null, null]);
    await media.setDemand(2);
    expect(sending()).toEqual([30, 30, 30]);
    await media.setDemand(null);
    clock.pass(LOWER_MS - 1);
    await settle();
    expect(sending()).toEqual([30, 30, 30]);
    await media.setDemand(1);
    clock.pass(LOWER_MS - 1);
    await media.setDemand(2);
    clock.pass(LOWER_MS);
    await settle();
    expect(sending()).toEqual([30, 30, 30]);
    await media.setDemand(null);
    clock.pass(LOWER_MS);
    await settle();
    expect(sending()).toEqual([15, null, null]);
    expect(media.offers).toBe(1);
  });

  test('a 1080-line camera gets higher rates, a small one two layers', async () => {
    const media = make(HOST);
    await connect(media);
    await media.setTrack('camera', track(1080));
    const encodings = () => peer().transceivers[1]?.sender.parameters.encodings ?? [];
    expect(encodings().map((e) => e.maxBitrate)).toEqual([250_000, 900_000, 3_200_000]);
    await media.setTrack('camera', track(360));
    expect(encodings().map((e) => [e.scaleResolutionDownBy, e.active])).toEqual([
      [2, true],
      [1, true],
      [1, false],
    ]);
  });
});

describe('loss', () => {
  test('media_lost after a good spell: a new offer at once, on a new connection', async () => {
    const media = make(PANEL);
    await connect(media);
    clock.pass(STABLE_MS);
    media.lost();
    await settle();
    expect(offers().length).toBe(2);
    expect(peers[0]?.closed).toBe(true);
    expect(slots).toEqual([]);
  });

  test('a short disconnection mends itself; a long one leads to an offer', async () => {
    const media = make(PANEL);
    await connect(media);
    clock.pass(STABLE_MS);
    peer().become('disconnected');
    expect(media.phase).toBe('disconnected');
    clock.pass(DISCONNECTED_MS - 1);
    peer().become('connected');
    clock.pass(DISCONNECTED_MS);
    expect(media.phase).toBe('connected');
    peer().become('disconnected');
    clock.pass(DISCONNECTED_MS);
    await settle();
    expect(offers().length).toBe(2);
  });

  test('failed: at once; failing again and again: with growing pauses', async () => {
    const media = make(PANEL);
    await connect(media);
    clock.pass(STABLE_MS);
    peer().become('failed');
    await settle();
    expect(offers().length).toBe(2);
    for (const pause of [250, 500, 1000]) {
      const before = offers().length;
      media.lost();
      await settle();
      clock.pass(pause - 1);
      await settle();
      expect(offers().length).toBe(before);
      clock.pass(1);
      await settle();
      expect(offers().length).toBe(before + 1);
    }
  });

  test('an offer refused as unusable is repeated slowly, and shown', async () => {
    const media = make(PANEL);
    media.joined([], false);
    await settle();
    media.refused({ code: 'offer_invalid', message: 'no fingerprint', id: 1 });
    expect(refused.length).toBe(1);
    clock.pass(7_000);
    await settle();
    expect(offers().length).toBe(1);
    clock.pass(1_000);
    await settle();
    expect(offers().length).toBe(2);
  });
});

describe('the connection', () => {
  test('comes back to a transport that lived on: no new offer, but what is on is said again', async () => {
    const media = make(PANEL);
    await media.setTrack('camera', track());
    await connect(media);
    media.left();
    sent.length = 0;
    media.joined([], true);
    await settle();
    expect(sent).toEqual([{ type: 'sources', on: ['camera'] }]);
    expect(media.phase).toBe('connected');
  });

  test('comes back to a restarted server: a new offer', async () => {
    const media = make(PANEL);
    await connect(media);
    media.left();
    media.joined([], false);
    await settle();
    expect(offers().length).toBe(2);
  });

  test('is away while the transport dies: offers only when joined again', async () => {
    const media = make(PANEL);
    await connect(media);
    media.left();
    up = false;
    peer().become('failed');
    await settle();
    expect(media.phase).toBe('off');
    up = true;
    media.joined([], true);
    await settle();
    expect(offers().length).toBe(2);
  });

  test('closing ends everything', async () => {
    const media = make(PANEL);
    await connect(media);
    media.close();
    expect(peer().closed).toBe(true);
    expect(media.phase).toBe('off');
    expect(clock.pending).toBe(0);
  });
});
