import { useState } from 'preact/hooks';
import { isAboveAll, mayEverywhere, placeOf } from '../access/access';
import { wallOf } from '../api/zone';
import type { Alliance, GrantView, NewGrant, NewPersonView, PersonView, Region, School, SessionView } from '../generated/api';
import { Closed, ClosedSwitch } from '../office/Closed';
import { api, say, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { Loaded, ProblemNote, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { grantText, isChosen, type RoleChoice, RoleFilter } from '../office/Roles';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { Now, type PersonDoing, PersonRow } from '../school/People';
import { r } from '../school/words-register';
import { RegionSelect } from './RegionSelect';
import { firstGrant, RoleFields } from './RoleFields';
import { usualRegion } from './regions';
import type { Places } from './scopes';
import { p } from './words-people';

interface Known extends Places {
  people: PersonView[];
  regions: Region[];
}

/** What is being done here besides what is done to any person. */
type Doing = PersonDoing | { kind: 'roles'; person: PersonView };

/** Accounts that belong to no school: operators, administrators of alliances, inspectors, observers. */
export function People({ session }: { session: SessionView }) {
  const known = useLoad<Known>(async () => {
    const [people, regions, alliances, schools] = await Promise.all([
      api.all<PersonView>('/people', { grants: true }),
      api.all<Region>('/regions'),
      api.all<Alliance>('/alliances'),
      api.all<School>('/schools'),
    ]);
    return { people: byName(people.filter(({ school }) => school === null)), regions, alliances, schools };
  }, []);
  return <Loaded load={known}>{(value) => <List known={value} session={session} again={known.again} />}</Loaded>;
}

function List({ known, session, again }: { known: Known; session: SessionView; again: () => void }) {
  const [text, setText] = useState('');
  const [role, setRole] = useState<RoleChoice>('');
  const [doing, setDoing] = useState<Doing | null>(null);
  const [closed, setClosed] = useState(false);
  const regions = new Map(known.regions.map(({ id, name }) => [id, name]));
  const rows = known.people.filter((person) => matches(text, person.name, person.login) && isChosen(person, role));
  const geography = { ...known, today: wallOf(serverNow(), zone()).day };
  const common = { known, everything: mayEverywhere(session, 'ManagePeople'), onClose: () => setDoing(null) };
  return (
    <>
      <p class="office-note plain">{p('people.hint')}</p>
      <div class="office-line">
        <Search value={text} onSearch={setText} label={p('people.find')} />
        <RoleFilter people={known.people} value={role} onChange={setRole} />
        <span class="muted small-text">{o('shown', { shown: rows.length, total: known.people.length })}</span>
        <span class="spacer" />
        <ClosedSwitch on={closed} onSwitch={setClosed} />
        <button type="button" class="button primary" onClick={() => setDoing({ kind: 'add' })} data-test="add">
          {p('people.add')}
        </button>
      </div>
      {closed && <Closed<PersonView> path="/people" of={({ school }) => school === null} text={text} open={known.people} onReopened={again} />}
      {known.people.length === 0 ? (
        <Empty title={p('people.empty')} text={p('people.empty_text')} test="no-people" />
      ) : (
        <Found rows={rows} text={text}>
          {(shown) => (
            <Table head={[r('people.name'), r('people.login'), p('people.roles'), p('people.region'), null]}>
              {shown.map((person) => (
                <PersonRow
                  key={person.id}
                  person={person}
                  changes={isAboveAll(session, person.grants ?? [], placeOf('region', person.region), geography)}
                  onDo={(kind) => setDoing({ kind, person })}
                >
                  <td>{regions.get(person.region ?? '') ?? '–'}</td>
                </PersonRow>
              ))}
            </Table>
          )}
        </Found>
      )}
      {doing?.kind === 'add' && (
        <Add
          {...common}
          onAdded={({ person, reset }) => {
            say(r('people.added', { name: person.name }));
            again();
            setDoing({ kind: 'told', name: person.name, reset });
          }}
        />
      )}
      {doing?.kind === 'roles' && <Roles {...common} person={doing.person} onChanged={again} />}
      {doing && doing.kind !== 'add' && doing.kind !== 'roles' && <Now doing={doing} school="" gives={() => false} setDoing={setDoing} again={again} />}
    </>
  );
}

interface DialogProps {
  known: Known;
  everything: boolean;
  onClose: () => void;
}

function Add({ known, everything, onClose, onAdded }: DialogProps & { onAdded: (made: NewPersonView) => void }) {
  const [name, setName] = useState('');
  const [login, setLogin] = useState('');
  const [region, setRegion] = useState(usualRegion(known.regions) ?? '');
  const [grant, setGrant] = useState<NewGrant | null>(() => firstGrant({ places: known, everything }));
  const usable = name.trim() !== '' && /^\S{1,64}$/.test(login.trim()) && grant !== null;
  const send = async () => {
    const grants = grant === null ? [] : [grant];
    onAdded(await api.post<NewPersonView>('/people', { login: login.trim(), name: name.trim(), school: null, region: region || null, grants }));
  };
  return (
    <Modal title={p('people.add')} onClose={onClose} test="add-person">
      <Form send={p('people.add')} disabled={!usable} onCancel={onClose} onSend={send}>
        <div class="two">
          <Field label={r('people.name')}>
            <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
          </Field>
          <Field label={r('people.login')}>
            <input
              maxLength={64}
              autocomplete="off"
              autocapitalize="none"
              value={login}
              title={r('people.login_hint')}
              onInput={(event) => setLogin(event.currentTarget.value)}
              data-test="login"
            />
          </Field>
        </div>
        {known.regions.length > 1 && (
          <Field label={p('people.region')}>
            <RegionSelect action="ManagePeople" regions={known.regions} value={region} onChange={setRegion} test="region" />
          </Field>
        )}
        <RoleFields places={known} everything={everything} onChange={setGrant} />
      </Form>
    </Modal>
  );
}

function Roles({ known, everything, person, onClose, onChanged }: DialogProps & { person: PersonView; onChanged: () => void }) {
  const path = `/people/${encodeURIComponent(person.id)}/grants`;
  const grants = useLoad(() => api.all<GrantView>(path), [person.id]);
  const [grant, setGrant] = useState<NewGrant | null>(() => firstGrant({ places: known, everything }));
  const [problem, setProblem] = useState<unknown>(null);
  const again = () => {
    grants.again();
    onChanged();
  };
  const take = async (one: GrantView) => {
    setProblem(null);
    try {
      await api.remove(`${path}/${encodeURIComponent(one.id)}`);
    } catch (refused) {
      setProblem(refused);
    }
    again();
  };
  const has = (held: readonly GrantView[]) =>
    grant !== null && held.some((one) => one.role === grant.role && one.scope === grant.scope && one.scope_id === grant.scope_id);
  return (
    <Modal title={p('people.roles_of', { name: person.name })} onClose={onClose} test="grants">
      {problem !== null && <ProblemNote problem={problem} />}
      <Loaded load={grants}>
        {(all) => {
          const held = all.filter(({ to_ms }) => to_ms === null);
          return (
            <>
              {held.length === 0 && <p class="muted">{p('people.no_roles')}</p>}
              <ul class="grants">
                {held.map((one) => (
                  <li key={one.id} data-test="grant">
                    <span>{grantText(one)}</span>
                    <button type="button" class="button small danger" onClick={() => void take(one)} data-test="take">
                      {p('people.take')}
                    </button>
                  </li>
                ))}
              </ul>
              <Form
                send={p('people.give')}
                disabled={grant === null || has(held)}
                onSend={async () => {
                  await api.post<GrantView>(path, grant);
                  again();
                }}
              >
                <RoleFields places={known} everything={everything} onChange={setGrant} />
              </Form>
            </>
          );
        }}
      </Loaded>
    </Modal>
  );
}
