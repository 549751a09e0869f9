import { useState } from 'preact/hooks';
import { isWithin, type Reach, reachOf } from '../access/access';
import type { Region, RegionLevel, School, SessionView } from '../generated/api';
import { api, say } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { levelBelow, levelsFor, parentsFor, regionName, treeOf } from './regions';
import { g } from './words-regions';

interface Known {
  regions: Region[];
  schools: School[];
}

interface Props {
  session: SessionView;
  onChanged: () => void;
}

/** What is being written: a new one, perhaps within another, or one that is there. */
type Doing = { kind: 'add'; parent: Region | null } | { kind: 'edit'; region: Region };

/** Provinces, cities and counties as a tree. */
export function Regions({ session, onChanged }: Props) {
  const known = useLoad<Known>(async () => {
    const [regions, schools] = await Promise.all([api.all<Region>('/regions'), api.all<School>('/schools')]);
    return { regions, schools };
  }, []);
  const again = () => {
    known.again();
    onChanged();
  };
  return <Loaded load={known}>{(value) => <List known={value} reach={reachOf(session, 'ManageRegions', value.regions)} again={again} />}</Loaded>;
}

function List({ known: { regions, schools }, reach, again }: { known: Known; reach: Reach; again: () => void }) {
  const [text, setText] = useState('');
  const [doing, setDoing] = useState<Doing | null>(null);
  const rows = treeOf(regions).filter((placed) => matches(text, regionName(placed)));
  const [removing, setRemoving] = useState<Region | null>(null);
  const may = ({ id }: Region) => isWithin(reach, id);
  return (
    <>
      <p class="office-note plain">{g('hint')}</p>
      <div class="office-line">
        <Search value={text} onSearch={setText} label={g('find')} />
        <span class="spacer" />
        {(reach === null || reach.size > 0) && (
          <button type="button" class="button primary" onClick={() => setDoing({ kind: 'add', parent: null })} data-test="add">
            {g('add')}
          </button>
        )}
      </div>
      {regions.length === 0 && <Empty title={g('empty')} text={g(reach === null ? 'empty.text' : 'empty.outside')} test="no-regions" />}
      <Found rows={rows} text={text}>
        {(shown) =>
          shown.length > 0 && (
            <Table head={[g('name'), g('level'), { number: g('schools') }, null]}>
              {shown.map(({ region, depth }) => (
                <tr key={region.id} data-test="region-row" data-region={region.id} data-depth={depth}>
                  <td>
                    <span class={depth === 0 ? 'region-name' : 'region-name inside'} style={{ marginLeft: `${28 * Math.max(0, depth - 1)}px` }}>
                      {region.name}
                    </span>
                  </td>
                  <td class="nowrap">{g(`level.${region.level}`)}</td>
                  <td class="number">{schools.filter((school) => school.region === region.id).length || <span class="muted">–</span>}</td>
                  <td class="actions">
                    {may(region) && levelBelow(region.level) !== null && (
                      <button type="button" class="button small" onClick={() => setDoing({ kind: 'add', parent: region })} data-test="add-below">
                        {g('add_below')}
                      </button>
                    )}
                    {may(region) && (
                      <>
                        <button type="button" class="button small" onClick={() => setDoing({ kind: 'edit', region })} data-test="edit">
                          {o('edit')}
                        </button>
                        <button type="button" class="button small danger" onClick={() => setRemoving(region)} data-test="remove">
                          {o('remove')}
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
      {doing && <Edit doing={doing} regions={regions} reach={reach} onClose={() => setDoing(null)} onSaved={again} />}
      {removing && (
        <Remove
          path="/regions"
          row={removing}
          act={o('remove')}
          title={g('remove')}
          text={({ name }) => g('remove.text', { name })}
          done={({ name }) => o('removed', { name })}
          onClose={() => setRemoving(null)}
          again={again}
        />
      )}
    </>
  );
}

interface EditProps {
  doing: Doing;
  regions: readonly Region[];
  reach: Reach;
  onClose: () => void;
  onSaved: () => void;
}

function Edit({ doing, regions, reach, onClose, onSaved }: EditProps) {
  const region = doing.kind === 'edit' ? doing.region : null;
  const within = doing.kind === 'add' ? doing.parent : null;
  const [name, setName] = useState(region?.name ?? '');
  const [level, setLevel] = useState<RegionLevel>(region?.level ?? (within && levelBelow(within.level)) ?? 'county');
  // Whoever has a region alone neither takes it out of what it lies in, nor makes one beside it.
  const fixed = region !== null && reach !== null && (region.parent === null || !reach.has(region.parent));
  const parents = parentsFor(level, region, regions).filter(({ region: { id } }) => reach === null || reach.has(id) || id === region?.parent);
  const [wanted, setWanted] = useState(region?.parent ?? within?.id ?? '');
  const chosen = parents.find(({ region: { id } }) => id === wanted) ?? (reach === null ? undefined : parents[0]);
  const parent = fixed ? (region.parent ?? null) : (chosen?.region.id ?? null);
  const usable = name.trim() !== '' && (reach === null || fixed || parent !== null);
  const save = async () => {
    const fields = { name: name.trim(), level, parent };
    if (region) await api.put(`/regions/${encodeURIComponent(region.id)}`, { ...region, ...fields }, region.version);
    else await api.post('/regions', fields);
    say(g('saved', { name: fields.name }));
    onSaved();
    onClose();
  };
  const title = region ? g('edit') : within ? g('add_in', { name: within.name }) : g('add');
  return (
    <Modal title={title} onClose={onClose} test="region-dialog">
      <Form send={o('save')} disabled={!usable} onCancel={onClose} onSend={save}>
        <Field label={g('name')} hint={g('name.hint')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        <div class="two">
          <Field label={g('level')}>
            <select value={level} onChange={(event) => setLevel(event.currentTarget.value as RegionLevel)} data-test="level">
              {levelsFor(region, regions).map((one) => (
                <option key={one} value={one}>
                  {g(`level.${one}`)}
                </option>
              ))}
            </select>
          </Field>
          <Field label={g('parent')} hint={fixed ? g('parent.fixed') : region ? g('move_hint') : undefined}>
            <select value={parent ?? ''} disabled={fixed} onChange={(event) => setWanted(event.currentTarget.value)} data-test="parent">
              {(reach === null || fixed) && <option value="">{g('parent.none')}</option>}
              {parents.map((placed) => (
                <option key={placed.region.id} value={placed.region.id}>
                  {regionName(placed)}
                </option>
              ))}
            </select>
          </Field>
        </div>
      </Form>
    </Modal>
  );
}
