import { useEffect, useRef, useState } from 'preact/hooks';
import { fileAddress } from '../api/client';
import { addDays, clockOf, mondayOf, wallOf, weekdayOf } from '../api/zone';
import type { PlannedLessonView, SessionView, Today } from '../generated/api';
import { api, serverNow } from '../office/desk';
import { dayText } from '../office/format';
import { ProblemNote } from '../office/load';
import { Subscribe } from '../office/Subscribe';
import { Empty } from '../office/Table';
import { weekdayText } from '../office/words';
import { useNow } from '../ui/hooks';
import { LessonToday } from './LessonToday';
import { nextOf } from './next';
import { Week } from './Week';
import { w } from './words';

/** Today is read again this often: a lesson opens, is moved, or gets another room. */
const EVERY_MS = 15_000;

/** A teacher's day, large; the week below. */
export function Teacher({ session }: { session: SessionView }) {
  const today = useToday();
  const now = useNow(5_000) + (serverNow() - Date.now());
  const zone = session.time_zone;
  const day = today.value?.day ?? wallOf(now, zone).day;
  const lessons = today.value?.lessons ?? [];
  const next = nextOf(lessons, now);
  return (
    <div class="teacher">
      <div class="office-line">
        <h1>{w('today.heading', { day: dayText(day), weekday: weekdayText(weekdayOf(day)) })}</h1>
        <span class="spacer" />
        <a class="button quiet small" href={fileAddress(`/calendars/people/${encodeURIComponent(session.person.id)}`, {})} download data-test="calendar">
          {w('calendar')}
        </a>
        <Subscribe kind="people" id={session.person.id} name={session.person.name} user={session.person.login} />
      </div>
      {today.problem !== null && (
        <>
          <ProblemNote problem={today.problem} onRetry={today.again} />
          {today.readAt !== null && <p class="office-note">{w('since.failed', { time: clockOf(today.readAt, zone) })}</p>}
        </>
      )}
      {today.value && lessons.length === 0 && <Empty title={w('today.empty')} text={w('today.empty_text')} test="no-lessons" />}
      <div class="today">
        {lessons.map((lesson) => (
          <LessonToday key={lesson.id} lesson={lesson} me={session.person.id} zone={zone} now={now} large={lesson === next} />
        ))}
      </div>
      <ThisWeek person={session.person.id} zone={zone} today={day} seen={today.value} />
    </div>
  );
}

interface TodayLoad {
  value: Today | null;
  problem: unknown;
  /** The service's time of what is shown. */
  readAt: number | null;
  again: () => void;
}

/** Today, read again by itself; a failure keeps what was read. */
function useToday(): TodayLoad {
  const [state, setState] = useState<Omit<TodayLoad, 'again'>>({ value: null, problem: null, readAt: null });
  const read = useRef(() => {});
  useEffect(() => {
    let timer = 0;
    let gone = false;
    read.current = () => {
      clearTimeout(timer);
      api
        .get<Today>('/today')
        .then(
          (value) => !gone && setState({ value, problem: null, readAt: value.now_ms }),
          (problem: unknown) => !gone && setState((old) => ({ ...old, problem })),
        )
        .then(() => {
          if (!gone) timer = window.setTimeout(() => read.current(), EVERY_MS);
        });
    };
    read.current();
    const shown = () => document.visibilityState === 'visible' && read.current();
    document.addEventListener('visibilitychange', shown);
    return () => {
      gone = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', shown);
    };
  }, []);
  return { ...state, again: () => read.current() };
}

interface WeekProps {
  person: string;
  zone: string;
  today: string;
  /** Today as last read: the week is read again with it when it changed. */
  seen: Today | null;
}

function ThisWeek({ person, zone, today, seen }: WeekProps) {
  const [ahead, setAhead] = useState(0);
  const monday = addDays(mondayOf(today), 7 * ahead);
  const versions = (seen?.lessons ?? []).map((lesson: PlannedLessonView) => `${lesson.id}.${lesson.version}.${lesson.state}`).join();
  return (
    <section>
      <div class="office-line week-head">
        <h2>{ahead === 0 ? w('week.heading') : w('week.heading_of', { from: dayText(monday), to: dayText(addDays(monday, 6)) })}</h2>
        <button type="button" class="button small" onClick={() => setAhead(ahead - 1)} data-test="week-before">
          {w('week.before')}
        </button>
        {ahead !== 0 && (
          <button type="button" class="button small" onClick={() => setAhead(0)}>
            {w('week.now')}
          </button>
        )}
        <button type="button" class="button small" onClick={() => setAhead(ahead + 1)} data-test="week-next">
          {w('week.next')}
        </button>
      </div>
      <Week person={person} monday={monday} zone={zone} today={today} versions={versions} />
    </section>
  );
}
