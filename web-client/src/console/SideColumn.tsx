import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { find } from '../session';
import { useLesson } from '../ui/context';
import { Chat } from './Chat';
import { healthOf } from './health';

/** Hands always in view; below them chat or everybody. */
export function SideColumn() {
  const { session } = useLesson();
  const [tab, setTab] = useState<'chat' | 'people'>('chat');
  const online = session.value.participants.filter((p) => p.online).length;
  return (
    <aside class="side">
      <Hands />
      <div class="tabs" role="tablist">
        <button type="button" role="tab" aria-selected={tab === 'chat'} onClick={() => setTab('chat')} data-test="tab-chat">
          {t('chat.heading')}
        </button>
        <button type="button" role="tab" aria-selected={tab === 'people'} onClick={() => setTab('people')} data-test="tab-people">
          {t('people.heading', { n: online })}
        </button>
      </div>
      {tab === 'chat' ? <Chat /> : <People />}
    </aside>
  );
}

/** Raised hands, first raised first. */
function Hands() {
  const lesson = useLesson();
  const session = lesson.session.value;
  const running = session.lesson?.state === 'live' || session.lesson?.state === 'paused';
  return (
    <section class="hands" aria-label={t('hands.heading')}>
      <h2>
        {t('hands.heading')} <span class="count">{session.hands.length}</span>
      </h2>
      {session.hands.length === 0 && <p class="muted small-text">{t('hands.empty')}</p>}
      <ol data-test="hands" aria-live="polite">
        {session.hands.map((id, index) => (
          <li key={id} data-participant={id}>
            <span class="order">{index + 1}</span>
            <span class="ellipsis" title={find(session, id)?.name}>
              {find(session, id)?.name ?? id}
            </span>
            <button
              type="button"
              class="button small primary"
              disabled={!running || lesson.phase.value.kind !== 'joined'}
              onClick={() => lesson.send({ type: 'call_on', participant: id })}
              data-test="hand-call-on"
            >
              {t('action.call_on')}
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}

function People() {
  const { session } = useLesson();
  const { participants, stats } = session.value;
  return (
    <ul class="people" data-test="people">
      {participants.map((p) => {
        const health = healthOf(p, stats[p.id]);
        return (
          <li key={p.id} class={p.online ? '' : 'offline'}>
            <span class={`dot health-${health}`} role="img" aria-label={t(`health.${health}`)} title={t(`health.${health}`)} />
            <span class="ellipsis" title={p.name}>
              {p.name}
            </span>
            <span class="muted small-text">{t(`role.${p.role}`)}</span>
          </li>
        );
      })}
    </ul>
  );
}
