// Whether a picture on screen is really the one its label names.
import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/** `waiting`: no frame since the slot changed; `stalled`: frames ceased. */
export type Freshness = 'waiting' | 'fresh' | 'stalled';

/** Frames of the previous class still on their way when the notice came. */
const GRACE_MS = 80;
/** Without a frame for this long the picture counts as interrupted. */
const STALL_MS = 4_000;
const LOOK_MS = 1_000;

type FrameVideo = HTMLVideoElement & { requestVideoFrameCallback?: (callback: () => void) => number; cancelVideoFrameCallback?: (handle: number) => void };

/** Follows the frames of a video; `content` names what it ought to show. */
export function useFreshness(video: RefObject<HTMLVideoElement | null>, content: string): Freshness {
  const [freshness, setFreshness] = useState<Freshness>('waiting');
  useEffect(() => {
    const player = video.current as FrameVideo | null;
    if (!player) return;
    setFreshness('waiting');
    const stopWaiting = onFrameAfter(player, GRACE_MS, () => setFreshness('fresh'));
    const stopWatching = watchStall(player, (stalled) => setFreshness((now) => (now === 'waiting' ? now : stalled ? 'stalled' : 'fresh')));
    return () => {
      stopWaiting();
      stopWatching();
    };
  }, [content]);
  return freshness;
}

/** Calls once, at the first frame shown at least `grace` ms from now. */
function onFrameAfter(player: FrameVideo, grace: number, then: () => void): () => void {
  const since = performance.now();
  if (!player.requestVideoFrameCallback) {
    const moved = () => {
      if (performance.now() - since < grace) return;
      player.removeEventListener('timeupdate', moved);
      then();
    };
    player.addEventListener('timeupdate', moved);
    return () => player.removeEventListener('timeupdate', moved);
  }
  let handle = 0;
  const framed = () => {
    if (performance.now() - since >= grace) then();
    else handle = player.requestVideoFrameCallback?.(framed) ?? 0;
  };
  handle = player.requestVideoFrameCallback(framed);
  return () => player.cancelVideoFrameCallback?.(handle);
}

/** Says whenever frames cease and come back. A hidden page paints nothing, so it proves nothing. */
function watchStall(player: HTMLVideoElement, tell: (stalled: boolean) => void): () => void {
  let frames = framesOf(player);
  let movedAt = performance.now();
  const timer = setInterval(() => {
    const now = framesOf(player);
    if (now !== frames || document.hidden) movedAt = performance.now();
    frames = now;
    tell(performance.now() - movedAt > STALL_MS);
  }, LOOK_MS);
  return () => clearInterval(timer);
}

function framesOf(player: HTMLVideoElement): number {
  return typeof player.getVideoPlaybackQuality === 'function' ? player.getVideoPlaybackQuality().totalVideoFrames : player.currentTime;
}
