// What every page at a desk begins with: who is signed in, and the way to ask the service.
import { signal } from '@preact/signals';
import { Api } from '../api/client';
import { signInAddress } from '../api/way';
import type { SessionView } from '../generated/api';

let leaving = false;

/** Leaves for the sign-in page, with the way back. Several requests may be refused at once: it leaves once. */
export function toSignIn(): void {
  if (leaving) return;
  leaving = true;
  location.assign(signInAddress(location.pathname, location.search));
}

export const api = new Api(toSignIn);

/** Who is signed in; null until that is known. */
export const session = signal<SessionView | null>(null);
/** Why it is not known. */
export const sessionProblem = signal<unknown>(null);
/** The service's clock less ours, in milliseconds. */
export const clockAhead = signal(0);

/** The service's time. */
export function serverNow(): number {
  return Date.now() + clockAhead.peek();
}

/** The time zone that days and bells are in. */
export function zone(): string {
  return session.value?.time_zone ?? 'Asia/Shanghai';
}

export async function begin(): Promise<void> {
  sessionProblem.value = null;
  try {
    const view = await api.get<SessionView>('/session');
    clockAhead.value = view.now_ms - Date.now();
    session.value = view;
  } catch (problem) {
    sessionProblem.value = problem;
  }
}

export async function signOut(): Promise<void> {
  try {
    await api.remove('/session');
  } finally {
    location.assign('/signin');
  }
}

/** What was just done, said for a while at the bottom of the page. */
export const said = signal<{ text: string; kind: 'done' | 'warning' | 'bad'; at: number } | null>(null);

export function say(text: string, kind: 'done' | 'warning' | 'bad' = 'done'): void {
  said.value = { text, kind, at: Date.now() };
}
