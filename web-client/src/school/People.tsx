import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { NewPersonView, Person, PersonRole, PersonView, ResetView } from '../generated/api';
import { Closed, ClosedSwitch } from '../office/Closed';
import { Confirm } from '../office/Confirm';
import { api, say, zone } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { momentText } from '../office/format';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { isChosen, type RoleChoice, RoleFilter, RolesOf } from '../office/Roles';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { Grants, SCHOOL_ROLES } from './Grants';
import type { TabProps } from './Rooms';
import { r } from './words-register';

/** What is being done, and to whom. */
export type PersonDoing =
  | { kind: 'add' }
  | { kind: 'roles' | 'reset' | 'factor' | 'rename' | 'close'; person: PersonView }
  | { kind: 'told'; name: string; reset: ResetView };

export function People({ register, again }: TabProps) {
  const [text, setText] = useState('');
  const [role, setRole] = useState<RoleChoice>('');
  const [doing, setDoing] = useState<PersonDoing | null>(null);
  const [closed, setClosed] = useState(false);
  const { allowed } = register;
  const rows = register.people.filter((person) => matches(text, person.name, person.login) && isChosen(person, role));
  return (
    <>
      <div class="office-line">
        <Search value={text} onSearch={setText} />
        <RoleFilter people={register.people} value={role} onChange={setRole} />
        <span class="muted small-text">{o('shown', { shown: rows.length, total: register.people.length })}</span>
        <span class="spacer" />
        {allowed.may('ManagePeople') && (
          <>
            <ClosedSwitch on={closed} onSwitch={setClosed} />
            <button type="button" class="button primary" onClick={() => setDoing({ kind: 'add' })} data-test="add">
              {r('people.add')}
            </button>
          </>
        )}
      </div>
      {closed && <Closed<PersonView> path="/people" query={{ school: register.school.id }} text={text} open={register.people} onReopened={again} />}
      {register.people.length === 0 ? (
        <Empty title={r('people.empty')} text={r('people.empty_text')} />
      ) : (
        <Found rows={rows} text={text}>
          {(shown) => (
            <Table head={[r('people.name'), r('people.login'), r('people.roles'), null]}>
              {shown.map((person) => (
                <PersonRow
                  key={person.id}
                  person={person}
                  home={register.school.id}
                  changes={allowed.above(person)}
                  onDo={(kind) => setDoing({ kind, person })}
                />
              ))}
            </Table>
          )}
        </Found>
      )}
      {doing && <Now doing={doing} school={register.school.id} gives={allowed.gives} setDoing={setDoing} again={again} />}
    </>
  );
}

interface RowProps {
  person: PersonView;
  /** The school that goes without its name. */
  home?: string;
  /** Something may be done to the person. */
  changes: boolean;
  onDo: (kind: 'roles' | 'reset' | 'factor' | 'rename' | 'close') => void;
  /** Further cells. */
  children?: ComponentChildren;
}

export function PersonRow({ person, home, changes, onDo, children }: RowProps) {
  return (
    <tr data-test="person" data-person={person.id}>
      <td>{person.name}</td>
      <td>{person.login}</td>
      <td>
        <RolesOf person={person} {...(home === undefined ? {} : { home })} />
      </td>
      {children}
      <td class="actions">{changes && <Deeds onDo={onDo} />}</td>
    </tr>
  );
}

function Deeds({ onDo }: Pick<RowProps, 'onDo'>) {
  return (
    <>
      <button type="button" class="button small" onClick={() => onDo('roles')} data-test="roles">
        {r('people.roles')}
      </button>
      <button type="button" class="button small" onClick={() => onDo('reset')} data-test="reset">
        {r('people.reset')}
      </button>
      <select
        class="button small people-more"
        aria-label={r('people.more')}
        value=""
        onChange={(event) => {
          const kind = event.currentTarget.value as 'factor' | 'rename' | 'close' | '';
          event.currentTarget.value = '';
          if (kind !== '') onDo(kind);
        }}
        data-test="more-acts"
      >
        <option value="">{r('people.more')}</option>
        <option value="rename">{r('people.rename')}</option>
        <option value="factor">{r('people.factor')}</option>
        <option value="close">{r('people.close')}</option>
      </select>
    </>
  );
}

interface NowProps {
  doing: PersonDoing;
  school: string;
  /** Which roles in the school may be given. */
  gives: (role: PersonRole) => boolean;
  setDoing: (doing: PersonDoing | null) => void;
  again: () => void;
}

