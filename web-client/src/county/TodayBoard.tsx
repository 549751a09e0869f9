import { useEffect, useState } from 'preact/hooks';
import { maySomewhere } from '../access/access';
import { addDays, clockOf, instantOf, wallOf, weekdayOf } from '../api/zone';
import { RecordDialog } from '../attendance/Dialog';
import type { PlannedLessonView, SessionView } from '../generated/api';
import type { LessonState } from '../generated/protocol';
import { api, serverNow, zone } from '../office/desk';
import { Found, matches, Search } from '../office/find';
import { dayText, timesText } from '../office/format';
import { useJoin } from '../office/join';
import { Loaded, ProblemNote, useLoad } from '../office/load';
import { o, weekdayText } from '../office/words';
import { isOpen } from '../teacher/next';
import { w } from './words';

const EVERY_MS = 20_000;
const STATES: readonly LessonState[] = ['live', 'paused', 'open', 'scheduled', 'ended', 'cancelled'];
/** Past the bell by this much and not begun: somebody should call the school. */
const LATE_MS = 3 * 60_000;

/** All lessons of the county's day, with where they stand. */
export function TodayBoard({ session }: { session: SessionView }) {
  const day = wallOf(serverNow(), zone()).day;
  const [state, setState] = useState<LessonState | null>(null);
  const [text, setText] = useState('');
  const [open, setOpen] = useState<string | null>(null);
  const { join, going, problem } = useJoin();
  const lessons = useLoad(async () => {
    const query = { from_ms: instantOf(day, 0, zone()), to_ms: instantOf(addDays(day, 1), 0, zone()) };
    return { at: serverNow(), rows: await api.all<PlannedLessonView>('/lessons', query) };
  }, [day]);
  useEffect(() => {
    const timer = setInterval(() => document.visibilityState === 'visible' && lessons.again(), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <Loaded load={lessons}>
      {({ at, rows }) => {
        const opened = rows.find(({ id }) => id === open);
        const shown = rows.filter((lesson) => (state === null || lesson.state === state) && found(lesson, text)).sort((a, b) => a.start_ms - b.start_ms);
        return (
          <>
            <div class="office-line">
              <h1>{w('today.heading', { day: dayText(day), weekday: weekdayText(weekdayOf(day)) })}</h1>
              <span class="muted small-text">{w('today.updated', { time: clockOf(at, zone()) })}</span>
              <span class="spacer" />
              {maySomewhere(session, 'WatchLessons') && (
                <a class="button small" href="/operator" data-test="operator">
                  {w('today.operator')}
                </a>
              )}
              <Search value={text} onSearch={setText} label={w('today.find')} />
            </div>
            {problem !== null && <ProblemNote problem={problem} />}
            <StateFilter rows={rows} state={state} onState={setState} />
            {rows.length === 0 ? (
              <p class="office-empty">{w('today.empty')}</p>
            ) : (
              <Found rows={shown} text={text}>
                {(part) => <Table rows={part} now={at} going={going} onOpen={setOpen} onJoin={join} />}
              </Found>
            )}
            {opened && <RecordDialog lesson={opened} onClose={() => setOpen(null)} />}
          </>
        );
      }}
    </Loaded>
  );
}

function found(lesson: PlannedLessonView, text: string): boolean {
  return matches(
    text,
    lesson.title,
    lesson.teacher?.name,
    lesson.host?.school_name,
    lesson.host?.name,
    ...lesson.receivers.map(({ school_name }) => school_name),
  );
}

/** How many stand where; a touch shows only those. */
function StateFilter({
  rows,
  state,
  onState,
}: {
  rows: readonly PlannedLessonView[];
  state: LessonState | null;
  onState: (state: LessonState | null) => void;
}) {
  return (
    <div class="state-filter" data-test="states">
      <button type="button" class={state === null ? 'state-count current' : 'state-count'} aria-pressed={state === null} onClick={() => onState(null)}>
        {w('today.all', { n: rows.length })}
      </button>
      {STATES.map((one) => {
        const count = rows.filter((lesson) => lesson.state === one).length;
        return (
          <button
            key={one}
            type="button"
            class={state === one ? `state-count ${one} current` : `state-count ${one}`}
            aria-pressed={state === one}
            disabled={count === 0 && state !== one}
            onClick={() => onState(state === one ? null : one)}
            data-test={`state-${one}`}
          >
            {o(`state.${one}`)} <strong>{count}</strong>
          </button>
        );
      })}
    </div>
  );
}

interface TableProps {
  rows: readonly PlannedLessonView[];
  now: number;
  /** One is being gone into. */
  going: boolean;
  onOpen: (lesson: string) => void;
  onJoin: (lesson: string) => void;
}

function Table({ rows, now, going, onOpen, onJoin }: TableProps) {
  return (
    <div class="office-table-box">
      <table class="office-table">
        <thead>
          <tr>
            {(['time', 'state', 'lesson', 'teacher', 'host', 'receivers'] as const).map((column) => (
              <th key={column}>{w(`column.${column}`)}</th>
            ))}
            <th />
          </tr>
        </thead>
        <tbody>
          {rows.map((lesson) => {
            const late = (lesson.state === 'scheduled' || lesson.state === 'open') && now - lesson.start_ms > LATE_MS;
            const places = lesson.receivers.map(({ school_name, name }) => `${school_name} ${name}`);
            return (
              // The lesson's button is the keyboard's way: its click comes here too.
              <tr key={lesson.id} class="opens" onClick={() => onOpen(lesson.id)} data-test="lesson-row" data-state={lesson.state}>
                <td class="nowrap">{timesText(lesson, zone())}</td>
                <td class="nowrap">
                  <span class={`pill state-${lesson.state}`}>{o(`state.${lesson.state}`)}</span>
                </td>
                <td>
                  <button type="button" class="row-open" aria-haspopup="dialog">
                    {lesson.title}
                  </button>
                  {lesson.reason && <div class="muted small-text">{w('reason', { reason: lesson.reason })}</div>}
                  {late && <div class="late">{w('late.not_started')}</div>}
                </td>
                <td>{lesson.teacher?.name ?? '–'}</td>
                <td>{lesson.host ? `${lesson.host.school_name} ${lesson.host.name}` : '–'}</td>
                <td title={places.join('\n')}>
                  {places.length > 3 ? `${places.slice(0, 3).join(o('people'))} ${o('and_more', { n: places.length })}` : places.join(o('people'))}
                </td>
                <td class="actions">
                  {isOpen(lesson) && (
                    <button
                      type="button"
                      class="button small"
                      disabled={going}
                      onClick={(event) => {
                        event.stopPropagation();
                        onJoin(lesson.id);
                      }}
                      data-test="look-in"
                    >
                      {w('today.look_in')}
                    </button>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
