import { addDays, instantOf, wallOf } from '../api/zone';
import { RecordButton } from '../attendance/Dialog';
import type { PlannedLessonView } from '../generated/api';
import { api } from '../office/desk';
import { dayText, timesText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { o, weekdayText } from '../office/words';
import { w } from './words';

interface Props {
  person: string;
  monday: string;
  zone: string;
  today: string;
  /** Changes when something of today changed. */
  versions: string;
}

/** Seven days beside each other, the lessons of each by time. */
export function Week({ person, monday, zone, today, versions }: Props) {
  const week = useLoad(() => {
    const query = { from_ms: instantOf(monday, 0, zone), to_ms: instantOf(addDays(monday, 7), 0, zone), teacher: person };
    return api.all<PlannedLessonView>('/lessons', query);
  }, [person, monday, zone, versions]);
  return (
    <Loaded load={week}>
      {(lessons) => (
        <>
          {lessons.length === 0 && <p class="muted">{w('week.empty')}</p>}
          <div class="week" data-test="week">
            {[0, 1, 2, 3, 4, 5, 6].map((index) => {
              const day = addDays(monday, index);
              return (
                <Day
                  key={day}
                  day={day}
                  weekday={index + 1}
                  today={today}
                  zone={zone}
                  lessons={lessons.filter((lesson) => wallOf(lesson.start_ms, zone).day === day)}
                />
              );
            })}
          </div>
        </>
      )}
    </Loaded>
  );
}

/** That it is off or changed, and why where a reason was given. */
function markOf({ state, reason }: PlannedLessonView): string {
  const key = state === 'cancelled' ? 'cancelled' : 'changed';
  return reason === null || reason.trim() === '' ? w(`${key}.bare`) : w(key, { reason });
}

function Day({ day, weekday, today, zone, lessons }: { day: string; weekday: number; today: string; zone: string; lessons: PlannedLessonView[] }) {
  const byTime = [...lessons].sort((a, b) => a.start_ms - b.start_ms);
  return (
    <section class={day === today ? 'week-day today-day' : 'week-day'}>
      <h3>
        {weekdayText(weekday)} <span class="muted">{dayText(day)}</span>
      </h3>
      {byTime.length === 0 && <p class="muted small-text">{w('week.free')}</p>}
      {byTime.map((lesson) => (
        <article key={lesson.id} class={`week-lesson state-${lesson.state}`} title={lesson.reason ?? undefined} data-test="week-lesson">
          <span class="muted small-text">
            {timesText(lesson, zone)}
            {lesson.period !== null && ` · ${o('period', { n: lesson.period })}`}
          </span>
          <strong>{lesson.title}</strong>
          {lesson.host && <span class="muted small-text">{lesson.host.name}</span>}
          {(lesson.state === 'cancelled' || lesson.changed_by_hand) && (
            <span class={lesson.state === 'cancelled' ? 'week-mark bad' : 'week-mark'}>{markOf(lesson)}</span>
          )}
          {lesson.state === 'ended' && <RecordButton lesson={lesson} />}
        </article>
      ))}
    </section>
  );
}
