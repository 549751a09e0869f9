import { useState } from 'preact/hooks';
import type { LessonAction } from '../generated/protocol';
import { type Key, t } from '../i18n';
import { useLesson } from '../ui/context';
import { Dialog } from '../ui/Dialog';
import { useNow } from '../ui/hooks';
import { hintKey } from './hint';
import { SafetyButtons } from './Safety';

/** The lesson's course: start, pause, resume, end, and everybody's sound. */
export function Controls() {
  const lesson = useLesson();
  const [asking, setAsking] = useState(false);
  const state = lesson.session.value.lesson?.state;
  const offline = lesson.phase.value.kind !== 'joined';
  const act = (action: LessonAction) => lesson.send({ type: 'lesson', action });
  const button = (action: LessonAction, label: Key, style: string) => (
    <button type="button" class={`button large ${style}`} disabled={offline} onClick={() => act(action)} data-test={`lesson-${action}`}>
      {t(label)}
    </button>
  );
  return (
    <footer class="controls">
      <button type="button" class="button large" disabled={offline} onClick={() => lesson.send({ type: 'mute_all' })} data-test="mute-all">
        {t('action.mute_all')}
      </button>
      <SafetyButtons />
      <Hint />
      {state === 'open' && button('start', 'lesson.start', 'primary')}
      {state === 'live' && button('pause', 'lesson.pause', '')}
      {state === 'paused' && button('resume', 'lesson.resume', 'primary')}
      <button type="button" class="button large danger" disabled={offline} onClick={() => setAsking(true)} data-test="lesson-end">
        {t('lesson.end')}
      </button>
      {asking && (
        <Dialog title={t('end.title')} onClose={() => setAsking(false)}>
          <p>{t('end.text')}</p>
          <div class="dialog-actions">
            <button type="button" class="button large" onClick={() => setAsking(false)} data-test="end-cancel">
              {t('action.cancel')}
            </button>
            <button
              type="button"
              class="button large danger"
              onClick={() => {
                act('end');
                setAsking(false);
              }}
              data-test="end-confirm"
            >
              {t('lesson.end')}
            </button>
          </div>
        </Dialog>
      )}
    </footer>
  );
}

/** One sentence on what the classes get now. */
function Hint() {
  const lesson = useLesson();
  const { session } = lesson;
  const view = session.value.lesson;
  const state = view?.state;
  const now = useNow(5_000) + session.value.clockOffset;
  const joined = lesson.phase.value.kind === 'joined';
  if (joined && state === 'open' && view?.planned_start_ms != null && now < view.planned_start_ms) {
    return (
      <p class="controls-hint" data-test="hint">
        {t('hint.open_planned', { minutes: Math.ceil((view.planned_start_ms - now) / 60_000) })}
      </p>
    );
  }
  const key = view && hintKey(view.state, lesson.sent.value, joined, lesson.mediaPhase.value === 'connected');
  return (
    <p class="controls-hint" data-test="hint">
      {key && t(key)}
    </p>
  );
}
