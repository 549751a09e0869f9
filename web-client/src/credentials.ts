// Where tokens live: they come in the fragment of the address, which no server log sees, and leave it at once.
import type { Secrets } from './connection';

/** The part of `Storage` used here; it may throw (blocked cookies, a full disk). */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** What is needed of `window`. */
export interface Address {
  hash: string;
  /** Shows the address without its fragment. */
  clear(): void;
}

/** The token of a fragment `#token=…`; null when there is none. */
export function tokenOf(hash: string): string | null {
  const token = new URLSearchParams(hash.replace(/^#/, '')).get('token');
  return token === null || token.trim() === '' ? null : token.trim();
}

/**
 * The token and resume secret of one page. The tab's own store comes first, so that two tabs with two tokens do not mix; a classroom panel also
 * keeps them in `durable`, so that it joins by itself after a power cut. A resume secret counts only beside the token it was given for.
 */
export class Credentials implements Secrets {
  private readonly memory = new Map<string, string>();

  constructor(
    private readonly page: string,
    private readonly tab: Store | null,
    private readonly durable: Store | null,
    address: Address,
  ) {
    const fresh = tokenOf(address.hash);
    if (fresh === null) return;
    if (fresh !== this.read('token')) this.keepResume(null);
    this.write('token', fresh);
    address.clear();
  }

  token(): string | null {
    return this.read('token');
  }

  resume(): string | null {
    const kept = this.read('resume');
    const token = this.token();
    if (kept === null || token === null || !kept.startsWith(`${token} `)) return null;
    return kept.slice(token.length + 1);
  }

  keepResume(secret: string | null): void {
    const token = this.token();
    this.write('resume', secret === null || token === null ? null : `${token} ${secret}`);
  }

  private read(name: string): string | null {
    const key = `tongke.${this.page}.${name}`;
    const kept = this.memory.get(key);
    if (kept !== undefined) return kept;
    for (const store of [this.tab, this.durable]) {
      const value = attempt(() => store?.getItem(key) ?? null);
      if (value !== null) return value;
    }
    return null;
  }

  private write(name: string, value: string | null): void {
    const key = `tongke.${this.page}.${name}`;
    if (value === null) this.memory.delete(key);
    else this.memory.set(key, value);
    for (const store of [this.tab, this.durable]) attempt(() => (value === null ? store?.removeItem(key) : store?.setItem(key, value)) ?? null);
  }
}

function attempt<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/** A store, or nothing where the browser forbids it. */
export function storeOf(name: 'sessionStorage' | 'localStorage'): Storage | null {
  try {
    return window[name];
  } catch {
    return null;
  }
}
