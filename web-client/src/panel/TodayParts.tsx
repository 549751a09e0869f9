// The parts of the screen of the day.
import { useEffect, useRef } from 'preact/hooks';
import { ApiProblem, tell } from '../api/problem';
import { clockOf, monthDay, weekdayOf } from '../api/zone';
import type { PlannedLessonView, Today } from '../generated/api';
import { t } from '../i18n';
import { o, weekdayText } from '../office/words';
import { LangSwitch } from '../ui/LangSwitch';
import { canFill, filling, toggleFill } from './kiosk';
import { countdown, isOpen, OPENS_MS } from './today';
import { w } from './words';

/** The last attempt to go into a lesson; `problem` null: under way. `againAt` by our own clock. */
export interface Attempt {
  lesson: string;
  problem: unknown;
  againAt: number;
}

/** Whose screen this is, and what time it is. */
export function TodayBar({ today, now }: { today: Today | null; now: number }) {
  return (
    <header class="kiosk-head">
      <span class="brand">{t('brand')}</span>
      <span class="kiosk-place" data-test="place">
        {today?.place && (
          <>
            <b>{today.place.name}</b>
            <span class="ellipsis" title={today.place.school_name}>
              {today.place.school_name}
            </span>
          </>
        )}
      </span>
      {today && (
        <span class="kiosk-clock">
          {o('month_day', monthDay(today.day))} {weekdayText(weekdayOf(today.day))} <strong>{clockOf(now, today.time_zone)}</strong>
        </span>
      )}
    </header>
  );
}

interface NextProps {
  lesson: PlannedLessonView;
  today: Today;
  now: number;
  attempt: Attempt | null;
  /** It was opened on another screen: joined by a touch only. */
  held: boolean;
  onEnter: () => void;
}

/** The lesson that comes next or goes on: what, by whom, when, and what this screen does about it. */
export function NextLesson({ lesson, today, now, attempt, held, onEnter }: NextProps) {
  const begun = now >= lesson.start_ms;
  return (
    <section class="kiosk-next" data-test="next" data-lesson={lesson.id}>
      <p class="kiosk-label">{w(begun ? 'today.now' : 'today.next')}</p>
      <h1>{lesson.title}</h1>
      <p class="kiosk-who">
        {clockOf(lesson.start_ms, today.time_zone)}–{clockOf(lesson.end_ms, today.time_zone)}
        {lesson.teacher && <span> · {w('today.teacher', { name: lesson.teacher.name })}</span>}
      </p>
      {lesson.host && (
        <p class="kiosk-host">
          {lesson.host.school_name} {lesson.host.name}
          {lesson.host.classroom === today.place?.classroom && `（${w('today.own')}）`}
        </p>
      )}
      <div class="kiosk-until">
        <span>{w(begun ? 'today.started' : 'today.until')}</span>
        {!begun && <strong data-test="countdown">{countdown(lesson.start_ms - now)}</strong>}
      </div>
      <div class="kiosk-act">
        <Hint lesson={lesson} today={today} now={now} attempt={attempt} held={held} />
        {isOpen(lesson) && (held || (attempt !== null && attempt.problem !== null)) && (
          <button type="button" class="button main-button primary" onClick={onEnter} data-test="enter">
            {w('today.enter')}
          </button>
        )}
      </div>
    </section>
  );
}

function Hint({ lesson, today, now, attempt, held }: Omit<NextProps, 'onEnter'>) {
  const failed = attempt !== null && attempt.problem !== null;
  const text = () => {
    if (failed) return `${whyText(attempt.problem)}${held ? '' : ` ${w('today.hint.again', { seconds: secondsTo(attempt.againAt) })}`}`;
    if (held) return w('today.hint.held');
    if (isOpen(lesson)) return w('today.hint.joining');
    const opens = lesson.start_ms - OPENS_MS;
    return now < opens ? w('today.hint.scheduled', { time: clockOf(opens, today.time_zone) }) : w('today.hint.late');
  };
  return (
    <p class={failed ? 'kiosk-hint bad' : 'kiosk-hint'} role="status" data-test="hint">
      {text()}
    </p>
  );
}

/** To a classroom a missing right means something else than to a person. */
function whyText(problem: unknown): string {
  const out = problem instanceof ApiProblem && (problem.name === 'not_permitted' || problem.name === 'not_found');
  return out ? w('today.hint.not_permitted') : w('today.hint.failed', { why: tell(problem) });
}

function secondsTo(at: number): number {
  return Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

/** No lesson is ahead. */
export function NothingNext({ any }: { any: boolean }) {
  return (
    <section class="kiosk-next" data-test="nothing-next">
      <h1>{w(any ? 'today.done' : 'today.empty')}</h1>
      <p class="kiosk-who">{w(any ? 'today.done_text' : 'today.empty_text')}</p>
    </section>
  );
}

/** The whole day, the lesson that matters in view. */
export function DayList({ today, next }: { today: Today; next: PlannedLessonView | null }) {
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => list.current?.querySelector('.is-next')?.scrollIntoView({ block: 'nearest' }), [next?.id]);
  return (
    <section class="kiosk-day">
      <h2>{w('today.list')}</h2>
      <ol ref={list}>
        {today.lessons.map((lesson) => (
          <li key={lesson.id} class={`state-${lesson.state}${lesson === next ? ' is-next' : ''}`} data-test="day-lesson" data-state={lesson.state}>
            <span class="kiosk-time">{clockOf(lesson.start_ms, today.time_zone)}</span>
            <span class="kiosk-title">
              <b>{lesson.title}</b>
              {lesson.state === 'cancelled' && lesson.reason && <small>{w('today.cancelled', { reason: lesson.reason })}</small>}
            </span>
            {lesson.state !== 'scheduled' && <span class="kiosk-state">{o(`state.${lesson.state}`)}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Touches that are always there, at the bottom. */
export function KioskFoot() {
  return (
    <footer class="kiosk-foot">
      {canFill && (
        <button type="button" class="button quiet" onClick={toggleFill} data-test="fullscreen">
          {t(filling.value ? 'panel.leave_fullscreen' : 'panel.fullscreen')}
        </button>
      )}
      <LangSwitch />
    </footer>
  );
}
