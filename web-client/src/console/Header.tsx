import type { LessonState } from '../generated/protocol';
import { t } from '../i18n';
import { lessonSeconds } from '../session';
import { useLesson } from '../ui/context';
import { clockText } from '../ui/format';
import { useNow } from '../ui/hooks';
import { LangSwitch } from '../ui/LangSwitch';

export function Header() {
  const lesson = useLesson();
  const view = lesson.session.value.lesson;
  return (
    <header class="room-head">
      <span class="brand">{t('brand')}</span>
      <h1 class="room-title" title={view?.title}>
        {view?.title ?? t('state.connecting')}
      </h1>
      {view && <StatePill state={view.state} />}
      <LessonClock />
      <span class="spacer" />
      <LineQuality />
      <LangSwitch />
    </header>
  );
}

function StatePill({ state }: { state: LessonState }) {
  return (
    <span class={`pill state-${state}`} data-test="lesson-state" data-state={state}>
      {t(`lesson.${state}`)}
    </span>
  );
}

function LessonClock() {
  const lesson = useLesson();
  const seconds = lessonSeconds(lesson.session.value, useNow(1000));
  return (
    <span class="clock" data-test="clock" role="timer" aria-label={t('lesson.clock')}>
      {clockText(seconds)}
    </span>
  );
}

/** The line in plain words. */
function LineQuality() {
  const lesson = useLesson();
  const quality =
    lesson.phase.value.kind !== 'joined'
      ? 'lost'
      : lesson.unreached.value
        ? 'unreached'
        : lesson.mediaPhase.value === 'connected'
          ? lesson.quality.value
          : 'connecting';
  return (
    <span class={`line line-${quality}`} data-test="quality" data-quality={quality}>
      <span class="dot" aria-hidden="true" />
      {t(`line.${quality}`)}
    </span>
  );
}
