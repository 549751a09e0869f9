// `/api/v1` for pages: typed, with versions for changes, paging, and the way to the sign-in page. No secret is ever put into an address.
import type { Page } from '../generated/api';
import { langTag } from '../i18n';
import { ApiProblem, problemOf } from './problem';

/** An answer is waited for this long. */
const TIMEOUT_MS = 20_000;
/** Rows asked for at once, and the most pages that are followed: 20,000 rows, more than a county has of anything a page lists. */
const ROWS = 1_000;
const MOST_PAGES = 20;

export type Query = Record<string, string | number | boolean | null | undefined>;

export interface Asking {
  query?: Query;
  /** Sent as JSON; a `Blob` goes as it is. */
  body?: unknown;
  /** For `If-Match`. */
  version?: number;
  /** A device's token; without one the cookie of the person counts. Empty: nobody's, as for what is public. */
  bearer?: string;
  signal?: AbortSignal;
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/** Problems that the sign-in page is for. */
const FOR_SIGN_IN = new Set(['sign_in_needed', 'second_factor_to_be_set_up', 'password_to_be_changed']);

/** Asks the service. `toSignIn` is called where nobody is signed in, or must first do something on the sign-in page. */
export class Api {
  constructor(
    private readonly toSignIn: () => void = () => undefined,
    private readonly fetcher: Fetch = (input, init) => fetch(input, init),
  ) {}

  get<T>(path: string, asking: Asking = {}): Promise<T> {
    return this.ask<T>('GET', path, asking);
  }

  /** Does something; where it changes what was read, `asking.version` says which. */
  post<T>(path: string, body?: unknown, asking: Asking = {}): Promise<T> {
    return this.ask<T>('POST', path, { ...asking, body });
  }

  /** Changes what is there; `version` is the one that was read. */
  put<T>(path: string, body: unknown, version: number | null, asking: Asking = {}): Promise<T> {
    return this.ask<T>('PUT', path, { ...asking, body, ...(version === null ? {} : { version }) });
  }

  remove<T = void>(path: string, version: number | null = null): Promise<T> {
    return this.ask<T>('DELETE', path, version === null ? {} : { version });
  }

  /** Every row of a list, page after page. */
  async all<T>(path: string, query: Query = {}, asking: Asking = {}): Promise<T[]> {
    const rows: T[] = [];
    let cursor: string | null = null;
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const part: Page<T> = await this.get<Page<T>>(path, { ...asking, query: { limit: ROWS, ...query, cursor } });
      rows.push(...part.items);
      cursor = part.next;
      if (cursor === null) break;
    }
    return rows;
  }

  private async ask<T>(method: string, path: string, asking: Asking): Promise<T> {
    try {
      return await this.send<T>(method, path, asking);
    } catch (problem) {
      // A device has no sign-in page: its token lets in or does not.
      if (problem instanceof ApiProblem && asking.bearer === undefined && FOR_SIGN_IN.has(problem.name)) this.toSignIn();
      throw problem;
    }
  }

  private async send<T>(method: string, path: string, asking: Asking): Promise<T> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
    asking.signal?.addEventListener('abort', () => abort.abort());
    try {
      const response = await this.fetcher(`/api/v1${path}${queryText(asking.query)}`, {
        method,
        headers: headersOf(asking),
        credentials: 'same-origin',
        cache: 'no-store',
        signal: abort.signal,
        ...(asking.body === undefined ? {} : { body: asking.body instanceof Blob ? asking.body : JSON.stringify(asking.body) }),
      });
      const body = await bodyOf(response);
      if (!response.ok) throw problemOf(response.status, body, response.headers.get('retry-after'));
      return body as T;
    } catch (error) {
      if (error instanceof ApiProblem) throw error;
      throw new ApiProblem('unreachable', 0, String((error as { message?: unknown }).message ?? error));
    } finally {
      clearTimeout(timer);
    }
  }
}

function headersOf(asking: Asking): Record<string, string> {
  const headers: Record<string, string> = { accept: 'application/json', 'accept-language': langTag() };
  if (asking.version !== undefined) headers['if-match'] = `"${asking.version}"`;
  if (asking.bearer) headers.authorization = `Bearer ${asking.bearer}`;
  if (asking.body instanceof Blob) headers['content-type'] = asking.body.type || 'application/octet-stream';
  else if (asking.body !== undefined) headers['content-type'] = 'application/json';
  return headers;
}

async function bodyOf(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined;
  const text = await response.text();
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    if (response.ok) throw new ApiProblem('server', response.status, 'the answer is no JSON');
    return null;
  }
}

/** `?a=1&b=x`, without what is null, undefined or empty. */
export function queryText(query: Query = {}): string {
  const parts = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== null && value !== undefined && value !== '') parts.set(name, String(value));
  const text = parts.toString();
  return text === '' ? '' : `?${text}`;
}

/** The address of a file the service makes; the browser fetches it with the person's cookie. */
export function fileAddress(path: string, query: Query): string {
  return `/api/v1${path}${queryText(query)}`;
}
