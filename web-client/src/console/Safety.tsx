import { useState } from 'preact/hooks';
import type { Sending } from '../generated/protocol';
import { t } from '../i18n';
import { SWITCHES, type SwitchName, switchesOf } from '../safety';
import { useLesson } from '../ui/context';
import { Dialog } from '../ui/Dialog';

const SENDING: readonly Sending[] = ['everybody', 'marked', 'called', 'nobody'];

/** The safety of the lesson: one button that forbids all interaction, and one that opens the rest. */
export function SafetyButtons() {
  const lesson = useLesson();
  const [open, setOpen] = useState(false);
  const { interaction, ...switches } = switchesOf(lesson.session.value);
  const offline = lesson.phase.value.kind !== 'joined';
  const off = SWITCHES.filter((name) => !switches[name]).length;
  return (
    <>
      <button
        type="button"
        class={interaction ? 'button large' : 'button large off'}
        disabled={offline}
        aria-pressed={!interaction}
        onClick={() => lesson.send({ type: 'switches', interaction: !interaction })}
        data-test="forbid"
      >
        {t(interaction ? 'safety.forbid' : 'safety.allow')}
      </button>
      <button type="button" class="button large" onClick={() => setOpen(true)} data-test="safety">
        {off > 0 ? t('safety.open_off', { n: off }) : t('safety.open')}
      </button>
      {open && <SafetyDialog onClose={() => setOpen(false)} />}
    </>
  );
}

function SafetyDialog({ onClose }: { onClose: () => void }) {
  const [ending, setEnding] = useState(false);
  if (ending) return <ShutDown onClose={onClose} />;
  return (
    <Dialog title={t('safety.title')} onClose={onClose}>
      <p class="muted">{t('safety.text')}</p>
      <ul class="switches">
        {SWITCHES.map((name) => (
          <Switch key={name} name={name} />
        ))}
      </ul>
      <WhoSends />
      <Blocks />
      <div class="dialog-actions">
        <button type="button" class="button danger" onClick={() => setEnding(true)} data-test="shut-down">
          {t('safety.shut_down')}
        </button>
        <button type="button" class="button primary" onClick={onClose} data-test="safety-close">
          {t('action.close')}
        </button>
      </div>
    </Dialog>
  );
}

function Switch({ name }: { name: SwitchName }) {
  const lesson = useLesson();
  const on = switchesOf(lesson.session.value)[name];
  return (
    <li>
      <span>
        <strong>{t(`switch.${name}`)}</strong>
        <span class="muted small-text">{t(`switch.${name}.text`)}</span>
      </span>
      <button
        type="button"
        class={on ? 'button small' : 'button small off'}
        aria-pressed={on}
        disabled={lesson.phase.value.kind !== 'joined'}
        onClick={() => lesson.send({ type: 'switches', [name]: !on })}
        data-test={`switch-${name}`}
      >
        {t(on ? 'safety.on' : 'safety.off')}
      </button>
    </li>
  );
}

/** Which classes send camera and microphone: what the lesson's kind brings with it, changed for this lesson. */
function WhoSends() {
  const lesson = useLesson();
  const { sending } = switchesOf(lesson.session.value);
  return (
    <label class="field who-sends">
      <span>{t('safety.sending')}</span>
      <select
        value={sending}
        disabled={lesson.phase.value.kind !== 'joined'}
        onChange={(event) => lesson.send({ type: 'switches', sending: event.currentTarget.value as Sending })}
        data-test="who-sends"
      >
        {SENDING.map((who) => (
          <option key={who} value={who}>
            {t(`sending.${who}`)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Who may not come in again, and a way back. */
function Blocks() {
  const lesson = useLesson();
  const { blocks } = lesson.session.value;
  if (blocks.length === 0) return null;
  return (
    <section class="blocks">
      <h3>{t('safety.blocked')}</h3>
      <ul data-test="blocks">
        {blocks.map((block) => (
          <li key={block.participant}>
            <span class="ellipsis" title={block.name}>
              {block.name}
            </span>
            <button
              type="button"
              class="button small"
              disabled={lesson.phase.value.kind !== 'joined'}
              onClick={() => lesson.send({ type: 'unblock', participant: block.participant })}
              data-test="unblock"
            >
              {t('safety.unblock')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** The emergency: asked once, then everybody is sent away. */
function ShutDown({ onClose }: { onClose: () => void }) {
  const lesson = useLesson();
  return (
    <Dialog title={t('shut_down.title')} onClose={onClose}>
      <p>{t('shut_down.text')}</p>
      <div class="dialog-actions">
        <button type="button" class="button large" onClick={onClose} data-test="shut-down-cancel">
          {t('action.cancel')}
        </button>
        <button
          type="button"
          class="button large danger"
          disabled={lesson.phase.value.kind !== 'joined'}
          onClick={() => {
            lesson.send({ type: 'lesson', action: 'shut_down' });
            onClose();
          }}
          data-test="shut-down-confirm"
        >
          {t('safety.shut_down')}
        </button>
      </div>
    </Dialog>
  );
}
