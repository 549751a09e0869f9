// What is sent at which size and rate. Pure.
import type { Source } from './generated/protocol';

/** Which kind of page sends: a class that is not on stage spares its line. */
export type Sender = 'host' | 'classroom';

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

/**
 * The three camera layers for a picture of `height` lines (720 when not yet known). `full` is whether anybody may need the largest: the teacher
 * always, a class only while it is on stage.
 */
export function cameraEncodings(height: number | null, full: boolean): RTCRtpEncodingParameters[] {
  const lines = height ?? 720;
  const rates = (RATES.find((entry) => lines <= entry.upTo) ?? RATES[1])?.rates ?? [150_000, 500_000, 1_700_000];
  const three = lines >= THREE_LAYERS_FROM;
  const scales = three ? [4, 2, 1] : [2, 1, 1];
  const active = three ? [true, true, full] : [true, true, false];
  return RIDS.map((rid, i) => ({ rid, active: active[i] ?? true, scaleResolutionDownBy: scales[i] ?? 1, maxBitrate: rates[i] ?? 150_000 }));
}

/** Courseware: one sharp layer, few frames. */
export function screenEncodings(): RTCRtpEncodingParameters[] {
  return [{ maxBitrate: 2_500_000, maxFramerate: 15 }];
}

/** The encodings of a source as it is first offered. */
export function encodingsOf(source: Source, height: number | null, full: boolean): RTCRtpEncodingParameters[] {
  if (source === 'camera') return cameraEncodings(height, full);
  return source === 'screen' ? screenEncodings() : [];
}

/** The codecs of a browser with VP8 in front: the one every panel of the last years encodes and decodes. The others stay, for others' pictures. */
export function preferVp8<C extends { mimeType: string }>(codecs: readonly C[]): C[] {
  const vp8 = codecs.filter((codec) => codec.mimeType.toLowerCase() === 'video/vp8');
  return [...vp8, ...codecs.filter((codec) => codec.mimeType.toLowerCase() !== 'video/vp8')];
}
