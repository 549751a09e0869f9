import { useState } from 'preact/hooks';
import { tell } from '../api/problem';
import type { LessonView } from '../generated/protocol';
import { t } from '../i18n';
import { SWITCHES } from '../safety';
import { Dialog } from '../ui/Dialog';
import type { Order, Poll } from './poll';

/** What an operator may do in a lesson as its host may; everybody in it is told who did. */
export function Orders({ lesson, poll }: { lesson: LessonView; poll: Poll }) {
  const [open, setOpen] = useState<'switches' | 'shut_down' | null>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const order = async (what: Order) => {
    setBusy(true);
    setProblem(null);
    try {
      await poll.order(lesson.id, what);
    } catch (refused) {
      setProblem(refused);
    } finally {
      setBusy(false);
    }
  };
  const { interaction, ...switches } = lesson.switches;
  const off = SWITCHES.filter((name) => !switches[name]).length;
  return (
    <div class="orders" data-test="orders">
      {lesson.state === 'live' && (
        <button type="button" class="button small" disabled={busy} onClick={() => order({ action: 'pause' })} data-test="order-pause">
          {t('lesson.pause')}
        </button>
      )}
      {lesson.state === 'paused' && (
        <button type="button" class="button small primary" disabled={busy} onClick={() => order({ action: 'resume' })} data-test="order-resume">
          {t('lesson.resume')}
        </button>
      )}
      <button
        type="button"
        class={interaction ? 'button small' : 'button small off'}
        disabled={busy}
        aria-pressed={!interaction}
        onClick={() => order({ switches: { interaction: !interaction } })}
        data-test="order-forbid"
      >
        {t(interaction ? 'safety.forbid' : 'safety.allow')}
      </button>
      <button type="button" class="button small" onClick={() => setOpen('switches')} data-test="order-switches">
        {off > 0 ? t('safety.open_off', { n: off }) : t('safety.open')}
      </button>
      <button type="button" class="button small danger" disabled={busy} onClick={() => setOpen('shut_down')} data-test="order-shut-down">
        {t('safety.shut_down')}
      </button>
      <span class="orders-problem" role="status" data-test="order-problem">
        {problem !== null && tell(problem)}
      </span>
      {open === 'switches' && <Switches lesson={lesson} busy={busy} onOrder={order} onClose={() => setOpen(null)} />}
      {open === 'shut_down' && <ShutDown lesson={lesson} onOrder={order} onClose={() => setOpen(null)} />}
    </div>
  );
}

interface DialogProps {
  lesson: LessonView;
  onOrder: (order: Order) => void;
  onClose: () => void;
}

function Switches({ lesson, busy, onOrder, onClose }: DialogProps & { busy: boolean }) {
  return (
    <Dialog title={t('orders.title', { lesson: lesson.title })} onClose={onClose}>
      <p class="muted">{t('orders.text')}</p>
      <ul class="switches">
        {SWITCHES.map((name) => {
          const on = lesson.switches[name];
          return (
            <li key={name}>
              <strong>{t(`switch.${name}`)}</strong>
              <button
                type="button"
                class={on ? 'button small' : 'button small off'}
                aria-pressed={on}
                disabled={busy}
                onClick={() => onOrder({ switches: { [name]: !on } })}
                data-test={`order-switch-${name}`}
              >
                {t(on ? 'safety.on' : 'safety.off')}
              </button>
            </li>
          );
        })}
      </ul>
      <div class="dialog-actions">
        <button type="button" class="button primary" onClick={onClose} data-test="order-close">
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}

/** Asked once, with the lesson's name: there may be many on the board. */
function ShutDown({ lesson, onOrder, onClose }: DialogProps) {
  return (
    <Dialog title={t('orders.shut_down.title', { lesson: lesson.title })} onClose={onClose}>
      <p>{t('orders.shut_down.text')}</p>
      <div class="dialog-actions">
        <button type="button" class="button large" onClick={onClose} data-test="order-cancel">
          {t('action.cancel')}
        </button>
        <button
          type="button"
          class="button large danger"
          onClick={() => {
            onOrder({ action: 'shut_down' });
            onClose();
          }}
          data-test="order-confirm"
        >
          {t('safety.shut_down')}
        </button>
      </div>
    </Dialog>
  );
}
