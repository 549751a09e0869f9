// Asks the service for the live lessons, once a second, and passes on what is ordered in them.
import { signal } from '@preact/signals';
import type { Api } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { LessonAction, LessonList, SwitchChange } from '../generated/protocol';
import { grow, type LessonHistory } from './history';

export type PollProblem = 'unauthorized' | 'forbidden' | 'unreachable' | 'server';

/** What an operator may do to a lesson. */
export type Order = { action: Extract<LessonAction, 'pause' | 'resume' | 'shut_down'> } | { switches: SwitchChange };

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

  /** `token`: of the role operator, which watches; null: the person who is signed in, who may order as well. */
  constructor(
    private readonly token: string | null,
    private readonly api: Api,
  ) {
    window.addEventListener('online', () => this.now());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.now());
  }

  get mayOrder(): boolean {
    return this.token === null;
  }

  /** Orders something in a lesson; throws why it was refused. */
  async order(lesson: string, order: Order): Promise<void> {
    const path = `/live/${encodeURIComponent(lesson)}`;
    if ('action' in order) await this.api.post(`${path}/action`, order);
    else await this.api.post(`${path}/switches`, order.switches);
    this.now();
  }

  now(): void {
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.round(), 0);
  }

  private async round(): Promise<void> {
    const began = Date.now();
    const problem = await this.ask();
    this.problem.value = problem;
    // Who is refused stays refused until the page is opened anew.
    if (problem === 'unauthorized' || problem === 'forbidden') return;
    const pause = problem ? AWAY_MS : Math.max(100, EVERY_MS - (Date.now() - began));
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => void this.round(), pause);
  }

  private async ask(): Promise<PollProblem | null> {
    const abort = new AbortController();
    const timeout = setTimeout(() => abort.abort(), TIMEOUT_MS);
    try {
      const list = await this.api.get<LessonList>('/live', { ...(this.token === null ? {} : { bearer: this.token }), signal: abort.signal });
      this.lessons.value = grow(this.lessons.value, list.lessons);
      this.answeredAt.value = Date.now();
      return null;
    } catch (problem) {
      return problemOf(problem, this.token !== null);
    } finally {
      clearTimeout(timeout);
    }
  }
}

function problemOf(problem: unknown, byToken: boolean): PollProblem {
  const status = problem instanceof ApiProblem ? problem.status : 0;
  if (status === 401 || (status === 403 && byToken)) return 'unauthorized';
  if (status === 403) return 'forbidden';
  return status === 0 ? 'unreachable' : 'server';
}
