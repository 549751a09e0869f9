// A long list read a page at a time, the next one when it is asked for.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Query } from '../api/client';
import type { Page } from '../generated/api';
import { api } from './desk';

export interface Pages<T> {
  rows: readonly T[] | null;
  problem: unknown;
  loading: boolean;
  /** Whether there is a further page. */
  more: boolean;
  next: () => void;
  /** From the first page on. */
  again: () => void;
}

interface State<T> {
  rows: readonly T[] | null;
  problem: unknown;
  loading: boolean;
  cursor: string | null;
}

/** Rows of `path`; begun anew when the path or what is asked for changes. */
export function usePages<T>(path: string, query: Query, limit = 50): Pages<T> {
  const [state, setState] = useState<State<T>>({ rows: null, problem: null, loading: true, cursor: null });
  const [round, setRound] = useState(0);
  const asked = useRef(0);
  const key = `${path} ${JSON.stringify(query)}`;
  const read = (before: readonly T[], cursor: string | null) => {
    const mine = ++asked.current;
    setState((old) => ({ ...old, problem: null, loading: true }));
    api.get<Page<T>>(path, { query: { ...query, limit, cursor } }).then(
      ({ items, next }) => mine === asked.current && setState({ rows: [...before, ...items], problem: null, loading: false, cursor: next }),
      (problem: unknown) => mine === asked.current && setState((old) => ({ ...old, problem, loading: false })),
    );
  };
  useEffect(() => {
    setState({ rows: null, problem: null, loading: true, cursor: null });
    read([], null);
    return () => {
      asked.current += 1;
    };
  }, [key, round]);
  return {
    rows: state.rows,
    problem: state.problem,
    loading: state.loading,
    more: state.cursor !== null,
    next: () => state.cursor !== null && !state.loading && read(state.rows ?? [], state.cursor),
    again: () => setRound((n) => n + 1),
  };
}
