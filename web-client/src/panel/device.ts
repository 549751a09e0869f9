// What a bound panel keeps: its own token, and the token of the lesson it is in. Both in the browser's store, so that they outlast a power cut.
import { Credentials, type Store, tokenOf } from '../credentials';

const DEVICE = 'tongke.panel.device';

/** The stores of one browser; either may be forbidden. */
export interface Stores {
  tab: Store | null;
  durable: Store | null;
}

export function deviceToken({ durable }: Stores): string | null {
  return attempt(() => durable?.getItem(DEVICE) ?? null);
}

export function keepDeviceToken({ durable }: Stores, token: string | null): void {
  attempt(() => (token === null ? durable?.removeItem(DEVICE) : durable?.setItem(DEVICE, token)));
}

/** Whether a lesson's token waits in the address or was kept from before. */
export function lessonToken(stores: Stores, hash: string): 'given' | 'kept' | null {
  if (tokenOf(hash) !== null) return 'given';
  return new Credentials('panel', stores.tab, stores.durable, { hash: '', clear: () => undefined }).token() === null ? null : 'kept';
}

/** The lesson is over for this panel: its token and resume secret go. */
export function forgetLesson({ tab, durable }: Stores): void {
  for (const store of [tab, durable]) for (const name of ['token', 'resume']) attempt(() => store?.removeItem(`tongke.panel.${name}`));
}

/** What a panel shows first. A link wins over everything; a lesson one was in is gone back to at once, before anything is asked. */
export function firstScreen(stores: Stores, hash: string): 'lesson' | 'today' | 'binding' {
  if (lessonToken(stores, hash) !== null) return 'lesson';
  return deviceToken(stores) === null ? 'binding' : 'today';
}

function attempt<T>(act: () => T): T | null {
  try {
    return act();
  } catch {
    return null;
  }
}
