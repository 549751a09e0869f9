import { useEffect } from 'preact/hooks';
import { t } from '../i18n';
import { pageOf } from '../problem';
import { useLesson } from '../ui/context';
import { BarrierGate, Gate } from '../ui/Gate';
import { Notice } from '../ui/Notice';
import { Sound, startSound } from '../ui/Sound';
import { Bar } from './Bar';
import { Calm } from './Calm';
import { keepAwake } from './kiosk';
import { LinkNotice } from './LinkNotice';
import { ownSound } from './own';
import { Pictures } from './Pictures';
import { callOf, sceneOf } from './scene';

/** `onHome`: back to the day, where the screen is bound. */
export function App({ onHome }: { onHome?: (() => void) | undefined }) {
  const lesson = useLesson();
  useEffect(() => keepAwake(), []);
  const session = lesson.session.value;
  const scene = sceneOf(lesson.phase.value, session);
  const over = scene.kind === 'barrier' && scene.barrier === 'ended';
  useEffect(() => {
    if (over) lesson.capture.close();
  }, [over]);

  if (scene.kind === 'barrier')
    return <BarrierGate barrier={scene.barrier} onRetry={() => lesson.enter()} home={onHome && { text: t('action.today'), go: onHome }} />;
  const me = lesson.me.value;
  if (me && me.role !== 'classroom' && me.role !== 'observer') {
    return (
      <Gate title={t('barrier.wrong_page.title')} text={t('barrier.wrong_page.text')} test="barrier-wrong_page">
        <a class="button primary" href={`/${pageOf(me.role)}#token=${encodeURIComponent(lesson.credentials.token() ?? '')}`}>
          {t('action.right_page')}
        </a>
      </Gate>
    );
  }
  const call = callOf(session, ownSound(lesson));
  return (
    <div class={call ? 'panel called' : 'panel'} data-test="panel" data-scene={scene.kind}>
      <div class="panel-notices" role="status" aria-live="assertive">
        <LinkNotice />
      </div>
      <div role="status" aria-live="assertive">
        {call && (
          <p class={call === 'speak' ? 'call-banner' : 'call-banner held'} data-test="call-banner" data-call={call}>
            {t(`panel.called.${call}`)}
          </p>
        )}
      </div>
      {scene.kind === 'lesson' ? <Pictures /> : <Calm scene={scene} />}
      <Bar />
      <Notice />
      <Sound />
      {lesson.soundBlocked.value && <StartSound />}
    </div>
  );
}

/** Where the browser wants one touch before it plays sound. */
function StartSound() {
  const lesson = useLesson();
  return (
    <div class="start-sound">
      <button
        type="button"
        class="button main-button"
        onClick={() => {
          lesson.soundBlocked.value = false;
          startSound();
        }}
        data-test="start-sound"
      >
        {t('panel.start_sound')}
      </button>
      <p>{t('panel.start_sound_text')}</p>
    </div>
  );
}
