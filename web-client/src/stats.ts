// A getStats report in the words of this program. Pure.
import type { Source } from './generated/protocol';

/** What one receiving slot got since the transport began. */
export interface SlotStats {
  bytes: number;
  packets: number;
  lost: number;
  jitterMs: number;
  /** Video only. */
  framesDecoded: number;
  keyFramesDecoded: number;
  freezeCount: number;
  width: number;
  height: number;
  fps: number;
  /** Audio only: 0 to 1. */
  audioLevel: number;
  audioEnergy: number;
  concealedSamples: number;
}

/** What one sending layer sent. */
export interface SendStats {
  source: Source | null;
  rid: string | null;
  bytes: number;
  packets: number;
  width: number;
  height: number;
  fps: number;
  limitation: string | null;
}

export interface Summary {
  slots: Record<string, SlotStats>;
  sending: SendStats[];
  rttMs: number | null;
  /** Share of our packets the service missed, of its last report; null without one. */
  upLoss: number | null;
  outgoingBps: number | null;
  path: string | null;
}

// Reports differ by browser and year; every field is read as possibly missing.
type ReportEntry = Record<string, unknown> & { type: string; id: string };

const number = (value: unknown): number => (typeof value === 'number' && Number.isFinite(value) ? value : 0);
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

/** Reads a report; `slots` and `sending` say what each m-line is. */
export function summarize(
  report: Iterable<[string, unknown]>,
  slots: readonly { slot: string; mid: string; track: { id: string } }[],
  sending: readonly { source: Source; mid: string }[],
): Summary {
  const entries = new Map<string, ReportEntry>();
  for (const [id, entry] of report) entries.set(id, entry as ReportEntry);
  const summary: Summary = { slots: {}, sending: [], rttMs: null, upLoss: null, outgoingBps: null, path: null };
  for (const entry of entries.values()) {
    if (entry.type === 'inbound-rtp') {
      const slot = slots.find((line) => line.mid === text(entry.mid) || line.track.id === trackOf(entry, entries));
      if (slot) summary.slots[slot.slot] = slotStats(entry);
    } else if (entry.type === 'outbound-rtp') summary.sending.push(sendStats(entry, sending));
    else if (entry.type === 'remote-inbound-rtp') summary.upLoss = Math.max(summary.upLoss ?? 0, number(entry.fractionLost));
  }
  readPath(entries, summary);
  return summary;
}

function trackOf(entry: ReportEntry, entries: Map<string, ReportEntry>): string | null {
  return text(entry.trackIdentifier) ?? text(entries.get(String(entry.trackId))?.trackIdentifier);
}

function slotStats(entry: ReportEntry): SlotStats {
  return {
    bytes: number(entry.bytesReceived),
    packets: number(entry.packetsReceived),
    lost: number(entry.packetsLost),
    jitterMs: number(entry.jitter) * 1000,
    framesDecoded: number(entry.framesDecoded),
    keyFramesDecoded: number(entry.keyFramesDecoded),
    freezeCount: number(entry.freezeCount),
    width: number(entry.frameWidth),
    height: number(entry.frameHeight),
    fps: number(entry.framesPerSecond),
    audioLevel: number(entry.audioLevel),
    audioEnergy: number(entry.totalAudioEnergy),
    concealedSamples: number(entry.concealedSamples),
  };
}

function sendStats(entry: ReportEntry, sending: readonly { source: Source; mid: string }[]): SendStats {
  const line = sending.find((candidate) => candidate.mid === text(entry.mid));
  return {
    source: line?.source ?? null,
    rid: text(entry.rid),
    bytes: number(entry.bytesSent),
    packets: number(entry.packetsSent),
    width: number(entry.frameWidth),
    height: number(entry.frameHeight),
    fps: number(entry.framesPerSecond),
    limitation: text(entry.qualityLimitationReason),
  };
}

function readPath(entries: Map<string, ReportEntry>, summary: Summary): void {
  const transport = [...entries.values()].find((entry) => entry.type === 'transport' && text(entry.selectedCandidatePairId));
  const chosen = transport ? entries.get(String(transport.selectedCandidatePairId)) : undefined;
  const pair =
    chosen ??
    [...entries.values()].find(
      (entry) => entry.type === 'candidate-pair' && (entry.selected === true || entry.nominated === true) && entry.state === 'succeeded',
    );
  if (!pair) return;
  if (typeof pair.currentRoundTripTime === 'number') summary.rttMs = pair.currentRoundTripTime * 1000;
  if (typeof pair.availableOutgoingBitrate === 'number') summary.outgoingBps = pair.availableOutgoingBitrate;
  summary.path = text(entries.get(String(pair.remoteCandidateId))?.protocol);
}

/** The line in one word; the words are in the dictionaries. */
export type Quality = 'unknown' | 'good' | 'fair' | 'poor';

/** How the seconds between two summaries were. */
export function quality(before: Summary | null, now: Summary): Quality {
  if (!before) return 'unknown';
  let packets = 0;
  let lost = 0;
  let freezes = 0;
  for (const [slot, stats] of Object.entries(now.slots)) {
    const old = before.slots[slot];
    if (!old || stats.packets < old.packets) continue;
    packets += stats.packets - old.packets;
    lost += Math.max(0, stats.lost - old.lost);
    freezes += Math.max(0, stats.freezeCount - old.freezeCount);
  }
  const down = packets + lost > 0 ? lost / (packets + lost) : 0;
  const loss = Math.max(down, now.upLoss ?? 0);
  const rtt = now.rttMs ?? 0;
  if (loss > 0.08 || rtt > 400 || freezes > 1) return 'poor';
  return loss > 0.02 || rtt > 200 || freezes > 0 ? 'fair' : 'good';
}
