import type { Webhook, WebhookDeliveryView } from '../generated/api';
import { zone } from '../office/desk';
import { momentText } from '../office/format';
import { ProblemNote } from '../office/load';
import { Modal } from '../office/Modal';
import { usePages } from '../office/pages';
import { Table } from '../office/Table';
import { o } from '../office/words';
import { hostOf } from './hosts';
import { h } from './words-hooks';

/** What was told to a webhook, and what became of it. */
export function Deliveries({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const pages = usePages<WebhookDeliveryView>(`/webhooks/${encodeURIComponent(webhook.id)}/deliveries`, {});
  return (
    <Modal title={h('log.of', { host: hostOf(webhook.url) })} onClose={onClose} wide test="deliveries">
      <div class="office-line">
        <span class="muted small-text">{h('log.text')}</span>
        <span class="spacer" />
        <button type="button" class="button small" disabled={pages.loading} onClick={pages.again} data-test="again">
          {h('log.again')}
        </button>
      </div>
      {pages.problem !== null && <ProblemNote problem={pages.problem} onRetry={pages.rows === null ? pages.again : pages.next} />}
      {pages.rows === null && pages.loading && <p class="office-loading">{o('loading')}</p>}
      {pages.rows?.length === 0 && <p class="office-empty">{h('log.empty')}</p>}
      {pages.rows !== null && pages.rows.length > 0 && <Lines rows={pages.rows} />}
      {pages.more && (
        <p class="audit-end">
          <button type="button" class="button" disabled={pages.loading} onClick={pages.next} data-test="more">
            {h('log.more')}
          </button>
        </p>
      )}
    </Modal>
  );
}

function Lines({ rows }: { rows: readonly WebhookDeliveryView[] }) {
  return (
    <Table head={[h('column.when'), h('column.event'), h('column.result'), { number: h('column.attempts') }, h('column.next')]}>
      {rows.map((row) => (
        <tr key={row.id} data-test="delivery" data-state={row.state}>
          <td class="nowrap">{momentText(row.at_ms, zone())}</td>
          <td class="nowrap">{h(`event.${row.event}`)}</td>
          <td>
            <span class={`pill delivery-${row.state}`}>{h(row.state === 'waiting' && row.attempts === 0 ? 'delivery.first' : `delivery.${row.state}`)}</span>
            <small class="muted block">{row.error ?? (row.status === null ? '' : h('delivery.status', { status: row.status }))}</small>
          </td>
          <td class="number">{row.attempts}</td>
          <td class="nowrap">{row.next_ms === null ? '–' : momentText(row.next_ms, zone())}</td>
        </tr>
      ))}
    </Table>
  );
}
