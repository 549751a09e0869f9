import { useState } from 'preact/hooks';
import { fileAddress } from '../api/client';
import { wallOf } from '../api/zone';
import type { Alliance, School, StatisticsRow, StatisticsView, Term } from '../generated/api';
import { api, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { percentText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Picker } from '../office/Picker';
import { o } from '../office/words';
import { termAt, weeksOf } from '../school/calendar';
import { WeekChart } from './WeekChart';
import { w } from './words';

const BY = ['alliance', 'school', 'host_school', 'subject', 'teacher', 'week', 'region'] as const;
type By = (typeof BY)[number];

/** Below this a rate is marked. */
export const LOW = 0.8;

/** What may be chosen from. */
interface Known {
  terms: Term[];
  alliances: Alliance[];
  schools: School[];
}

/** What is counted: the lessons that a school, or the schools of an alliance, received; those of a subject, of a lead teacher, of some weeks. */
interface Only {
  alliance: string | null;
  school: string | null;
  subject: string | null;
  teacher: string | null;
  first_week: string | null;
  last_week: string | null;
}

const ALL: Only = { alliance: null, school: null, subject: null, teacher: null, first_week: null, last_week: null };

/** What became of the lessons that were planned. */
export function Statistics() {
  const known = useLoad<Known>(async () => {
    const [terms, alliances, schools] = await Promise.all([api.all<Term>('/terms'), api.all<Alliance>('/alliances'), api.all<School>('/schools')]);
    return { terms, alliances: byName(alliances), schools: byName(schools) };
  }, []);
  return <Loaded load={known}>{(all) => <OfTerms known={all} />}</Loaded>;
}

function OfTerms({ known }: { known: Known }) {
  const { terms } = known;
  const [termId, setTerm] = useState(() => termAt(terms, wallOf(serverNow(), zone()).day)?.id ?? null);
  const [by, setBy] = useState<By>('alliance');
  const [text, setText] = useState('');
  const [worst, setWorst] = useState(true);
  const [only, setOnly] = useState<Only>(ALL);
  const view = useLoad(
    async () => (termId === null ? null : api.get<StatisticsView>('/statistics', { query: { term: termId, by, ...only } })),
    [termId, by, ...Object.values(only)],
  );
  if (termId === null) return <p class="office-empty">{w('term.none')}</p>;
  const turnTo = (term: string) => {
    setTerm(term);
    // Another term has other weeks, teachers and subjects.
    setOnly({ ...ALL, alliance: only.alliance, school: only.school });
  };
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
        <fieldset class="segments" aria-label={w('by')}>
          {BY.map((one) => (
            <button key={one} type="button" class={one === by ? 'current' : ''} aria-pressed={one === by} onClick={() => setBy(one)} data-test={`by-${one}`}>
              {w(`by.${one}`)}
            </button>
          ))}
        </fieldset>
        <span class="spacer" />
        <a class="button small" href={file('csv')} download data-test="export-csv">
          {w('stat.export_csv')}
        </a>
        <a class="button small" href={file('xlsx')} download data-test="export-xlsx">
          {w('stat.export_xlsx')}
        </a>
      </div>
      <Filters known={known} term={termId} only={only} onOnly={setOnly} />
      <Loaded load={view}>
        {(found) =>
          found && (
            <>
              <Total total={found.total} />
              {by === 'week' && found.rows.length > 0 && <WeekChart rows={found.rows} />}
              {found.rows.length === 0 ? (
                <p class="office-empty">{w(Object.values(only).some((value) => value !== null) ? 'stat.none_of' : 'stat.empty')}</p>
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
                    {(rows) => <RateTable rows={rows} by={by} />}
                  </Found>
                </>
              )}
            </>
          )
        }
      </Loaded>
    </>
  );
}

