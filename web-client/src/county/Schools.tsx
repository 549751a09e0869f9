import { useState } from 'preact/hooks';
import { isWithin, type Reach, reachOf } from '../access/access';
import { wallOf } from '../api/zone';
import type { Alliance, Region, School, SchoolKind, SessionView } from '../generated/api';
import { Closed, ClosedSwitch } from '../office/Closed';
import { api, say, serverNow, zone } from '../office/desk';
import { byName, Found, matches, Search } from '../office/find';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { presentMembers } from './Alliances';
import { RegionSelect } from './RegionSelect';
import { usualRegion } from './regions';
import { w } from './words';

interface Known {
  schools: School[];
  alliances: Alliance[];
  regions: Region[];
}

/** The county's schools. */
export function Schools({ session, onChanged }: { session: SessionView; onChanged: () => void }) {
  const known = useLoad<Known>(async () => {
    const [schools, alliances, regions] = await Promise.all([api.all<School>('/schools'), api.all<Alliance>('/alliances'), api.all<Region>('/regions')]);
    return { schools: byName(schools), alliances, regions };
  }, []);
  const again = () => {
    known.again();
    onChanged();
  };
  return <Loaded load={known}>{(value) => <List known={value} reach={reachOf(session, 'ManageSchools', value.regions)} again={again} />}</Loaded>;
}

function List({ known, reach, again }: { known: Known; reach: Reach; again: () => void }) {
  const [text, setText] = useState('');
  const [edited, setEdited] = useState<School | 'new' | null>(null);
  const [closing, setClosing] = useState<School | null>(null);
  const [closed, setClosed] = useState(false);
  const today = wallOf(serverNow(), zone()).day;
  const regions = new Map(known.regions.map(({ id, name }) => [id, name]));
  const alliancesOf = (school: string) =>
    known.alliances
      .filter((alliance) => presentMembers(alliance, today).some((member) => member.school === school))
      .map(({ name }) => name)
      .join(o('people'));
  const rows = known.schools.map((school) => ({ school, alliances: alliancesOf(school.id) })).filter((row) => matches(text, row.school.name, row.alliances));
  return (
    <>
      <div class="office-line">
        <Search value={text} onSearch={setText} label={w('school.find')} />
        <span class="muted small-text">{o('shown', { shown: rows.length, total: known.schools.length })}</span>
        <span class="spacer" />
        <ClosedSwitch on={closed} onSwitch={setClosed} />
        <button type="button" class="button primary" disabled={known.regions.length === 0} onClick={() => setEdited('new')} data-test="add">
          {w('school.add')}
        </button>
      </div>
      {closed && <Closed<School> path="/schools" text={text} open={known.schools} onReopened={again} />}
      {known.schools.length === 0 && (
        <Empty title={w('school.empty')} text={w(known.regions.length === 0 ? 'region.first' : 'school.empty_text')} test="no-schools" />
      )}
      <Found rows={rows} text={text}>
        {(shown) =>
          shown.length > 0 && (
            <Table head={[w('school.name'), w('school.kind'), w('school.region'), w('school.alliances'), { number: w('school.uplink') }, null]}>
              {shown.map(({ school, alliances }) => (
                <tr key={school.id} data-test="school-row">
                  <td>{school.name}</td>
                  <td class="nowrap">{w(`school.${school.kind}`)}</td>
                  <td>{regions.get(school.region ?? '') ?? '–'}</td>
                  <td>{alliances || '–'}</td>
                  <td class="number">{school.uplink_kbit === null ? <span class="muted">{w('school.uplink_unknown')}</span> : school.uplink_kbit / 1000}</td>
                  <td class="actions">
                    <a class="button small" href={`/school?school=${encodeURIComponent(school.id)}`}>
                      {w('school.open')}
                    </a>
                    {isWithin(reach, school.region) && (
                      <>
                        <button type="button" class="button small" onClick={() => setEdited(school)} data-test="edit">
                          {o('edit')}
                        </button>
                        <button type="button" class="button small danger" onClick={() => setClosing(school)} data-test="close">
                          {o('shut')}
                        </button>
                      </>
                    )}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Found>
      {edited && <Edit school={edited === 'new' ? null : edited} regions={known.regions} onClose={() => setEdited(null)} onSaved={again} />}
      {closing && (
        <Remove
          path="/schools"
          row={closing}
          act={o('shut')}
          title={w('school.close')}
          text={({ name }) => w('school.close_text', { name })}
          done={({ name }) => o('shut_done', { name })}
          onClose={() => setClosing(null)}
          again={again}
        />
      )}
    </>
  );
}

function Edit({ school, regions, onClose, onSaved }: { school: School | null; regions: Region[]; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(school?.name ?? '');
  const [kind, setKind] = useState<SchoolKind>(school?.kind ?? 'main');
  const [region, setRegion] = useState(school?.region ?? usualRegion(regions) ?? '');
  const [uplink, setUplink] = useState(school?.uplink_kbit == null ? '' : String(school.uplink_kbit / 1000));
  const mbit = Number(uplink);
  const usable = name.trim() !== '' && (uplink.trim() === '' || (mbit > 0 && mbit <= 1_000_000));
  const save = async () => {
    const fields = { name: name.trim(), kind, region: region || null, uplink_kbit: uplink.trim() === '' ? null : Math.round(mbit * 1000) };
    if (school) await api.put(`/schools/${encodeURIComponent(school.id)}`, { ...school, ...fields }, school.version);
    else await api.post('/schools', fields);
    say(w('school.saved', { name: fields.name }));
    onSaved();
    onClose();
  };
  return (
    <Modal title={w(school ? 'school.edit' : 'school.add')} onClose={onClose}>
      <Form send={o('save')} disabled={!usable} onCancel={onClose} onSend={save}>
        <Field label={w('school.name')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        <div class="two">
          <Field label={w('school.kind')}>
            <select value={kind} onChange={(event) => setKind(event.currentTarget.value as SchoolKind)}>
              <option value="main">{w('school.main')}</option>
              <option value="point">{w('school.point')}</option>
            </select>
          </Field>
          <Field label={w('school.region')}>
            <RegionSelect action="ManageSchools" regions={regions} value={region} onChange={setRegion} test="region" />
          </Field>
        </div>
        <Field label={w('school.uplink')} hint={w('school.uplink_hint')}>
          <input inputMode="decimal" maxLength={9} value={uplink} onInput={(event) => setUplink(event.currentTarget.value)} data-test="uplink" />
        </Field>
      </Form>
    </Modal>
  );
}
