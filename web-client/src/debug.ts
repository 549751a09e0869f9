// `window.__tongke`: a read-only look inside, for tests and demos. It holds no secret and changes nothing.
import type { Summary } from './stats';

/** What a page shows of itself; described in the README. */
export interface Debug {
  readonly page: string;
  /** A copy of the state as it is now. */
  readonly state: unknown;
  /** Offers made since the page was opened. */
  readonly offers: number;
  stats(): Promise<Summary | null>;
}

export interface DebugSource {
  state(): unknown;
  offers(): number;
  stats(): Promise<Summary | null>;
}

declare global {
  interface Window {
    readonly __tongke?: Debug;
  }
}

export function exposeDebug(page: string, source: DebugSource): void {
  const debug: Debug = {
    page,
    get state() {
      return JSON.parse(JSON.stringify(source.state()));
    },
    get offers() {
      return source.offers();
    },
    stats: () => source.stats(),
  };
  Object.defineProperty(window, '__tongke', { value: Object.freeze(debug), configurable: true });
}
