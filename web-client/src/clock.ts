/** Time, timers and chance, handed in so that tests own them. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  setTimeout(callback: () => void, ms: number): number;
  clearTimeout(timer: number): void;
  /** Uniform in [0, 1). */
  random(): number;
}

/** The browser's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimeout: (callback, ms) => globalThis.setTimeout(callback, ms) as unknown as number,
  clearTimeout: (timer) => globalThis.clearTimeout(timer),
  random: () => Math.random(),
};
