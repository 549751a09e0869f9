import { t } from '../i18n';
import { hasSeat, mayTakePart, offFor } from '../safety';
import { hasFloor } from '../session';
import { useLesson } from '../ui/context';
import { HandIcon } from '../ui/HandIcon';
import { LangSwitch } from '../ui/LangSwitch';
import { Heads } from './Heads';
import { canFill, filling, toggleFill } from './kiosk';
import { ownSound } from './own';
import { sceneOf, silenceOf } from './scene';
import { troublesOf, troubleText } from './troubles';

/** The touch strip: one main button, a few small ones. */
export function Bar() {
  const lesson = useLesson();
  const me = lesson.me.value;
  return (
    <footer class="bar">
      <DeviceHint />
      <div class="bar-left">
        <div class="bar-side">
          <span class="bar-name" title={me?.name}>
            {me?.name ?? t('brand')}
          </span>
          <OffHint />
          <SeatedHint />
        </div>
        <Heads />
      </div>
      <Middle />
      <div class="bar-side right">
        <StepDown />
        {me?.role !== 'observer' && me?.publish !== 'never' && <MuteButton />}
        {canFill && (
          <button type="button" class="button quiet" onClick={toggleFill} data-test="fullscreen">
            {t(filling.value ? 'panel.leave_fullscreen' : 'panel.fullscreen')}
          </button>
        )}
        <LangSwitch />
      </div>
    </footer>
  );
}

/** The main button, where there is something to do. */
function Middle() {
  const lesson = useLesson();
  const me = lesson.me.value;
  if (me?.role === 'observer') return <span class="bar-observer">{t('role.observer')}</span>;
  if (me?.publish === 'never') return <span class="bar-observer">{t('panel.off.receive_only')}</span>;
  return <MainButton />;
}

/** What the teacher has switched off, in calm words: nothing is broken. */
function OffHint() {
  const lesson = useLesson();
  const off = offFor(lesson.session.value);
  if (off === null || off === 'receive_only') return null;
  return (
    <span class="bar-off" role="status" data-test="off" data-off={off}>
      {t(`panel.off.${off}`)}
    </span>
  );
}

/** On stage without being called on: the class may speak all the same. */
function SeatedHint() {
  const lesson = useLesson();
  const session = lesson.session.value;
  const { you, stage, lesson: view } = session;
  if (you === null || !stage.includes(you) || hasFloor(session)) return null;
  if (view?.state !== 'live' || offFor(session) !== null || silenceOf(session, ownSound(lesson)) !== null) return null;
  return (
    <span class="bar-off" data-test="seated">
      {t('panel.seated')}
    </span>
  );
}

/** Raise the hand; lower it; give the floor back. */
function MainButton() {
  const lesson = useLesson();
  const session = lesson.session.value;
  const { you, hands, lesson: view } = session;
  const joined = lesson.phase.value.kind === 'joined';
  const mayRaise = (view?.state === 'live' || view?.state === 'open') && mayTakePart(session);
  if (hasFloor(session)) {
    return (
      <button
        type="button"
        class="button main-button"
        disabled={!joined}
        onClick={() => you !== null && lesson.send({ type: 'dismiss', participant: you })}
        data-test="leave-stage"
      >
        {t('panel.leave_stage')}
      </button>
    );
  }
  const place = you === null ? -1 : hands.indexOf(you);
  const raised = place >= 0;
  return (
    <button
      type="button"
      class={raised ? 'button main-button raised' : 'button main-button primary'}
      disabled={!joined || (!raised && !mayRaise)}
      aria-pressed={raised}
      onClick={() => lesson.send({ type: 'hand', raised: !raised })}
      data-test="hand"
    >
      <span class="main-label">
        {!raised && <HandIcon />}
        {t(raised ? 'panel.lower_hand' : 'panel.raise_hand')}
      </span>
      {raised && <small>{t('panel.hand_place', { n: place + 1 })}</small>}
    </button>
  );
}

/** A class that was called on stage and lost the floor to another would stay there: it has no seat to go back to. */
function StepDown() {
  const lesson = useLesson();
  const session = lesson.session.value;
  const { you, stage } = session;
  if (you === null || !stage.includes(you) || hasFloor(session) || hasSeat(session)) return null;
  return (
    <button
      type="button"
      class="button quiet"
      disabled={lesson.phase.value.kind !== 'joined'}
      onClick={() => lesson.send({ type: 'dismiss', participant: you })}
      data-test="step-down"
    >
      {t('panel.step_down')}
    </button>
  );
}

function MuteButton() {
  const lesson = useLesson();
  const muted = lesson.me.value?.muted === true;
  const on = lesson.micOn.value;
  return (
    <button
      type="button"
      class={on && !muted ? 'button quiet' : 'button off'}
      aria-pressed={!on}
      disabled={lesson.capture.tracks.microphone.value === null}
      onClick={() => lesson.setMicrophone(!on)}
      data-test="mute-self"
    >
      {t(muted ? 'panel.muted_by_host' : on ? 'panel.mute' : 'panel.unmute')}
    </button>
  );
}

/** Which device the class does without, why, and what helps; before and between lessons the list of checks says it. */
function DeviceHint() {
  const lesson = useLesson();
  if (lesson.me.value?.role === 'observer' || lesson.me.value?.publish === 'never') return null;
  if (sceneOf(lesson.phase.value, lesson.session.value).kind !== 'lesson') return null;
  const { camera, microphone } = lesson.capture.problems;
  const troubles = troublesOf(camera.value, microphone.value);
  if (troubles.length === 0) return null;
  return (
    <div class="bar-hints" role="status" data-test="device-hint">
      {troubles.map((trouble) => (
        <p key={trouble.what}>{troubleText(trouble)}</p>
      ))}
    </div>
  );
}
