// Reading something and showing it: loading, failed, there.
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { tell } from '../api/problem';
import { o } from './words';

export interface Load<T> {
  value: T | null;
  problem: unknown;
  loading: boolean;
  /** Reads again; what is there stays shown meanwhile. */
  again: () => void;
}

/** Reads when first shown, when `inputs` change, and on `again`. An answer that was overtaken by a later question is dropped. */
export function useLoad<T>(read: () => Promise<T>, inputs: readonly unknown[]): Load<T> {
  const [state, setState] = useState<{ value: T | null; problem: unknown; loading: boolean }>({ value: null, problem: null, loading: true });
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  const before = useRef<readonly unknown[]>(inputs);
  useEffect(() => {
    const mine = ++asked.current;
    const same = before.current.length === inputs.length && before.current.every((input, index) => input === inputs[index]);
    before.current = inputs;
    // What belongs to other inputs is not shown for these.
    setState((old) => ({ value: same ? old.value : null, problem: null, loading: true }));
    read().then(
      (value) => mine === asked.current && setState({ value, problem: null, loading: false }),
      (problem: unknown) => mine === asked.current && setState((old) => ({ value: old.value, problem, loading: false })),
    );
    return () => {
      asked.current += 1;
    };
  }, [...inputs, round]);
  return { ...state, again: () => setRound((n) => n + 1) };
}

/** Shows what was read, or that it is being read, or why it was not and a way to try again. */
export function Loaded<T>({ load, children }: { load: Load<T>; children: (value: T) => ComponentChildren }) {
  return (
    <>
      {load.problem !== null && <ProblemNote problem={load.problem} onRetry={load.again} />}
      {load.value === null && load.loading && (
        <p class="office-loading" role="status" data-test="loading">
          <span class="office-spinner" aria-hidden="true" />
          {o('loading')}
        </p>
      )}
      {load.value !== null && children(load.value)}
    </>
  );
}

/** What went wrong and, where it may help, a way to try again. */
export function ProblemNote({ problem, onRetry }: { problem: unknown; onRetry?: (() => void) | undefined }) {
  return (
    <div class="office-problem" role="alert" data-test="problem">
      <span>{tell(problem)}</span>
      {onRetry && (
        <button type="button" class="button small" onClick={onRetry} data-test="retry">
          {o('retry')}
        </button>
      )}
    </div>
  );
}
