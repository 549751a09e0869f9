// A change that is tried on the service while it is still being filled in.
import { useEffect, useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem';
import type { Check } from './change';

/** A try is made this long after the last choice. */
const REST_MS = 250;

/** What came of the latest try; null while there is nothing to try or no answer yet. `key` says when it is another try. */
export function useTry(key: string | null, ask: (signal: AbortSignal) => Promise<unknown>): Check | null {
  const [found, setFound] = useState<Check | null>(null);
  useEffect(() => {
    setFound(null);
    if (key === null) return;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      outcomeOf(ask(abort.signal)).then((outcome) => !abort.signal.aborted && setFound(outcome));
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [key]);
  return found;
}

/** A try as a check: a clash is an answer, any other refusal is a failure. */
export async function outcomeOf(answer: Promise<unknown>): Promise<Check> {
  try {
    await answer;
    return { kind: 'free' };
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.name === 'clash') return { kind: 'clash', why: problem.detail };
    return { kind: 'failed', problem };
  }
}
