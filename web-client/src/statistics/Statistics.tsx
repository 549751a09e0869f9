import { useState } from 'preact/hooks';
import { seenAlliances } from '../access/access';
import { fileAddress } from '../api/client';
import { wallOf } from '../api/zone';
import type { Alliance, School, StatisticsRow, StatisticsView, Term } from '../generated/api';
import { api, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { Loaded, useLoad } from '../office/load';
import { termAt } from '../school/calendar';
import { onlyOf } from './causes';
import { ALL, type By, isNarrowed, type Only, SIDES, type Side, sideOf, waysOf } from './choice';
import { Filters, type Known } from './Filters';
import { Missed } from './Missed';
import { type Behind, RateTable, Total } from './Rates';
import './statistics.css';
import { WeekChart } from './WeekChart';
import { w } from './words';

/** What is shown first. */
interface Start extends Known {
  term: string | null;
  side: Side;
}

/** What became of the lessons that were planned: of all one sees, or of what one `school` taught and received. */
export function Statistics({ school = null }: { school?: string | null }) {
  const start = useLoad<Start>(async () => {
    const [terms, alliances, schools] = await Promise.all([
      api.all<Term>('/terms'),
      school === null ? api.all<Alliance>('/alliances') : [],
      school === null ? api.all<School>('/schools') : [],
    ]);
    const term = termAt(terms, wallOf(serverNow(), zone()).day)?.id ?? null;
    return { terms, alliances: byName(seenAlliances(alliances, schools)), schools: byName(schools), term, side: await firstSide(school, term) };
  }, [school]);
  return <Loaded load={start}>{(found) => <OfTerms start={found} school={school} />}</Loaded>;
}

/** A school that teaches looks at that first; most only receive. */
async function firstSide(school: string | null, term: string | null): Promise<Side> {
  if (school === null || term === null) return 'taught';
  const { total } = await api.get<StatisticsView>('/statistics', { query: { term, by: 'subject', ...sideOf(school, 'taught') } });
  return total.planned > 0 ? 'taught' : 'received';
}

function OfTerms({ start, school }: { start: Start; school: string | null }) {
  const { terms } = start;
  const [termId, setTerm] = useState(start.term);
  const [side, setSide] = useState(start.side);
  const own = school === null ? null : sideOf(school, side);
  const [only, setOnly] = useState<Only>(own ?? ALL);
  const [wanted, setBy] = useState<By>('alliance');
  const ways = waysOf(only, own !== null);
  const by = ways.includes(wanted) ? wanted : (ways[0] as By);
  const [text, setText] = useState('');
  const [worst, setWorst] = useState(true);
  const [missed, setMissed] = useState<{ row: StatisticsRow; name: string; only: Only } | null>(null);
  const view = useLoad(
    async () => (termId === null ? null : api.get<StatisticsView>('/statistics', { query: { term: termId, by, ...only } })),
    [termId, by, ...Object.values(only)],
  );
  if (termId === null) return <p class="office-empty">{w('term.none')}</p>;
  const turnTo = (term: string) => {
    setTerm(term);
    // Another term has other weeks, teachers and subjects; a school's page, other receivers too.
    setOnly(own ?? { ...ALL, alliance: only.alliance, school: only.school, host_school: only.host_school });
  };
  const turnOver = (next: Side) => {
    if (school === null || next === side) return;
    setSide(next);
    // Its own teachers here, others' there.
    setOnly({ ...sideOf(school, next), subject: only.subject, first_week: only.first_week, last_week: only.last_week });
  };
  const behind =
    (of: Only | null): Behind =>
    (row, name) =>
      of && (() => setMissed({ row, name, only: of }));
  const file = (format: string) => fileAddress('/statistics/export', { term: termId, by, ...only, format });
  return (
    <>
      <div class="office-line">
        <select aria-label={w('term')} value={termId} onChange={(event) => turnTo(event.currentTarget.value)} data-test="term">
          {terms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        {own !== null && <Segments all={SIDES} current={side} label={w('side')} name={(one) => w(`side.${one}`)} test="side" onPick={turnOver} />}
        <Segments all={ways} current={by} label={w('by')} name={(one) => w(`by.${one}`)} test="by" onPick={setBy} />
        <span class="spacer" />
        <a class="button small" href={file('csv')} download data-test="export-csv">
          {w('stat.export_csv')}
        </a>
        <a class="button small" href={file('xlsx')} download data-test="export-xlsx">
          {w('stat.export_xlsx')}
        </a>
      </div>
      <Filters known={start} term={termId} only={only} onOnly={setOnly} own={own} />
      <Loaded load={view}>
        {(found) =>
          found && (
            <>
              <Total total={found.total} behind={behind(only)} />
              {by === 'week' && found.rows.length > 0 && <WeekChart rows={found.rows} />}
              {found.rows.length === 0 ? (
                <p class="office-empty" data-test="no-figures">
                  {w(isNarrowed(only, own ?? ALL) ? 'stat.none_of' : own === null ? 'stat.empty' : `stat.empty_${side}`)}
                </p>
              ) : (
                <>
                  <div class="office-line">
                    {by !== 'week' && (
                      <>
                        <Search value={text} onSearch={setText} />
                        <button type="button" class="button small" aria-pressed={worst} onClick={() => setWorst(!worst)} data-test="sort">
                          {w(worst ? 'sort.rate' : 'sort.name')}
                        </button>
                      </>
                    )}
                    <span class="muted small-text">{w('stat.hint')}</span>
                  </div>
                  <Found rows={ordered(found.rows, by, worst).filter(({ name }) => by === 'week' || matches(text, name))} text={by === 'week' ? '' : text}>
                    {(rows) => <RateTable rows={rows} by={by} behind={(row, name) => behind(onlyOf(only, by, row.key))(row, name)} />}
                  </Found>
                </>
              )}
            </>
          )
        }
      </Loaded>
      {missed && <Missed {...missed} term={termId} onClose={() => setMissed(null)} />}
    </>
  );
}

interface SegmentsProps<T> {
  all: readonly T[];
  current: T;
  label: string;
  name: (one: T) => string;
  test: string;
  onPick: (one: T) => void;
}

/** One of a few, all in sight. */
function Segments<T extends string>({ all, current, label, name, test, onPick }: SegmentsProps<T>) {
  return (
    <fieldset class="segments" aria-label={label}>
      {all.map((one) => (
        <button
          key={one}
          type="button"
          class={one === current ? 'current' : ''}
          aria-pressed={one === current}
          onClick={() => onPick(one)}
          data-test={`${test}-${one}`}
        >
          {name(one)}
        </button>
      ))}
    </fieldset>
  );
}

function ordered(rows: readonly StatisticsRow[], by: By, worst: boolean): StatisticsRow[] {
  if (by === 'week' || !worst) return [...rows];
  return [...rows].sort((a, b) => (a.opening_rate ?? 2) - (b.opening_rate ?? 2));
}
