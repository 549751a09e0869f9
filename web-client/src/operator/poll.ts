// Asks the service for the live lessons, once a second.
import { signal } from '@preact/signals';
import type { LessonList } from '../generated/protocol';
import { grow, type LessonHistory } from './history';

export type PollProblem = 'unauthorized' | 'unreachable' | 'server';

const EVERY_MS = 1_000;
/** While the service is away. */
const AWAY_MS = 2_000;
const TIMEOUT_MS = 5_000;

/** Polls until stopped; the page reads the signals. */
export class Poll {
  readonly lessons = signal<ReadonlyMap<string, LessonHistory>>(new Map());
  readonly problem = signal<PollProblem | null>(null);
  /** When the last answer came; null before the first. */
  readonly answeredAt = signal<number | null>(null);
  private timer = 0;

  constructor(private readonly token: string) {
    window.addEventListener('online', () => this.now());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.now());
  }

  now(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.round(), 0);
  }

  private async round(): Promise<void> {
    const began = Date.now();
    const problem = await this.ask();
    this.problem.value = problem;
    // A refused token stays refused until the page gets another one.
    if (problem === 'unauthorized') return;
    const pause = problem ? AWAY_MS : Math.max(100, EVERY_MS - (Date.now() - began));
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.round(), pause);
  }

  private async ask(): Promise<PollProblem | null> {
    const abort = new AbortController();
    const timeout = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const response = await fetch('/api/v1/live', { headers: { authorization: `Bearer ${this.token}` }, signal: abort.signal, cache: 'no-store' });
      if (response.status === 401 || response.status === 403) return 'unauthorized';
      if (!response.ok) return 'server';
      const list = (await response.json()) as LessonList;
      this.lessons.value = grow(this.lessons.value, list.lessons);
      this.answeredAt.value = Date.now();
      return null;
    } catch {
      return 'unreachable';
    } finally {
      clearTimeout(timeout);
    }
  }
}
