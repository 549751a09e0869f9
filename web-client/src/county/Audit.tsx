import { useState } from 'preact/hooks';
import type { AuditView, Person, School } from '../generated/api';
import { api, zone } from '../office/desk';
import { momentText } from '../office/format';
import { Loaded, ProblemNote, useLoad } from '../office/load';
import { Picker } from '../office/Picker';
import { usePages } from '../office/pages';
import { Table } from '../office/Table';
import { o } from '../office/words';
import { peopleOptions } from '../school/register';
import { detailOf, learned, nameOf, sentenceOf, THINGS, unnamedLessons, whoOf } from './audit';
import { useLessonNames } from './lessonNames';
import { p, wordOf } from './words-people';

interface Known {
  people: Person[];
  /** Names by id, of what lines are often about. */
  names: Map<string, string>;
}

/** Who did what, the newest first: in the regions and schools of whoever reads. */
export function Audit() {
  const known = useLoad<Known>(async () => {
    const [people, schools] = await Promise.all([api.all<Person>('/people', { closed: true }), api.all<School>('/schools', { closed: true })]);
    return { people, names: new Map([...people, ...schools].map(({ id, name }) => [id, name])) };
  }, []);
  return <Loaded load={known}>{(value) => <Log known={value} />}</Loaded>;
}

/** Only what one thing went through. */
interface One {
  thing: string;
  id: string;
  name: string;
}

function Log({ known }: { known: Known }) {
  const [person, setPerson] = useState<string | null>(null);
  const [thing, setThing] = useState('');
  const [one, setOne] = useState<One | null>(null);
  const pages = usePages<AuditView>('/audit', { person, thing: one?.thing ?? thing, thing_id: one?.id });
  const told = learned(pages.rows ?? [], known.names);
  const names = new Map([...told, ...useLessonNames(unnamedLessons(pages.rows ?? [], told))]);
  return (
    <>
      <div class="office-line">
        <Picker
          options={peopleOptions(known.people)}
          value={person}
          onPick={setPerson}
          label={p('audit.person')}
          none={p('audit.all_people')}
          test="audit-person"
        />
        {one === null ? (
          <select aria-label={p('audit.thing')} value={thing} onChange={(event) => setThing(event.currentTarget.value)} data-test="audit-thing">
            <option value="">{p('audit.all_things')}</option>
            {THINGS.map((name) => (
              <option key={name} value={name}>
                {wordOf('thing', name)}
              </option>
            ))}
          </select>
        ) : (
          <span class="chip" data-test="audit-one">
            <span class="ellipsis">{p('audit.one', { name: one.name })}</span>
            <button type="button" aria-label={o('clear')} onClick={() => setOne(null)}>
              ×
            </button>
          </span>
        )}
      </div>
      {pages.problem !== null && <ProblemNote problem={pages.problem} onRetry={pages.rows === null ? pages.again : pages.next} />}
      {pages.rows === null && pages.loading && (
        <p class="office-loading" role="status">
          <span class="office-spinner" aria-hidden="true" />
          {o('loading')}
        </p>
      )}
      {pages.rows?.length === 0 && <p class="office-empty">{p('audit.empty')}</p>}
      {pages.rows !== null && pages.rows.length > 0 && <Lines rows={pages.rows} names={names} onOne={setOne} />}
      {pages.rows !== null && pages.rows.length > 0 && (
        <p class="audit-end">
          {pages.more ? (
            <button type="button" class="button" disabled={pages.loading} onClick={pages.next} data-test="more">
              {pages.loading ? o('loading') : p('audit.more')}
            </button>
          ) : (
            <span class="muted">{p('audit.end')}</span>
          )}
        </p>
      )}
    </>
  );
}

interface LinesProps {
  rows: readonly AuditView[];
  names: ReadonlyMap<string, string>;
  onOne: (one: One) => void;
}

function Lines({ rows, names, onOne }: LinesProps) {
  return (
    <Table head={[p('audit.time'), p('audit.who'), p('audit.what'), p('audit.from'), null]}>
      {rows.map((line) => (
        <tr key={line.id} data-test="audit-line">
          <td class="nowrap">{momentText(line.at_ms, zone())}</td>
          <td class="nowrap">{whoOf(line)}</td>
          <td class="audit-what">
            {sentenceOf(line, names)}
            {line.detail !== '' && (
              <details>
                <summary class="muted small-text">{p('audit.detail')}</summary>
                <pre>{detailOf(line.detail)}</pre>
              </details>
            )}
          </td>
          <td class="nowrap muted">{line.address || '–'}</td>
          <td class="actions">
            <button
              type="button"
              class="button small quiet"
              onClick={() => onOne({ thing: line.thing, id: line.thing_id, name: nameOf(line, names) })}
              data-test="only"
            >
              {p('audit.only')}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}
