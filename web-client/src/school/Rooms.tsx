import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem';
import type { Classroom, ClassroomKind } from '../generated/api';
import { Closed, ClosedSwitch } from '../office/Closed';
import { api, say } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import type { Register } from './register';
import { r } from './words-register';

export interface TabProps {
  register: Register;
  /** Reads what the tabs share again. */
  again: () => void;
}

export function Rooms({ register, again }: TabProps) {
  const [text, setText] = useState('');
  const [edited, setEdited] = useState<Classroom | 'new' | null>(null);
  const [closing, setClosing] = useState<Classroom | null>(null);
  const [closed, setClosed] = useState(false);
  const changes = register.allowed.may('ManageClassrooms');
  const rows = register.rooms.filter(({ name }) => matches(text, name));
  return (
    <>
      <div class="office-line">
        <Search value={text} onSearch={setText} />
        <span class="spacer" />
        {changes && (
          <>
            <ClosedSwitch on={closed} onSwitch={setClosed} />
            <button type="button" class="button primary" onClick={() => setEdited('new')} data-test="add">
              {r('rooms.add')}
            </button>
          </>
        )}
      </div>
      {closed && <Closed<Classroom> path="/classrooms" query={{ school: register.school.id }} text={text} open={register.rooms} onReopened={again} />}
      {register.rooms.length === 0 ? (
        <Empty title={r('rooms.empty')} text={changes ? r('rooms.empty_text') : ''} />
      ) : (
        <Found rows={rows} text={text}>
          {(shown) => (
            <Table head={[r('name'), r('kind'), null]}>
              {shown.map((room) => (
                <tr key={room.id} data-test="room">
                  <td>{room.name}</td>
                  <td>{r(`room.${room.kind}`)}</td>
                  <td class="actions">
                    {changes && (
                      <>
                        <button type="button" class="button small" onClick={() => setEdited(room)} data-test="edit">
                          {o('edit')}
                        </button>
                        <button type="button" class="button small danger" onClick={() => setClosing(room)} data-test="close">
                          {o('shut')}
                        </button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )}
        </Found>
      )}
      {edited && <EditRoom room={edited === 'new' ? null : edited} school={register.school.id} onClose={() => setEdited(null)} onSaved={again} />}
      {closing && (
        <Remove
          path="/classrooms"
          row={closing}
          act={o('shut')}
          text={({ name }) => r('room.close_text', { name })}
          done={({ name }) => o('shut_done', { name })}
          onClose={() => setClosing(null)}
          again={again}
        />
      )}
    </>
  );
}

function EditRoom({ room, school, onClose, onSaved }: { room: Classroom | null; school: string; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(room?.name ?? '');
  const [kind, setKind] = useState<ClassroomKind>(room?.kind ?? 'ordinary');
  const save = async () => {
    const fields = { school, name: name.trim(), kind };
    try {
      if (room) await api.put(`/classrooms/${encodeURIComponent(room.id)}`, { ...room, ...fields }, room.version);
      else await api.post('/classrooms', fields);
    } catch (problem) {
      // The table behind shows what others made of it; the dialog keeps what was typed.
      if (problem instanceof ApiProblem && problem.name === 'changed') onSaved();
      throw problem;
    }
    say(r('room.saved', { name: fields.name }));
    onSaved();
    onClose();
  };
  return (
    <Modal title={r(room ? 'rooms.edit' : 'rooms.add')} onClose={onClose}>
      <Form send={o('save')} disabled={name.trim() === ''} onCancel={onClose} onSend={save}>
        <Field label={r('name')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        <Field label={r('kind')}>
          <select value={kind} onChange={(event) => setKind(event.currentTarget.value as ClassroomKind)} data-test="kind">
            <option value="ordinary">{r('room.ordinary')}</option>
            <option value="recording">{r('room.recording')}</option>
          </select>
        </Field>
      </Form>
    </Modal>
  );
}