function Filters({ known, term, only, onOnly }: { known: Known; term: string; only: Only; onOnly: (only: Only) => void }) {
  // What there is, whatever else is chosen.
  const choices = useLoad(async () => {
    const of = async (by: By) => (await api.get<StatisticsView>('/statistics', { query: { term, by } })).rows.map(({ key, name }) => ({ id: key, name }));
    const [subjects, teachers] = await Promise.all([of('subject'), of('teacher')]);
    return { subjects, teachers: byName(teachers) };
  }, [term]);
  const whole = known.terms.find(({ id }) => id === term);
  const weeks = Array.from({ length: whole ? weeksOf(whole) : 0 }, (_, i) => i + 1);
  return (
    <div class="office-line" data-test="filters">
      <select
        aria-label={w('of.alliance')}
        value={only.alliance ?? ''}
        // A school is a narrower choice than its alliance: one of the two.
        onChange={(event) => onOnly({ ...only, alliance: event.currentTarget.value || null, school: null })}
        data-test="only-alliance"
      >
        <option value="">{w('stat.all_alliances')}</option>
        {known.alliances.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Picker
        options={known.schools.map(({ id, name }) => ({ id, name }))}
        value={only.school}
        onPick={(school) => onOnly({ ...only, school, alliance: null })}
        label={w('of.school')}
        none={w('stat.all_schools')}
        test="only-school"
      />
      <select
        aria-label={w('of.subject')}
        value={only.subject ?? ''}
        onChange={(event) => onOnly({ ...only, subject: event.currentTarget.value || null })}
        data-test="only-subject"
      >
        <option value="">{w('stat.all_subjects')}</option>
        {choices.value?.subjects.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
      </select>
      <Picker
        options={choices.value?.teachers ?? []}
        value={only.teacher}
        onPick={(teacher) => onOnly({ ...only, teacher })}
        label={w('of.teacher')}
        none={w('stat.all_teachers')}
        test="only-teacher"
      />
      {(['first_week', 'last_week'] as const).map((end) => (
        <select
          key={end}
          aria-label={w(`stat.${end}`)}
          value={only[end] ?? ''}
          onChange={(event) => onOnly({ ...only, [end]: event.currentTarget.value || null })}
          data-test={`only-${end}`}
        >
          <option value="">{w(`stat.${end}`)}</option>
          {weeks.map((week) => (
            <option key={week} value={week}>
              {o('week', { n: week })}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

function ordered(rows: readonly StatisticsRow[], by: By, worst: boolean): StatisticsRow[] {
  if (by === 'week' || !worst) return [...rows];
  return [...rows].sort((a, b) => (a.opening_rate ?? 2) - (b.opening_rate ?? 2));
}

function Total({ total }: { total: StatisticsRow }) {
  const figures = [
    [w('stat.opening_rate'), percentText(total.opening_rate)],
    [w('stat.delivered'), `${total.delivered} / ${total.planned}`],
    [w('stat.punctuality'), percentText(total.punctuality)],
    [w('stat.coverage'), percentText(total.coverage)],
    [w('stat.interaction'), percentText(total.interaction)],
    [w('stat.cancelled'), String(total.cancelled)],
    [w('stat.fault_minutes'), String(total.fault_minutes)],
    [w('stat.headcount'), String(total.headcount)],
  ] as const;
  return (
    <dl class="figures" data-test="total">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function RateTable({ rows, by }: { rows: readonly StatisticsRow[]; by: By }) {
  return (
    <div class="office-table-box">
      <table class="office-table rates">
        <thead>
          <tr>
            <th>{w(`of.${by}`)}</th>
            <th class="rate-column">{w('stat.opening_rate')}</th>
            <th class="number">{w('stat.delivered')}</th>
            <th class="number">{w('stat.punctuality')}</th>
            <th class="number">{w('stat.coverage')}</th>
            <th class="number">{w('stat.interaction')}</th>
            <th class="number">{w('stat.cancelled')}</th>
            <th class="number">{w('stat.fault_minutes')}</th>
            <th class="number">{w('stat.headcount')}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-test="rate" data-key={row.key}>
              <td>{by === 'week' ? o('week', { n: row.key }) : row.name}</td>
              <td>
                <Rate share={row.opening_rate} />
              </td>
              <td class="number">
                {row.delivered} / {row.planned}
              </td>
              <td class="number">{percentText(row.punctuality)}</td>
              <td class="number">{percentText(row.coverage)}</td>
              <td class="number">{percentText(row.interaction)}</td>
              <td class="number">{row.cancelled}</td>
              <td class="number">{row.fault_minutes}</td>
              <td class="number">{row.headcount}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A rate as a bar with its figure; a low one is marked in words too. */
function Rate({ share }: { share: number | null }) {
  const low = share !== null && share < LOW;
  return (
    <span class={low ? 'rate low' : 'rate'} title={low ? w('stat.low') : undefined}>
      <span class="rate-bar" aria-hidden="true">
        <span style={{ width: `${Math.round((share ?? 0) * 100)}%` }} />
      </span>
      <strong>{percentText(share)}</strong>
    </span>
  );
}
