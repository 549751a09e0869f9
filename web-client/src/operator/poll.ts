// Asks the service for the live lessons, once a second, and passes on what is ordered in them.
import { signal } from '@preact/signals';
import type { Api } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { LessonAction, LessonList, Problem, SwitchChange } from '../generated/protocol';
import { grow, type LessonHistory } from './history';

/** `signed_out` and `forbidden`: of the person who is signed in; `token_…` and `wrong_page`: of the link. */
export type PollProblem = 'signed_out' | 'forbidden' | LinkProblem | 'unreachable' | 'server';

/** What is wrong with a board's link; `wrong_page`: it is of another role. */
export type LinkProblem = 'token_invalid' | 'token_expired' | 'wrong_page';

const REFUSALS: ReadonlySet<PollProblem> = new Set(['signed_out', 'forbidden', 'token_invalid', 'token_expired', 'wrong_page']);

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
    if (problem && REFUSALS.has(problem)) return;
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
      return pollProblem(problem, this.token !== null);
    } finally {
      clearTimeout(timeout);
    }
  }
}

/** Why the list did not come, to somebody who has a link or is signed in. */
export function pollProblem(problem: unknown, byLink: boolean): PollProblem {
  const { status, body } = problem instanceof ApiProblem ? problem : { status: 0, body: null };
  if (status === 401 && byLink) return (body as Partial<Problem> | null)?.type === 'urn:tongke:problem:token_expired' ? 'token_expired' : 'token_invalid';
  if (status === 401) return 'signed_out';
  if (status === 403) return byLink ? 'wrong_page' : 'forbidden';
  return status === 0 ? 'unreachable' : 'server';
}
