// A panel on a wall: the screen stays on, the page may fill it.
import { signal } from '@preact/signals';

type WakeLockNavigator = Navigator & { wakeLock?: { request(kind: 'screen'): Promise<unknown> } };

/** Asks the screen to stay on while the page is shown; returns how to stop asking. */
export function keepAwake(): () => void {
  const ask = () => {
    // Old browsers have no wake lock, and one refused changes nothing: the panel's own power settings rule.
    if (document.visibilityState === 'visible') (navigator as WakeLockNavigator).wakeLock?.request('screen').catch(() => undefined);
  };
  ask();
  document.addEventListener('visibilitychange', ask);
  return () => document.removeEventListener('visibilitychange', ask);
}

/** Whether the page fills the screen now. */
export const filling = signal(document.fullscreenElement !== null);
document.addEventListener('fullscreenchange', () => {
  filling.value = document.fullscreenElement !== null;
});

export const canFill = document.fullscreenEnabled === true;

export function toggleFill(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  done.catch(() => undefined);
}
