import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { may, maySomewhere, reachOf, seenAlliances } from '../access/access';
import { wallOf } from '../api/zone';
import type { Alliance, Member, MemberRole, Region, School, SessionView } from '../generated/api';
import { Closed, ClosedSwitch } from '../office/Closed';
import { api, say, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { dayText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { Picker } from '../office/Picker';
import { Remove } from '../office/Remove';
import { Empty } from '../office/Table';
import { o } from '../office/words';
import { RegionSelect } from './RegionSelect';
import { usualRegion } from './regions';
import { w } from './words';

const ROLES: readonly MemberRole[] = ['lead', 'collaborating', 'paired'];

/** Members now, those that lead first. */
export function presentMembers(alliance: Alliance, today: string): Member[] {
  return alliance.members
    .filter(({ from_day, to_day }) => from_day <= today && (to_day === null || to_day >= today))
    .sort((a, b) => ROLES.indexOf(a.role) - ROLES.indexOf(b.role));
}

/** The county's alliances and who is in them. */
export function Alliances({ session, onChanged }: { session: SessionView; onChanged: () => void }) {
  const known = useLoad(async () => {
    const [alliances, schools, regions] = await Promise.all([api.all<Alliance>('/alliances'), api.all<School>('/schools'), api.all<Region>('/regions')]);
    return { alliances: byName(seenAlliances(alliances, schools)), schools: byName(schools), regions };
  }, []);
  const [text, setText] = useState('');
  const [edited, setEdited] = useState<Alliance | 'new' | null>(null);
  const [closing, setClosing] = useState<Alliance | null>(null);
  const [closed, setClosed] = useState(false);
  const today = wallOf(serverNow(), zone()).day;
  const saved = () => {
    known.again();
    onChanged();
  };
  return (
    <Loaded load={known}>
      {({ alliances, schools, regions }) => {
        const geography = { alliances, schools, regions, today };
        const makes = reachOf(session, 'ManageAlliances', regions);
        const addable = schools.filter(({ id }) => may(session, 'ManageSchools', { kind: 'school', id }, geography));
        const names = new Map(schools.map(({ id, name }) => [id, name]));
        const rows = alliances.filter((alliance) => matches(text, alliance.name, ...alliance.members.map(({ school }) => names.get(school))));
        return (
          <>
            <div class="office-line">
              <Search value={text} onSearch={setText} label={w('alliance.find')} />
              <span class="spacer" />
              {maySomewhere(session, 'ManageAlliances') && <ClosedSwitch on={closed} onSwitch={setClosed} />}
              {(makes === null || makes.size > 0) && (
                <button type="button" class="button primary" disabled={regions.length === 0} onClick={() => setEdited('new')} data-test="add">
                  {w('alliance.add')}
                </button>
              )}
            </div>
            {closed && <Closed<Alliance> path="/alliances" text={text} open={alliances} onReopened={saved} />}
            {alliances.length === 0 && (
              <Empty title={w('alliance.empty')} text={w(regions.length === 0 ? 'region.first' : 'alliance.empty_text')} test="no-alliances" />
            )}
            <Found rows={rows} text={text}>
              {(shown) => (
                <div class="alliances">
                  {shown.map((alliance) => (
                    <Card key={alliance.id} alliance={alliance} members={presentMembers(alliance, today)} names={names}>
                      {may(session, 'ManageAlliances', { kind: 'alliance', id: alliance.id }, geography) && (
                        <>
                          <button type="button" class="button small" onClick={() => setEdited(alliance)} data-test="edit">
                            {w('alliance.edit')}
                          </button>
                          <button type="button" class="button small danger" onClick={() => setClosing(alliance)} data-test="close">
                            {o('shut')}
                          </button>
                        </>
                      )}
                    </Card>
                  ))}
                </div>
              )}
            </Found>
            {edited && (
              <Edit
                alliance={edited === 'new' ? null : edited}
                schools={schools}
                addable={addable}
                regions={regions}
                today={today}
                onClose={() => setEdited(null)}
                onSaved={saved}
              />
            )}
            {closing && (
              <Remove
                path="/alliances"
                row={closing}
                act={o('shut')}
                title={w('alliance.close')}
                text={({ name }) => w('alliance.close_text', { name })}
                done={({ name }) => o('shut_done', { name })}
                onClose={() => setClosing(null)}
                again={saved}
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

interface CardProps {
  alliance: Alliance;
  members: Member[];
  names: ReadonlyMap<string, string>;
  /** What may be done with it. */
  children: ComponentChildren;
}

function Card({ alliance, members, names, children }: CardProps) {
  return (
    <section class="office-card alliance" data-test="alliance" data-alliance={alliance.id}>
      <div class="office-line">
        <h2>{alliance.name}</h2>
        <span class="muted">{w('alliance.members', { n: members.length })}</span>
        <span class="spacer" />
        {children}
      </div>
      {!members.some(({ role }) => role === 'lead') && <p class="office-note">{w('alliance.lead_missing')}</p>}
      <ul class="members">
        {members.map((member) => (
          <li key={`${member.school} ${member.from_day}`} class={member.role}>
            <span class={`pill member-${member.role}`}>{w(`member.${member.role}`)}</span>
            <a class="ellipsis" href={`/school?school=${encodeURIComponent(member.school)}`} title={names.get(member.school)}>
              {names.get(member.school) ?? member.school}
            </a>
            {member.to_day && <span class="muted small-text">{w('alliance.ends', { day: dayText(member.to_day) })}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

interface EditProps {
  alliance: Alliance | null;
  schools: School[];
  /** Those that may be made members. */
  addable: School[];
  regions: Region[];
  today: string;
  onClose: () => void;
  onSaved: () => void;
}

/** Name and members. A member that leaves stays in the history, with its last day. */
function Edit({ alliance, schools, addable, regions, today, onClose, onSaved }: EditProps) {
  const [name, setName] = useState(alliance?.name ?? '');
  const [region, setRegion] = useState(alliance?.region ?? usualRegion(regions) ?? '');
  const [members, setMembers] = useState<readonly Member[]>(alliance?.members ?? []);
  const set = (member: Member, change: Partial<Member>) => setMembers(members.map((one) => (one === member ? { ...one, ...change } : one)));
  const shown = members.filter(({ to_day }) => to_day === null || to_day >= today);
  const inIt = new Set(shown.map(({ school }) => school));
  const names = new Map(schools.map(({ id, name }) => [id, name]));
  const save = async () => {
    const fields = { name: name.trim(), region, members: [...members] };
    if (alliance) await api.put(`/alliances/${encodeURIComponent(alliance.id)}`, { ...alliance, ...fields }, alliance.version);
    else await api.post('/alliances', fields);
    say(w('alliance.saved', { name: fields.name }));
    onSaved();
    onClose();
  };
  return (
    <Modal title={alliance?.name ?? w('alliance.add')} onClose={onClose} wide test="alliance-dialog">
      <Form send={o('save')} disabled={name.trim() === '' || region === ''} onCancel={onClose} onSend={save}>
        <div class="two">
          <Field label={w('alliance.name')}>
            <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
          </Field>
          <Field label={w('school.region')}>
            <RegionSelect action="ManageAlliances" regions={regions} value={region} disabled={alliance !== null} onChange={setRegion} test="region" />
          </Field>
        </div>
        <ul class="member-rows">
          {shown.map((member) => (
            <li key={`${member.school} ${member.from_day}`} data-test="member">
              <span class={member.to_day === null ? 'ellipsis' : 'ellipsis muted'} title={names.get(member.school)}>
                {names.get(member.school) ?? member.school}
                {member.to_day !== null && ` · ${w('alliance.ends', { day: dayText(member.to_day) })}`}
              </span>
              <select
                aria-label={names.get(member.school)}
                value={member.role}
                onChange={(event) => set(member, { role: event.currentTarget.value as MemberRole })}
              >
                {ROLES.map((role) => (
                  <option key={role} value={role}>
                    {w(`member.${role}`)}
                  </option>
                ))}
              </select>
              <button
                type="button"
                class="button small"
                onClick={() =>
                  // One that was added just now, by mistake, leaves no trace.
                  alliance?.members.includes(member) || member.to_day !== null || member.from_day < today
                    ? set(member, { to_day: member.to_day === null ? today : null })
                    : setMembers(members.filter((one) => one !== member))
                }
                data-test="member-end"
              >
                {w(member.to_day === null ? 'alliance.end' : 'alliance.back')}
              </button>
            </li>
          ))}
        </ul>
        {addable.length > 0 && (
          <Field label={w('alliance.member_add')}>
            <Picker
              options={addable.filter(({ id }) => !inIt.has(id)).map(({ id, name }) => ({ id, name }))}
              value={null}
              onPick={(school) =>
                school !== null && setMembers([...members, { school, role: shown.length === 0 ? 'lead' : 'collaborating', from_day: today, to_day: null }])
              }
              label={w('alliance.member_add')}
              test="member-add"
            />
          </Field>
        )}
      </Form>
    </Modal>
  );
}
