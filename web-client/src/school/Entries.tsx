import { useState } from 'preact/hooks';
import { wallOf } from '../api/zone';
import type { Entry, Term } from '../generated/api';
import { api, serverNow, zone } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { dayText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o, weekdayText } from '../office/words';
import { termAt } from './calendar';
import { type Choices, useChoices } from './choices';
import { draftOf } from './draft';
import { EditEntry } from './EditEntry';
import { NewLesson } from './NewLesson';
import { type Register, roomOptions } from './register';
import { w } from './words';
import { e } from './words-entries';

/** What the term's timetable of the school consists of. */
export function Entries({ register }: { register: Register }) {
  const today = wallOf(serverNow(), zone()).day;
  const [termId, setTerm] = useState(() => termAt(register.terms, today)?.id ?? null);
  const term = register.terms.find(({ id }) => id === termId);
  const choices = useChoices(register);
  if (!term) return <p class="office-empty">{w('term.none')}</p>;
  return <Loaded load={choices}>{(value) => <OfTerm key={term.id} register={register} term={term} choices={value} onTerm={setTerm} />}</Loaded>;
}

interface TermProps {
  register: Register;
  term: Term;
  choices: Choices;
  onTerm: (id: string) => void;
}

/** What is being done. */
type Doing = { kind: 'new' } | { kind: 'edit' | 'close'; entry: Entry };

function OfTerm({ register, term, choices, onTerm }: TermProps) {
  const [text, setText] = useState('');
  const [doing, setDoing] = useState<Doing | null>(null);
  const entries = useLoad(() => api.all<Entry>('/entries', { term: term.id }), [register.school.id, term.id]);
  return (
    <>
      <div class="office-line">
        <select aria-label={w('term')} value={term.id} onChange={(event) => onTerm(event.currentTarget.value)} data-test="term">
          {register.terms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <Search value={text} onSearch={setText} label={e('find')} />
        <span class="spacer" />
        {register.allowed.may('ManageTimetable') && (
          <button type="button" class="button primary" onClick={() => setDoing({ kind: 'new' })} data-test="add">
            {e('new')}
          </button>
        )}
      </div>
      <Loaded load={entries}>{(all) => <List all={all} text={text} register={register} choices={choices} onDo={setDoing} />}</Loaded>
      {doing?.kind === 'new' && <NewLesson register={register} term={term} first={{}} onClose={() => setDoing(null)} onMade={entries.again} />}
      {doing?.kind === 'edit' && (
        <EditEntry entry={doing.entry} register={register} term={term} choices={choices} onClose={() => setDoing(null)} onSaved={entries.again} />
      )}
      {doing?.kind === 'close' && <Close entry={doing.entry} onClose={() => setDoing(null)} again={entries.again} />}
    </>
  );
}

function whenOf({ weekday, period }: Entry): string {
  return e('when', { weekday: weekdayText(weekday), n: period });
}

function Close({ entry, onClose, again }: { entry: Entry; onClose: () => void; again: () => void }) {
  return (
    <Remove
      path="/entries"
      row={entry}
      act={e('close')}
      title={e('close.title')}
      text={(latest) => e('close.text', { title: latest.title, when: whenOf(latest) })}
      done={({ title }, followed) => {
        const n = followed?.lessons.kept.length ?? 0;
        return n > 0 ? e('closed.kept', { title, n }) : e('closed', { title });
      }}
      onClose={onClose}
      again={again}
    />
  );
}

interface ListProps {
  all: readonly Entry[];
  text: string;
  register: Register;
  choices: Choices;
  onDo: (doing: Doing) => void;
}

/** An entry with the names it is known by. */
interface Named {
  entry: Entry;
  /** It is taught from this school. */
  ours: boolean;
  teacher: string;
  host: string;
  receivers: string[];
}

/** The school's entries, by weekday and period. */
export function namedEntries(all: readonly Entry[], register: Register, choices: Choices): Named[] {
  const own = new Set(register.rooms.map(({ id }) => id));
  const people = new Map(choices.people.map(({ id, name }) => [id, name]));
  const rooms = new Map(roomOptions(choices.rooms, register.schools).map(({ id, name, more }) => [id, `${more ?? ''} ${name}`.trim()]));
  const name = (id: string) => rooms.get(id) ?? id;
  return all
    .filter(({ host_classroom, receivers }) => own.has(host_classroom) || receivers.some(({ classroom }) => own.has(classroom)))
    .map((entry) => ({
      entry,
      ours: own.has(entry.host_classroom),
      teacher: people.get(entry.teacher) ?? '–',
      host: own.has(entry.host_classroom) ? (register.rooms.find(({ id }) => id === entry.host_classroom)?.name ?? '') : name(entry.host_classroom),
      receivers: entry.receivers.map(({ classroom }) => name(classroom)),
    }))
    .sort((a, b) => a.entry.weekday - b.entry.weekday || a.entry.period - b.entry.period || (a.entry.title < b.entry.title ? -1 : 1));
}

function List({ all, text, register, choices, onDo }: ListProps) {
  const ours = namedEntries(all, register, choices);
  const changes = register.allowed.may('ManageTimetable');
  const rows = ours.filter(({ entry, teacher, host, receivers }) =>
    matches(text, entry.title, entry.subject, teacher, host, weekdayText(entry.weekday), ...receivers),
  );
  if (ours.length === 0) {
    return <Empty title={e('empty')} text={changes ? e('empty.text') : ''} test="no-entries" />;
  }
  return (
    <Found rows={rows} text={text}>
      {(shown) => (
        <Table
          head={[e('column.when'), e('column.lesson'), e('column.teacher'), e('column.host'), e('column.receivers'), e('column.weeks'), e('column.span'), null]}
        >
          {shown.map((row) => (
            <Row key={row.entry.id} row={row} onDo={changes ? onDo : null} />
          ))}
        </Table>
      )}
    </Found>
  );
}

/** `onDo`: null where nothing may be done with it. */
function Row({ row: { entry, ours, teacher, host, receivers }, onDo }: { row: Named; onDo: ((doing: Doing) => void) | null }) {
  return (
    <tr data-test="entry" data-entry={entry.id}>
      <td class="nowrap">{whenOf(entry)}</td>
      <td>
        {entry.title}
        <small class="muted block">{o(`kind.${entry.kind}`)}</small>
      </td>
      <td class="nowrap">{teacher}</td>
      <td>{ours ? host : <span class="muted">{e('others', { school: host })}</span>}</td>
      <td title={receivers.join(o('people'))}>
        {receivers.slice(0, 2).join(o('people'))} {receivers.length > 2 && <span class="muted">{e('paired_more', { n: receivers.length })}</span>}
      </td>
      <td class="nowrap">{weeksOfEntry(entry)}</td>
      <td class="nowrap">{spanText(entry)}</td>
      <td class="actions">
        {ours && onDo && (
          <>
            <button type="button" class="button small" onClick={() => onDo({ kind: 'edit', entry })} data-test="edit">
              {o('edit')}
            </button>
            <button type="button" class="button small danger" onClick={() => onDo({ kind: 'close', entry })} data-test="close">
              {e('close')}
            </button>
          </>
        )}
      </td>
    </tr>
  );
}

function weeksOfEntry(entry: Entry): string {
  const { weeks, list } = draftOf(entry);
  return weeks === 'list' ? list : e(`weeks.${weeks}` as 'weeks.all');
}

function spanText({ from_day, to_day }: Entry): string {
  if (from_day === null && to_day === null) return e('span.whole');
  return e('span.of', { from: from_day ? dayText(from_day) : e('span.start'), to: to_day ? dayText(to_day) : e('span.end') });
}
