import type { LessonOverview } from '../generated/protocol';
import { t } from '../i18n';
import { timeText } from '../ui/format';
import { HostSchool } from './HostSchool';
import { Orders } from './Orders';
import type { Poll } from './poll';

/** An open lesson where nobody has come yet, in one line; what may be ordered in it is opened by a touch. */
export function EmptyLesson({ overview: { lesson, host_school }, poll }: { overview: LessonOverview; poll: Poll }) {
  const line = (
    <>
      <strong class="ellipsis" title={lesson.title}>
        {lesson.title}
      </strong>
      <HostSchool name={host_school} />
      <span class={`pill state-${lesson.state}`}>{t(`lesson.${lesson.state}`)}</span>
      {lesson.planned_start_ms !== null && <span class="clock">{t('board.begins', { time: timeText(lesson.planned_start_ms) })}</span>}
      <span class="muted small-text ellipsis lesson-id" title={lesson.id}>
        {lesson.id}
      </span>
    </>
  );
  if (!poll.mayOrder) {
    return (
      <div class="empty-line" data-test="empty-lesson" data-lesson={lesson.id}>
        {line}
      </div>
    );
  }
  return (
    <details class="empty-lesson" data-test="empty-lesson" data-lesson={lesson.id}>
      <summary class="empty-line">{line}</summary>
      <Orders lesson={lesson} poll={poll} />
    </details>
  );
}
