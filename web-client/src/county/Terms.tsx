import { useState } from 'preact/hooks';
import { isWithin, reachOf } from '../access/access';
import { addDays, daysBetween, mondayOf, wallOf, weekdayOf } from '../api/zone';
import type { MakeReport, Region, SessionView, Term, TermDay, TermDayKind } from '../generated/api';
import { api, say, serverNow, zone } from '../office/desk';
import { dayText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { Empty } from '../office/Table';
import { o, weekdayText } from '../office/words';
import { weeksOf } from '../school/calendar';
import { Made, madeText, type Saved } from '../school/Made';
import { MOST_WEEKS, taughtAs, weekChoices } from './days';
import { RegionSelect } from './RegionSelect';
import { regionName, treeOf, usualRegion } from './regions';
import { q } from './words-terms';

/** What became of a term's lessons. */
interface Report {
  term: string;
  lessons: MakeReport;
}

/** Terms with their holidays and make-up days; the latest first. */
export function Terms({ session, onChanged }: { session: SessionView; onChanged: () => void }) {
  const known = useLoad(async () => {
    const [terms, regions] = await Promise.all([api.all<Term>('/terms'), api.all<Region>('/regions')]);
    // Where there is one region only, it goes without saying.
    const names = new Map(regions.length > 1 ? treeOf(regions).map((placed) => [placed.region.id, regionName(placed)]) : []);
    return { terms: terms.sort((a, b) => (a.first_day < b.first_day ? 1 : -1)), regions, names, reach: reachOf(session, 'ManageTerms', regions) };
  }, []);
  const [edited, setEdited] = useState<Term | 'new' | null>(null);
  const [removing, setRemoving] = useState<Term | null>(null);
  const [report, setReport] = useState<Report | null>(null);
  const again = () => {
    known.again();
    onChanged();
  };
  const saved = (term: string, lessons: MakeReport | null) => {
    setReport(lessons && { term, lessons });
    again();
  };
  return (
    <>
      <div class="office-line">
        <span class="spacer" />
        <button type="button" class="button primary" onClick={() => setEdited('new')} data-test="add">
          {q('add')}
        </button>
      </div>
      <Loaded load={known}>
        {({ terms, regions, names, reach }) => (
          <>
            {terms.length === 0 && <Empty title={q('empty')} text={q('empty.text')} />}
            {terms.map((term) => (
              <Card
                key={term.id}
                term={term}
                region={names.get(term.region ?? '')}
                mayChange={isWithin(reach, term.region)}
                report={report?.term === term.id ? report.lessons : null}
                onEdit={() => setEdited(term)}
                onRemove={() => setRemoving(term)}
                onMade={(lessons) => setReport({ term: term.id, lessons })}
              />
            ))}
            {edited && <Edit term={edited === 'new' ? null : edited} regions={regions} onClose={() => setEdited(null)} onSaved={saved} />}
            {removing && (
              <Remove
                path="/terms"
                row={removing}
                act={o('remove')}
                title={q('remove')}
                text={({ name }) => q('remove.text', { name })}
                done={({ name }) => o('removed', { name })}
                onClose={() => setRemoving(null)}
                again={again}
              />
            )}
          </>
        )}
      </Loaded>
    </>
  );
}

interface CardProps {
  term: Term;
  region: string | undefined;
  mayChange: boolean;
  /** What became of the lessons when they were made last. */
  report: MakeReport | null;
  onEdit: () => void;
  onRemove: () => void;
  onMade: (lessons: MakeReport) => void;
}

function Card({ term, region, mayChange, report, onEdit, onRemove, onMade }: CardProps) {
  const [making, setMaking] = useState(false);
  const days = [...term.days].sort((a, b) => (a.day < b.day ? -1 : 1));
  return (
    <section class="office-card" data-test="term-card">
      <div class="office-line">
        <h2>{term.name}</h2>
        <span class="muted">{q('span', { from: term.first_day, to: term.last_day, weeks: weeksOf(term) })}</span>
        {region && <span class="pill">{region}</span>}
        <span class="spacer" />
        {mayChange && (
          <>
            <button type="button" class="button small" onClick={() => setMaking(true)} data-test="make">
              {q('make')}
            </button>
            <button type="button" class="button small" onClick={onEdit} data-test="edit">
              {o('edit')}
            </button>
            <button type="button" class="button small danger" onClick={onRemove} data-test="remove">
              {o('remove')}
            </button>
          </>
        )}
      </div>
      {report && <Made report={report} />}
      {making && (
        <Modal title={q('make')} onClose={() => setMaking(false)} test="make-dialog">
          <p>{q('make.text', { name: term.name })}</p>
          <Form
            send={q('make')}
            onCancel={() => setMaking(false)}
            onSend={async () => {
              const lessons = await api.post<MakeReport>(`/terms/${encodeURIComponent(term.id)}/lessons`);
              say(madeText(lessons));
              onMade(lessons);
              setMaking(false);
            }}
          />
        </Modal>
      )}
      {days.length === 0 && <p class="muted">{q('days.none')}</p>}
      <ul class="term-days">
        {days.map((day) => (
          <li key={day.day} class={day.kind}>
            <strong>{dayText(day.day)}</strong> {weekdayText(weekdayOf(day.day))} · {day.name}
            {day.kind === 'make_up' && ` · ${taughtAs(day)}`}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What is wrong with a term as it is being written; null: nothing. */
export function faultOf({ first_day, last_day, days }: Pick<Term, 'first_day' | 'last_day' | 'days'>): string | null {
  if (first_day === '' || last_day === '' || last_day < first_day || daysBetween(mondayOf(first_day), last_day) >= 7 * MOST_WEEKS) return q('fault.span');
  const seen = new Set<string>();
  const weeks = weeksOf({ first_day, last_day });
  for (const { day, name, week } of days) {
    const text = day === '' ? '–' : dayText(day);
    if (day < first_day || day > last_day) return q('fault.outside', { day: text });
    if (seen.has(day)) return q('fault.twice', { day: text });
    if (week !== null && week > weeks) return q('fault.week', { day: text, week: o('week', { n: week }), weeks });
    if (name.trim() === '') return q('fault.name', { day: text });
    seen.add(day);
  }
  return null;
}

interface EditProps {
  term: Term | null;
  regions: Region[];
  onClose: () => void;
  onSaved: (term: string, lessons: MakeReport | null) => void;
}

function Edit({ term, regions, onClose, onSaved }: EditProps) {
  const [name, setName] = useState(term?.name ?? '');
  const [first_day, setFirst] = useState(term?.first_day ?? wallOf(serverNow(), zone()).day);
  const [last_day, setLast] = useState(term?.last_day ?? '');
  const [region, setRegion] = useState(term ? term.region : usualRegion(regions));
  const [days, setDays] = useState<readonly TermDay[]>(term?.days ?? []);
  const fault = faultOf({ first_day, last_day, days: [...days] });
  const set = (index: number, change: Partial<TermDay>) => setDays(days.map((day, i) => (i === index ? tidy({ ...day, ...change }) : day)));
  const add = () => {
    const last = days[days.length - 1]?.day;
    setDays([...days, { day: last ? addDays(last, 1) : first_day, kind: 'holiday', weekday: null, week: null, name: '' }]);
  };
  const save = async () => {
    const fields = { name: name.trim(), first_day, last_day, days: days.map((day) => ({ ...day, name: day.name.trim() })) };
    const { id, lessons } = term
      ? await api.put<Saved<Term>>(`/terms/${encodeURIComponent(term.id)}`, { ...term, ...fields }, term.version)
      : await api.post<Saved<Term>>('/terms', { region, ...fields });
    say(q('saved', { name: fields.name }));
    onSaved(id, lessons ?? null);
    onClose();
  };
  return (
    <Modal title={q(term ? 'edit' : 'add')} onClose={onClose} wide test="term-dialog">
      <Form send={o('save')} disabled={name.trim() === '' || fault !== null} onCancel={onClose} onSend={save}>
        <Field label={q('name')} hint={q('name.hint')}>
          <input maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        {term === null && regions.length > 1 && (
          <Field label={q('region')} hint={q('region.hint')}>
            <RegionSelect action="ManageTerms" regions={regions} value={region ?? ''} onChange={setRegion} test="region" />
          </Field>
        )}
        <div class="two">
          <Field label={q('first')}>
            <input type="date" value={first_day} onInput={(event) => setFirst(event.currentTarget.value)} data-test="first-day" />
          </Field>
          <Field label={q('last')}>
            <input type="date" value={last_day} min={first_day} onInput={(event) => setLast(event.currentTarget.value)} data-test="last-day" />
          </Field>
        </div>
        <h3 class="term-days-head">{q('days')}</h3>
        {days.map((day, index) => (
          <DayRow
            key={index}
            day={day}
            term={{ first_day, last_day }}
            onSet={(change) => set(index, change)}
            onRemove={() => setDays(days.filter((_, i) => i !== index))}
          />
        ))}
        <button type="button" class="button small" onClick={add} disabled={days.length >= 200} data-test="day-add">
          {q('day.add')}
        </button>
        {fault !== null && (last_day !== '' || days.length > 0) && (
          <p class="office-note term-fault" role="status" data-test="term-fault">
            {fault}
          </p>
        )}
      </Form>
    </Modal>
  );
}

/** A make-up day is taught as some weekday; a holiday as none. */
function tidy(day: TermDay): TermDay {
  if (day.kind === 'holiday') return { ...day, weekday: null, week: null };
  return { ...day, weekday: day.weekday ?? 1 };
}

interface DayRowProps {
  day: TermDay;
  term: Pick<Term, 'first_day' | 'last_day'>;
  onSet: (change: Partial<TermDay>) => void;
  onRemove: () => void;
}

function DayRow({ day, term, onSet, onRemove }: DayRowProps) {
  return (
    <div class="term-day" data-test="term-day">
      <input type="date" aria-label={q('day')} value={day.day} onInput={(event) => onSet({ day: event.currentTarget.value })} />
      <select aria-label={q('kind')} value={day.kind} onChange={(event) => onSet({ kind: event.currentTarget.value as TermDayKind })}>
        <option value="holiday">{q('holiday')}</option>
        <option value="make_up">{q('make_up')}</option>
      </select>
      <select
        aria-label={q('weekday')}
        value={day.weekday ?? ''}
        disabled={day.kind === 'holiday'}
        onChange={(event) => onSet({ weekday: Number(event.currentTarget.value) })}
      >
        {day.kind === 'holiday' && <option value="">–</option>}
        {day.kind === 'make_up' &&
          [1, 2, 3, 4, 5, 6, 7].map((weekday) => (
            <option key={weekday} value={weekday}>
              {q('make_up_as', { weekday: weekdayText(weekday) })}
            </option>
          ))}
      </select>
      <select
        aria-label={q('week')}
        value={day.week ?? ''}
        disabled={day.kind === 'holiday'}
        onChange={(event) => onSet({ week: Number(event.currentTarget.value) || null })}
        data-test="day-week"
      >
        <option value="">{day.kind === 'holiday' ? '–' : q('week.own')}</option>
        {weekChoices(day, term).map((week) => (
          <option key={week} value={week}>
            {o('week', { n: week })}
          </option>
        ))}
      </select>
      <input
        aria-label={q('day.name')}
        placeholder={q('day.name_hint')}
        maxLength={100}
        value={day.name}
        onInput={(event) => onSet({ name: event.currentTarget.value })}
        data-test="day-name"
      />
      <button type="button" class="button small quiet" onClick={onRemove}>
        {q('day.remove')}
      </button>
    </div>
  );
}
