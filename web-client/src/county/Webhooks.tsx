import { useState } from 'preact/hooks';
import { mayEverywhere } from '../access/access';
import type { NewWebhookView, Region, SessionView, Webhook, WebhookEvent } from '../generated/api';
import { api, say } from '../office/desk';
import { Loaded, ProblemNote, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { Copied } from '../office/Once';
import { Remove } from '../office/Remove';
import { Empty, Table } from '../office/Table';
import { o } from '../office/words';
import { Deliveries } from './Deliveries';
import { hostOf } from './hosts';
import { RegionSelect } from './RegionSelect';
import { usualRegion } from './regions';
import { h } from './words-hooks';

export const EVENTS: readonly WebhookEvent[] = ['lesson.opened', 'lesson.live', 'lesson.ended', 'classroom.joined', 'classroom.lost'];

type Doing = { kind: 'add' } | { kind: 'edit' | 'remove' | 'log'; webhook: Webhook } | { kind: 'secret'; secret: string };

/** Where events of lessons are told. */
export function Webhooks({ session }: { session: SessionView }) {
  const known = useLoad(async () => {
    const [webhooks, regions] = await Promise.all([api.all<Webhook>('/webhooks'), api.all<Region>('/regions')]);
    return { webhooks, regions };
  }, []);
  const [doing, setDoing] = useState<Doing | null>(null);
  const onClose = () => setDoing(null);
  return (
    <>
      <p class="office-note plain">{h('hint')}</p>
      <div class="office-line">
        <span class="spacer" />
        <button type="button" class="button primary" onClick={() => setDoing({ kind: 'add' })} data-test="add">
          {h('add')}
        </button>
      </div>
      <Loaded load={known}>
        {({ webhooks, regions }) => (
          <>
            {webhooks.length === 0 ? (
              <Empty title={h('empty')} text={h('empty_text')} test="no-webhooks" />
            ) : (
              <List webhooks={webhooks} regions={regions} onDo={setDoing} again={known.again} />
            )}
            {(doing?.kind === 'add' || doing?.kind === 'edit') && (
              <Edit
                webhook={doing.kind === 'edit' ? doing.webhook : null}
                regions={regions}
                everything={mayEverywhere(session, 'ManageWebhooks')}
                onClose={onClose}
                onSaved={known.again}
                onSecret={(secret) => setDoing({ kind: 'secret', secret })}
              />
            )}
          </>
        )}
      </Loaded>
      {doing?.kind === 'log' && <Deliveries webhook={doing.webhook} onClose={onClose} />}
      {doing?.kind === 'secret' && (
        <Modal title={h('secret.title')} onClose={onClose} test="secret-dialog">
          <p>{h('secret.text')}</p>
          <Copied value={doing.secret} test="secret" />
        </Modal>
      )}
      {doing?.kind === 'remove' && (
        <Remove
          path="/webhooks"
          row={doing.webhook}
          act={o('remove')}
          title={h('remove.title')}
          text={({ url }) => h('remove.text', { host: hostOf(url) })}
          done={() => h('removed')}
          onClose={onClose}
          again={known.again}
        />
      )}
    </>
  );
}

interface ListProps {
  webhooks: readonly Webhook[];
  regions: readonly Region[];
  onDo: (doing: Doing) => void;
  again: () => void;
}

function List({ webhooks, regions, onDo, again }: ListProps) {
  const [problem, setProblem] = useState<unknown>(null);
  const names = new Map(regions.map(({ id, name }) => [id, name]));
  const turn = async (webhook: Webhook) => {
    setProblem(null);
    try {
      await api.put(`/webhooks/${encodeURIComponent(webhook.id)}`, { ...webhook, active: !webhook.active }, webhook.version);
      say(h(webhook.active ? 'turned.off' : 'turned.on'));
    } catch (refused) {
      setProblem(refused);
    }
    again();
  };
  return (
    <>
      {problem !== null && <ProblemNote problem={problem} />}
      <Table head={[h('url'), h('events'), h('region'), h('state'), null]}>
        {webhooks.map((webhook) => (
          <tr key={webhook.id} data-test="webhook" data-webhook={webhook.id}>
            <td>{hostOf(webhook.url)}</td>
            <td>{webhook.events.map((event) => h(`event.${event}`)).join(o('people'))}</td>
            <td class="nowrap">{webhook.region === null ? h('region.all') : (names.get(webhook.region) ?? webhook.region)}</td>
            <td class="nowrap">
              <span class={`pill state-${webhook.active ? 'live' : 'ended'}`}>{h(webhook.active ? 'active' : 'off')}</span>
            </td>
            <td class="actions">
              <button type="button" class="button small" onClick={() => onDo({ kind: 'log', webhook })} data-test="log">
                {h('log')}
              </button>
              <button type="button" class="button small" onClick={() => void turn(webhook)} data-test="turn">
                {h(webhook.active ? 'turn.off' : 'turn.on')}
              </button>
              <button type="button" class="button small" onClick={() => onDo({ kind: 'edit', webhook })} data-test="edit">
                {o('edit')}
              </button>
              <button type="button" class="button small danger" onClick={() => onDo({ kind: 'remove', webhook })} data-test="remove">
                {o('remove')}
              </button>
            </td>
          </tr>
        ))}
      </Table>
    </>
  );
}

interface EditProps {
  webhook: Webhook | null;
  regions: readonly Region[];
  /** May be told of all schools. */
  everything: boolean;
  onClose: () => void;
  onSaved: () => void;
  onSecret: (secret: string) => void;
}

function Edit({ webhook, regions, everything, onClose, onSaved, onSecret }: EditProps) {
  const [url, setUrl] = useState(webhook?.url ?? '');
  const [events, setEvents] = useState<readonly WebhookEvent[]>(webhook?.events ?? ['lesson.live', 'lesson.ended']);
  const [region, setRegion] = useState(webhook ? (webhook.region ?? '') : everything ? '' : (usualRegion(regions) ?? ''));
  const save = async () => {
    const fields = { url: url.trim(), events: EVENTS.filter((event) => events.includes(event)), region: region || null };
    if (webhook) {
      await api.put(`/webhooks/${encodeURIComponent(webhook.id)}`, { ...webhook, ...fields }, webhook.version);
      say(h('saved'));
      onSaved();
      onClose();
      return;
    }
    const { secret } = await api.post<NewWebhookView>('/webhooks', { ...fields, active: true });
    onSaved();
    onSecret(secret);
  };
  return (
    <Modal title={h(webhook ? 'edit' : 'add')} onClose={onClose} test="webhook-dialog">
      <Form send={o('save')} disabled={!/^https?:\/\/\S+$/.test(url.trim()) || events.length === 0} onCancel={onClose} onSend={save}>
        <Field label={h('url')} hint={h('url.hint')}>
          <input
            type="url"
            maxLength={500}
            placeholder="https://"
            autocomplete="off"
            value={url}
            onInput={(event) => setUrl(event.currentTarget.value)}
            data-test="url"
          />
        </Field>
        <fieldset class="plain" aria-label={h('events')}>
          <div class="checks-list">
            {EVENTS.map((event) => (
              <label key={event} class="check">
                <input
                  type="checkbox"
                  checked={events.includes(event)}
                  onChange={() => setEvents(events.includes(event) ? events.filter((other) => other !== event) : [...events, event])}
                  data-test={`event-${event}`}
                />
                {h(`event.${event}`)}
              </label>
            ))}
          </div>
        </fieldset>
        <Field label={h('region')}>
          <RegionSelect
            action="ManageWebhooks"
            regions={regions}
            value={region}
            onChange={setRegion}
            {...(everything || region === '' ? { none: h('region.all') } : {})}
            test="region"
          />
        </Field>
      </Form>
    </Modal>
  );
}
