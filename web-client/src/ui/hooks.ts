import { useEffect, useRef, useState } from 'preact/hooks';

/** Renders again every `ms`, with the time. */
export function useNow(ms: number): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), ms);
    return () => clearInterval(timer);
  }, [ms]);
  return now;
}

/** Plays one track in a media element for as long as both are there. */
export function useTrack<E extends HTMLMediaElement>(track: MediaStreamTrack | null, onBlocked?: () => void) {
  const element = useRef<E>(null);
  useEffect(() => {
    const player = element.current;
    if (!player) return;
    player.srcObject = track ? new MediaStream([track]) : null;
    if (track) play(player, onBlocked);
    return () => {
      player.srcObject = null;
    };
  }, [track]);
  return element;
}

/** Starts playing; a browser that wants a touch first says so through `onBlocked`. */
export function play(player: HTMLMediaElement, onBlocked?: () => void): void {
  player.play()?.catch((error: unknown) => {
    if ((error as { name?: unknown }).name === 'NotAllowedError') onBlocked?.();
  });
}
