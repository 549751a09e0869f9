import { useState } from 'preact/hooks';
import { wallOf } from '../api/zone';
import type { Classroom, Pairing, Term } from '../generated/api';
import { Confirm } from '../office/Confirm';
import { api, say, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { dayText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { type Option, Picker } from '../office/Picker';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { termAt } from './calendar';
import { type Register, roomOptions } from './register';
import { w } from './words';
import { r } from './words-register';

interface Known {
  pairings: Pairing[];
  /** Of the whole county, to name the partners. */
  rooms: Classroom[];
}

/** Which classroom teaches which, in what. */
export function Pairings({ register }: { register: Register }) {
  const today = wallOf(serverNow(), zone()).day;
  const [termId, setTerm] = useState(() => termAt(register.terms, today)?.id ?? null);
  const known = useLoad<Known>(async () => {
    const [pairings, rooms] = await Promise.all([api.all<Pairing>('/pairings'), api.all<Classroom>('/classrooms')]);
    return { pairings, rooms: byName(rooms) };
  }, [register.school.id]);
  const term = register.terms.find(({ id }) => id === termId);
  if (!term) return <p class="office-empty">{w('term.none')}</p>;
  return <Loaded load={known}>{(value) => <List register={register} known={value} term={term} today={today} onTerm={setTerm} again={known.again} />}</Loaded>;
}

interface ListProps {
  register: Register;
  known: Known;
  term: Term;
  today: string;
  onTerm: (id: string) => void;
  again: () => void;
}

function List({ register, known, term, today, onTerm, again }: ListProps) {
  const changes = register.allowed.may('ManagePairings');
  const [text, setText] = useState('');
  const [adding, setAdding] = useState(false);
  const [ending, setEnding] = useState<Pairing | null>(null);
  const [removing, setRemoving] = useState<Pairing | null>(null);
  const options = roomOptions(known.rooms, register.schools);
  const names = new Map(options.map(({ id, name, more }) => [id, `${more ?? ''} ${name}`]));
  const own = new Set(register.rooms.map(({ id }) => id));
  const name = (id: string) => names.get(id) ?? id;
  const named = (one: Pairing) => ({ host: name(one.host_classroom), receiver: name(one.receiving_classroom), subject: one.subject });
  const ours = known.pairings.filter((one) => one.term === term.id && (own.has(one.host_classroom) || own.has(one.receiving_classroom)));
  const rows = ours.filter((one) => matches(text, one.subject, name(one.host_classroom), name(one.receiving_classroom)));
  return (
    <>
      <div class="office-line">
        <select aria-label={w('term')} value={term.id} onChange={(event) => onTerm(event.currentTarget.value)}>
          {register.terms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <Search value={text} onSearch={setText} />
        <span class="spacer" />
        {changes && (
          <button type="button" class="button primary" onClick={() => setAdding(true)} data-test="add">
            {r('pairings.add')}
          </button>
        )}
      </div>
      {ours.length === 0 ? (
        <Empty title={r('pairings.empty')} text={r('pairings.empty_text')} />
      ) : (
        <Found rows={rows} text={text}>
          {(shown) => (
            <Table head={[r('pairings.host'), r('pairings.receiver'), r('pairings.subject'), r('pairings.span'), null]}>
              {shown.map((one) => (
                <tr key={one.id} data-test="pairing">
                  <td>
                    {name(one.host_classroom)} {own.has(one.host_classroom) && <span class="pill state-open">{r('pairings.as_host')}</span>}
                  </td>
                  <td>
                    {name(one.receiving_classroom)} {own.has(one.receiving_classroom) && <span class="pill state-live">{r('pairings.as_receiver')}</span>}
                  </td>
                  <td>{one.subject}</td>
                  <td class="nowrap">{spanText(one)}</td>
                  <td class="actions">
                    {changes && own.has(one.host_classroom) && (one.to_day === null || one.to_day > today) && (
                      <button type="button" class="button small" onClick={() => setEnding(one)} data-test="end">
                        {r('pairings.end')}
                      </button>
                    )}
                    {changes && own.has(one.host_classroom) && (
                      <button type="button" class="button small danger" onClick={() => setRemoving(one)} data-test="remove">
                        {o('remove')}
                      </button>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Found>
      )}
      {adding && <AddPairing register={register} options={options} term={term} onClose={() => setAdding(false)} onSaved={again} />}
      {ending && (
        <Confirm
          title={r('pairings.end')}
          text={r('pairings.end_text', named(ending))}
          send={r('pairings.end')}
          onClose={() => setEnding(null)}
          onSend={async () => {
            await api.put(`/pairings/${encodeURIComponent(ending.id)}`, { ...ending, to_day: today }, ending.version);
            say(r('pairings.ended'));
            again();
          }}
        />
      )}
      {removing && (
        <Remove
          path="/pairings"
          row={removing}
          act={o('remove')}
          title={r('pairings.remove')}
          text={(one) => r('pairings.remove_text', named(one))}
          done={() => r('pairings.removed')}
          onClose={() => setRemoving(null)}
          again={again}
        />
      )}
    </>
  );
}

function spanText({ from_day, to_day }: Pairing): string {
  if (from_day === null && to_day === null) return r('pairings.whole');
  return r('pairings.span_of', { from: from_day ? dayText(from_day) : r('pairings.term_start'), to: to_day ? dayText(to_day) : r('pairings.term_end') });
}

interface AddProps {
  register: Register;
  options: Option[];
  term: Term;
  onClose: () => void;
  onSaved: () => void;
}

function AddPairing({ register, options, term, onClose, onSaved }: AddProps) {
  const [host, setHost] = useState<string | null>(null);
  const [receiver, setReceiver] = useState<string | null>(null);
  const [subject, setSubject] = useState('');
  const [from, setFrom] = useState('');
  const [to, setTo] = useState('');
  const save = async () => {
    const fields = { host_classroom: host, receiving_classroom: receiver, subject: subject.trim(), term: term.id, from_day: from || null, to_day: to || null };
    await api.post('/pairings', fields);
    say(r('pairings.saved'));
    onSaved();
    onClose();
  };
  return (
    <Modal title={r('pairings.add')} onClose={onClose}>
      <Form send={o('save')} disabled={host === null || receiver === null || host === receiver || subject.trim() === ''} onCancel={onClose} onSend={save}>
        <Field label={r('pairings.host')}>
          <Picker options={register.rooms.map(({ id, name }) => ({ id, name }))} value={host} onPick={setHost} label={r('pairings.host')} test="pair-host" />
        </Field>
        <Field label={r('pairings.receiver')}>
          <Picker options={options} value={receiver} onPick={setReceiver} label={r('pairings.receiver')} test="pair-receiver" />
        </Field>
        <Field label={r('pairings.subject')}>
          <input maxLength={100} value={subject} onInput={(event) => setSubject(event.currentTarget.value)} data-test="subject" />
        </Field>
        <div class="two">
          <Field label={r('pairings.from')}>
            <input type="date" min={term.first_day} max={term.last_day} value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
          </Field>
          <Field label={r('pairings.to')}>
            <input type="date" min={term.first_day} max={term.last_day} value={to} onInput={(event) => setTo(event.currentTarget.value)} />
          </Field>
        </div>
      </Form>
    </Modal>
  );
}
