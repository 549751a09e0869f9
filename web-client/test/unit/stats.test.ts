import { describe, expect, test } from 'vitest';
import { quality, type SlotStats, type Summary, summarize } from '../../src/stats';

const report = (entries: Record<string, unknown>[]) => entries.map((entry) => [String(entry.id), entry] as [string, unknown]);
const slots = [
  { slot: 'a0', mid: '3', track: { id: 'ta' } },
  { slot: 'v0', mid: '6', track: { id: 'tv' } },
];

describe('summary', () => {
  test('finds slots by mid, by track, and by the track entry of old browsers', () => {
    const summary = summarize(
      report([
        { id: '1', type: 'inbound-rtp', mid: '6', framesDecoded: 12, freezeCount: 1, packetsReceived: 100, packetsLost: 3 },
        { id: '2', type: 'inbound-rtp', trackId: 'T', packetsReceived: 50, audioLevel: 0.4 },
        { id: 'T', type: 'track', trackIdentifier: 'ta' },
        { id: '3', type: 'inbound-rtp', mid: '99' },
      ]),
      slots,
      [],
    );
    expect(Object.keys(summary.slots).sort()).toEqual(['a0', 'v0']);
    expect(summary.slots.v0).toMatchObject({ framesDecoded: 12, freezeCount: 1, lost: 3 });
    expect(summary.slots.a0).toMatchObject({ packets: 50, audioLevel: 0.4 });
  });

  test('names what is sent, the path and the round trip', () => {
    const summary = summarize(
      report([
        { id: 'o', type: 'outbound-rtp', mid: '1', rid: 'h', bytesSent: 9, frameHeight: 720, qualityLimitationReason: 'cpu' },
        { id: 'r', type: 'remote-inbound-rtp', fractionLost: 0.1 },
        { id: 't', type: 'transport', selectedCandidatePairId: 'p' },
        { id: 'p', type: 'candidate-pair', currentRoundTripTime: 0.05, remoteCandidateId: 'c', availableOutgoingBitrate: 2e6 },
        { id: 'c', type: 'remote-candidate', protocol: 'tcp' },
      ]),
      slots,
      [{ source: 'camera', mid: '1' }],
    );
    expect(summary.sending).toEqual([expect.objectContaining({ source: 'camera', rid: 'h', bytes: 9, height: 720, limitation: 'cpu' })]);
    expect(summary).toMatchObject({ rttMs: 50, upLoss: 0.1, outgoingBps: 2e6, path: 'tcp' });
  });

  test('a report with nothing in it is nothing', () => {
    expect(summarize([], slots, [])).toEqual({ slots: {}, sending: [], rttMs: null, upLoss: null, outgoingBps: null, path: null });
  });
});

describe('quality', () => {
  const summary = (slot: Partial<SlotStats>, rest: Partial<Summary> = {}): Summary => ({
    slots: { v0: { packets: 0, lost: 0, freezeCount: 0, ...slot } as SlotStats },
    sending: [],
    rttMs: 20,
    upLoss: 0,
    outgoingBps: null,
    path: null,
    ...rest,
  });
  const before = summary({ packets: 1000, lost: 500 });

  test.each([
    ['good', summary({ packets: 1100, lost: 501 })],
    ['fair', summary({ packets: 1100, lost: 504 })],
    ['poor', summary({ packets: 1100, lost: 520 })],
    ['fair', summary({ packets: 1100, lost: 500 }, { rttMs: 250 })],
    ['poor', summary({ packets: 1100, lost: 500 }, { rttMs: 450 })],
    ['poor', summary({ packets: 1100, lost: 500 }, { upLoss: 0.2 })],
    ['fair', summary({ packets: 1100, lost: 500, freezeCount: 1 })],
    ['poor', summary({ packets: 1100, lost: 500, freezeCount: 3 })],
    // A new transport counts from nothing again.
    ['good', summary({ packets: 10, lost: 0 })],
  ])('%s', (expected, now) => expect(quality(before, now)).toBe(expected));

  test('is unknown after one look', () => expect(quality(null, before)).toBe('unknown'));
});
