import { useState } from 'preact/hooks';
import type { BindDevice, DeviceView } from '../generated/api';
import { Confirm } from '../office/Confirm';
import { api, say, serverNow, zone } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { momentText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Field, Form } from '../office/Modal';
import { Picker } from '../office/Picker';
import { Empty, Table } from '../office/Table';
import { here } from '../office/tabs';
import type { Register } from './register';
import { r } from './words-register';

/** A panel asks for its day every 15 s: one that did so within this time is on. */
const ONLINE_MS = 120_000;

export function Devices({ register }: { register: Register }) {
  const devices = useLoad(() => api.all<DeviceView>('/devices', { school: register.school.id }), [register.school.id]);
  const changes = register.allowed.may('ManageDevices');
  const [text, setText] = useState('');
  const [revoking, setRevoking] = useState<DeviceView | null>(null);
  return (
    <>
      {changes && (
        <section class="office-card bind-form">
          <h2>{r('devices.bind')}</h2>
          <Bind register={register} onBound={devices.again} />
        </section>
      )}
      <Loaded load={devices}>
        {(all) =>
          all.length === 0 ? (
            <Empty title={r('devices.empty')} text={changes ? r('devices.empty_text') : ''} />
          ) : (
            <>
              <div class="office-line">
                <Search value={text} onSearch={setText} />
              </div>
              <Found rows={sorted(all).filter(({ name, place }) => matches(text, name, place.name))} text={text}>
                {(shown) => <DeviceTable rows={shown} onRevoke={changes ? setRevoking : null} />}
              </Found>
            </>
          )
        }
      </Loaded>
      {revoking && (
        <Confirm
          title={r('devices.revoke')}
          text={r('devices.revoke_text', { name: revoking.name, room: revoking.place.name })}
          send={r('devices.revoke')}
          onClose={() => setRevoking(null)}
          onSend={async () => {
            await api.remove(`/devices/${encodeURIComponent(revoking.id)}`);
            say(r('devices.revoke_done', { name: revoking.name }));
            devices.again();
          }}
        />
      )}
    </>
  );
}

/** Those that let in before those that were unbound; by classroom. */
function sorted(devices: readonly DeviceView[]): DeviceView[] {
  return [...devices].sort((a, b) => Number(a.revoked_ms !== null) - Number(b.revoked_ms !== null) || (a.place.name < b.place.name ? -1 : 1));
}

/** `onRevoke`: null where nothing may be done to them. */
function DeviceTable({ rows, onRevoke }: { rows: readonly DeviceView[]; onRevoke: ((device: DeviceView) => void) | null }) {
  return (
    <Table head={[r('devices.room'), r('devices.name'), r('devices.bound_at'), r('devices.seen'), null]}>
      {rows.map((device) => (
        <tr key={device.id} data-test="device" data-device={device.id}>
          <td>{device.place.name}</td>
          <td>{device.name}</td>
          <td class="nowrap">{momentText(device.bound_ms, zone())}</td>
          <td class="nowrap">{seenText(device)}</td>
          <td class="actions">
            {device.revoked_ms !== null && <span class="muted">{r('devices.revoked')}</span>}
            {device.revoked_ms === null && onRevoke && (
              <button type="button" class="button small danger" onClick={() => onRevoke(device)} data-test="revoke">
                {r('devices.revoke')}
              </button>
            )}
          </td>
        </tr>
      ))}
    </Table>
  );
}

function seenText({ seen_ms, revoked_ms }: DeviceView) {
  if (seen_ms === null) return <span class="muted">{r('devices.never')}</span>;
  if (revoked_ms === null && serverNow() - seen_ms < ONLINE_MS) return <span class="pill state-live">{r('devices.online')}</span>;
  return momentText(seen_ms, zone());
}

/** The code a panel shows, and where it hangs. A QR code of the panel brings the code in the fragment. */
function Bind({ register, onBound }: { register: Register; onBound: () => void }) {
  const [code, setCode] = useState(() => (here.peek().get('code') ?? '').replace(/\D/g, '').slice(0, 6));
  const [room, setRoom] = useState<string | null>(null);
  const [name, setName] = useState('');
  const chosen = register.rooms.find(({ id }) => id === room);
  const fallback = chosen ? r('devices.name_default', { room: chosen.name }) : '';
  const bind = async () => {
    if (!chosen) return;
    await api.post<DeviceView>('/devices', { code, classroom: chosen.id, name: name.trim() || fallback } satisfies BindDevice);
    say(r('devices.bound', { room: chosen.name }));
    setCode('');
    setRoom(null);
    setName('');
    history.replaceState(null, '', `${location.pathname}${location.search}#tab=devices`);
    onBound();
  };
  return (
    <Form send={r('devices.send')} disabled={!/^\d{6}$/.test(code) || !chosen} onSend={bind} test="bind-form">
      <Field label={r('devices.code')} hint={r('devices.code_hint')}>
        <input
          class="bind-code"
          inputMode="numeric"
          autocomplete="off"
          maxLength={8}
          value={code}
          onInput={(event) => {
            const digits = event.currentTarget.value.replace(/\D/g, '').slice(0, 6);
            event.currentTarget.value = digits;
            setCode(digits);
          }}
          data-test="bind-code"
        />
      </Field>
      <Field label={r('devices.room')}>
        <Picker options={register.rooms.map(({ id, name }) => ({ id, name }))} value={room} onPick={setRoom} label={r('devices.room')} test="bind-room" />
      </Field>
      <Field label={r('devices.name')}>
        <input maxLength={200} placeholder={fallback} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="bind-name" />
      </Field>
    </Form>
  );
}
