// What is sent at which size and rate. Pure.
import type { Source } from './generated/protocol';

/** Simulcast layers, smallest first: the order of `a=simulcast` and of the `spatial` numbers in `want`. */
export const RIDS = ['l', 'm', 'h'] as const;

/** Most bits a second of each layer, by the captured height. */
const RATES: readonly { upTo: number; rates: readonly [number, number, number] }[] = [
  { upTo: 719, rates: [150_000, 500_000, 900_000] },
  { upTo: 899, rates: [150_000, 500_000, 1_700_000] },
  { upTo: Number.POSITIVE_INFINITY, rates: [250_000, 900_000, 3_200_000] },
];

/** Below this height browsers drop the *largest* of three layers, so only two are sent, the upper one at full size. */
const THREE_LAYERS_FROM = 540;

/** Highest camera layer that somebody gets, 0 the smallest; null: nobody sees it. */
export type Demand = number | null;

/** Pictures a second of a camera that nobody, or only the teacher's small tile, looks at. */
const IDLE_RATE = 15;
/** Of one that is shown large. */
const FULL_RATE = 30;

/**
 * The three camera layers for a picture of `height` lines (720 when not yet known), as far as somebody gets them. The smallest is always sent, so
 * that whoever is called on is seen at once.
 */
export function cameraEncodings(height: number | null, demand: Demand): RTCRtpEncodingParameters[] {
  const lines = height ?? 720;
  const rates = (RATES.find((entry) => lines <= entry.upTo) ?? RATES[1])?.rates ?? [150_000, 500_000, 1_700_000];
  const three = lines >= THREE_LAYERS_FROM;
  const scales = three ? [4, 2, 1] : [2, 1, 1];
  const highest = Math.min(demand ?? 0, three ? 2 : 1);
  const maxFramerate = highest > 0 ? FULL_RATE : IDLE_RATE;
  return RIDS.map((rid, i) => ({ rid, active: i <= highest, scaleResolutionDownBy: scales[i] ?? 1, maxBitrate: rates[i] ?? 150_000, maxFramerate }));
}

/** Courseware: one sharp layer, few frames. */
export function screenEncodings(): RTCRtpEncodingParameters[] {
  return [{ maxBitrate: 2_500_000, maxFramerate: 15 }];
}

/** The encodings of a source as it is first offered. */
export function encodingsOf(source: Source, height: number | null, demand: Demand): RTCRtpEncodingParameters[] {
  if (source === 'camera') return cameraEncodings(height, demand);
  return source === 'screen' ? screenEncodings() : [];
}

/** The codecs of a browser with VP8 in front: the one every panel of the last years encodes and decodes. The others stay, for others' pictures. */
export function preferVp8<C extends { mimeType: string }>(codecs: readonly C[]): C[] {
  const vp8 = codecs.filter((codec) => codec.mimeType.toLowerCase() === 'video/vp8');
  return [...vp8, ...codecs.filter((codec) => codec.mimeType.toLowerCase() !== 'video/vp8')];
}
