// What was closed stays: it is shown when asked for, with a way back.
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Query } from '../api/client';
import { api, say, zone } from './desk';
import { byName, Found, matches } from './find';
import { momentText } from './format';
import { Loaded, ProblemNote, useLoad } from './load';
import { Table } from './Table';
import { o } from './words';

/** As the service lists it with `closed=true`. */
interface Closable {
  id: string;
  name: string;
  closed_ms: number | null;
  version: number;
}

/** Opens and shuts the list of what was closed. */
export function ClosedSwitch({ on, onSwitch }: { on: boolean; onSwitch: (on: boolean) => void }) {
  return (
    <button type="button" class="button small" aria-pressed={on} onClick={() => onSwitch(!on)} data-test="show-closed">
      {o(on ? 'closed.hide' : 'closed.show')}
    </button>
  );
}

interface Props<T> {
  /** The list's path, to which `/{id}/reopen` is said. */
  path: string;
  query?: Query;
  /** Which of them belong here. */
  of?: (row: T) => boolean;
  text: string;
  /** Those that are not closed: when they are read again, so is this list. */
  open: readonly T[];
  onReopened: () => void;
}

/** What was closed, the names that match `text`. */
export function Closed<T extends Closable>({ path, query, of = () => true, text, open, onReopened }: Props<T>) {
  const closed = useLoad(async () => {
    const rows = await api.all<T>(path, { ...query, closed: true });
    return byName(rows.filter((row) => row.closed_ms !== null && of(row)));
  }, [path]);
  const before = useRef(open);
  useEffect(() => {
    if (before.current !== open) closed.again();
    before.current = open;
  }, [open]);
  const [problem, setProblem] = useState<unknown>(null);
  const reopen = async ({ id, name, version }: T) => {
    setProblem(null);
    try {
      await api.post<T>(`${path}/${encodeURIComponent(id)}/reopen`, undefined, { version });
      say(o('closed.reopened', { name }));
      onReopened();
    } catch (refused) {
      setProblem(refused);
      closed.again();
    }
  };
  return (
    <section class="closed-list" data-test="closed">
      <h2>{o('closed.heading')}</h2>
      {problem !== null && <ProblemNote problem={problem} />}
      <Loaded load={closed}>
        {(all) =>
          all.length === 0 ? (
            <p class="muted">{o('closed.none')}</p>
          ) : (
            <Found rows={all.filter(({ name }) => matches(text, name))} text={text}>
              {(shown) => (
                <Table head={[o('closed.name'), o('closed.since'), null]}>
                  {shown.map((row) => (
                    <tr key={row.id} data-test="closed-row">
                      <td>{row.name}</td>
                      <td class="nowrap">{row.closed_ms === null ? '–' : momentText(row.closed_ms, zone())}</td>
                      <td class="actions">
                        <button type="button" class="button small" onClick={() => void reopen(row)} data-test="reopen">
                          {o('closed.reopen')}
                        </button>
                      </td>
                    </tr>
                  ))}
                </Table>
              )}
            </Found>
          )
        }
      </Loaded>
    </section>
  );
}