/** The dialog of what is being done to a person. */
export function Now({ doing, school, gives, setDoing, again }: NowProps) {
  const onClose = () => setDoing(null);
  if (doing.kind === 'add') {
    return (
      <AddPerson
        school={school}
        roles={SCHOOL_ROLES.filter(gives)}
        onClose={onClose}
        onAdded={({ person, reset }) => {
          say(r('people.added', { name: person.name }));
          again();
          setDoing({ kind: 'told', name: person.name, reset });
        }}
      />
    );
  }
  if (doing.kind === 'told') return <Told name={doing.name} reset={doing.reset} onClose={onClose} />;
  const { person } = doing;
  const path = `/people/${encodeURIComponent(person.id)}`;
  switch (doing.kind) {
    case 'roles':
      return <Grants person={person} school={school} roles={SCHOOL_ROLES.filter(gives)} onClose={onClose} onChanged={again} />;
    case 'rename':
      return <Rename person={person} onClose={onClose} onSaved={again} />;
    case 'reset':
      return (
        <Modal title={r('people.reset')} onClose={onClose} test="confirm">
          <p>{r('people.reset_text', { name: person.name })}</p>
          <Form
            send={r('people.reset')}
            danger
            onCancel={onClose}
            onSend={async () => setDoing({ kind: 'told', name: person.name, reset: await api.post<ResetView>(`${path}/reset`) })}
          />
        </Modal>
      );
    case 'factor':
      return (
        <Confirm
          title={r('people.factor')}
          text={r('people.factor_text', { name: person.name })}
          send={r('people.factor')}
          onClose={onClose}
          onSend={async () => {
            await api.remove(`${path}/second-factor`);
            say(r('people.factor_done', { name: person.name }));
          }}
        />
      );
    case 'close':
      return (
        <Remove<Person>
          path="/people"
          row={person}
          act={r('people.close')}
          text={({ name }) => r('people.close_text', { name })}
          done={({ name }) => o('shut_done', { name })}
          onClose={onClose}
          again={again}
        />
      );
  }
}

interface AddProps {
  school: string;
  roles: readonly PersonRole[];
  onClose: () => void;
  onAdded: (made: NewPersonView) => void;
}

function AddPerson({ school, roles, onClose, onAdded }: AddProps) {
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [role, setRole] = useState<PersonRole>('teacher');
  const usable = name.trim() !== '' && /^\S{1,64}$/.test(login.trim());
  return (
    <Modal title={r('people.add')} onClose={onClose} test="add-person">
      <Form
        send={r('people.add')}
        disabled={!usable}
        onCancel={onClose}
        onSend={async () => {
          const grants = [{ role, scope: 'school', scope_id: school }];
          onAdded(await api.post<NewPersonView>('/people', { login: login.trim(), name: name.trim(), school, region: null, grants }));
        }}
      >
        <Field label={r('people.name')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        <Field label={r('people.login')} hint={r('people.login_hint')}>
          <input
            maxLength={64}
            autocomplete="off"
            autocapitalize="none"
            value={login}
            onInput={(event) => setLogin(event.currentTarget.value)}
            data-test="login"
          />
        </Field>
        <Field label={r('people.role')}>
          <select value={role} onChange={(event) => setRole(event.currentTarget.value as PersonRole)} data-test="role">
            {roles.map((one) => (
              <option key={one} value={one}>
                {o(`role.${one}`)}
              </option>
            ))}
          </select>
        </Field>
      </Form>
    </Modal>
  );
}

function Rename({ person: { grants: _, ...person }, onClose, onSaved }: { person: PersonView; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(person.name);
  return (
    <Modal title={r('people.rename')} onClose={onClose}>
      <Form
        send={o('save')}
        disabled={name.trim() === ''}
        onCancel={onClose}
        onSend={async () => {
          await api.put(`/people/${encodeURIComponent(person.id)}`, { ...person, name: name.trim() }, person.version);
          say(r('people.saved'));
          onSaved();
          onClose();
        }}
      >
        <Field label={r('people.name')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
      </Form>
    </Modal>
  );
}

/** The reset code, this once. */
function Told({ name, reset, onClose }: { name: string; reset: ResetView; onClose: () => void }) {
  return (
    <Modal title={r('people.reset_title', { name })} onClose={onClose} test="told">
      <code class="secret" data-test="reset-code">
        {reset.token}
      </code>
      <p>{r('people.reset_once', { until: momentText(reset.expires_ms, zone()) })}</p>
    </Modal>
  );
}
