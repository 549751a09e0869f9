import { useEffect, useRef, useState } from 'preact/hooks';
import { tell } from '../api/problem';
import { instantOf, minuteText } from '../api/zone';
import type { BellPlan, PlannedLessonView, School, TermDay } from '../generated/api';
import { serverNow } from '../office/desk';
import { dayText, timesText } from '../office/format';
import { o, weekdayText } from '../office/words';
import { type Day, periodsOn } from './calendar';
import { bellsOfReceivers, type Check, check, type ShortWindow, shortText, shortWindows } from './change';
import { type Dragging, follow, type Over } from './drag';
import { cellOf, isMovable, type Placed, rowsOf, shownDays } from './grid';
import { w } from './words';
import { e } from './words-entries';

interface Props {
  days: readonly Day[];
  placed: readonly Placed[];
  plans: readonly BellPlan[];
  /** The schools whose bells are seen. */
  seen: readonly School[];
  today: string;
  zone: string;
  /** Lessons may be moved and begun. */
  changes: boolean;
  onOpen: (lesson: PlannedLessonView) => void;
  onDrop: (lesson: PlannedLessonView, over: Over) => void;
  /** A new lesson is begun in a cell. */
  onAdd: (over: Over) => void;
}

/** What a drop on the cell under the pointer would do. */
type Verdict = { kind: 'checking' | 'free' | 'same' | 'holiday' | 'past' } | { kind: 'clash' | 'failed'; why: string } | { kind: 'short'; why: string };

/** Periods by weekdays. */
export function Grid({ days: all, placed, plans, seen, today, zone, changes, onOpen, onDrop, onAdd }: Props) {
  const days = shownDays(all, placed);
  const rows = rowsOf(plans, days, placed);
  const drag = useDrag(all, plans, seen, zone, onDrop);
  const { dragging, verdict } = drag;
  const style = { gridTemplateColumns: `92px repeat(${days.length}, minmax(0, 1fr))` };
  return (
    <div class="timetable" data-test="grid">
      <div class="timetable-row timetable-head" style={style}>
        <span />
        {days.map((day) => (
          <Head key={day.day} day={day} today={today} />
        ))}
      </div>
      {rows.map((row) => (
        <div class="timetable-row" key={String(row.period)} style={style}>
          <div class="timetable-period">
            <strong>{row.period === null ? w('row.other') : o('period', { n: row.period })}</strong>
            {row.start !== null && row.end !== null && (
              <span class="muted">
                {minuteText(row.start)}–{minuteText(row.end)}
              </span>
            )}
          </div>
          {days.map((day) => {
            const over = row.period !== null && dragging?.over?.day === day.day && dragging.over.period === row.period;
            const lessons = cellOf(placed, day.day, row.period);
            const cell = row.period === null ? null : { day: day.day, period: row.period };
            const closed = day.outside || day.special?.kind === 'holiday';
            return (
              <div
                key={day.day}
                class={`timetable-cell${closed ? ' closed' : ''}${over && verdict ? ` over ${verdict.kind}` : ''}${day.day === today ? ' is-today' : ''}`}
                {...(row.period === null ? {} : { 'data-cell-day': day.day, 'data-cell-period': row.period })}
              >
                {lessons.map((one) => (
                  <Card
                    key={one.lesson.id}
                    one={one}
                    zone={zone}
                    dragged={dragging?.lesson.id === one.lesson.id}
                    onOpen={() => onOpen(one.lesson)}
                    onPress={changes ? drag.press : null}
                  />
                ))}
                {changes && cell && !closed && timesOf(cell, plans, zone) && <AddHere cell={cell} empty={lessons.length === 0} onAdd={onAdd} />}
              </div>
            );
          })}
        </div>
      ))}
      {dragging && <Ghost dragging={dragging} verdict={verdict} />}
    </div>
  );
}

/** Begins a new lesson in the cell: by a click or Enter where it is empty, by the pointer also beside what is there. */
function AddHere({ cell, empty, onAdd }: { cell: Over; empty: boolean; onAdd: (over: Over) => void }) {
  return (
    <button
      type="button"
      class={empty ? 'cell-add empty' : 'cell-add'}
      tabIndex={empty ? 0 : -1}
      aria-label={e('new.here', { day: dayText(cell.day), n: cell.period })}
      onClick={() => onAdd(cell)}
      data-test="cell-add"
    >
      ＋
    </button>
  );
}

function specialText({ kind, name, weekday, week }: TermDay, own: number): string {
  if (kind === 'holiday') return w('holiday', { name });
  const as = weekdayText(weekday ?? own);
  return week === null ? w('make_up', { name, weekday: as }) : w('make_up_week', { name, week: o('week', { n: week }), weekday: as });
}

function Head({ day, today }: { day: Day; today: string }) {
  const { special } = day;
  const note = day.outside ? w('outside') : special ? specialText(special, day.weekday) : null;
  return (
    <div class={day.day === today ? 'timetable-day is-today' : 'timetable-day'} aria-current={day.day === today ? 'date' : undefined}>
      <strong>{weekdayText(day.weekday)}</strong> <span class="muted">{dayText(day.day)}</span>
      {note && (
        <span class={`day-note ${special?.kind ?? 'outside'}`} title={note}>
          {note}
        </span>
      )}
    </div>
  );
}

interface CardProps {
  one: Placed;
  zone: string;
  dragged: boolean;
  onOpen: () => void;
  /** Null where nothing may be moved. */
  onPress: ((event: PointerEvent, lesson: PlannedLessonView) => void) | null;
}

/** A lesson: opened by a click or Enter, moved by dragging where it is taught from here. */
function Card({ one, zone, dragged, onOpen, onPress }: CardProps) {
  const { lesson, asHost } = one;
  const movable = onPress !== null && asHost && isMovable(lesson);
  const kind = lesson.state === 'cancelled' ? 'cancelled' : asHost ? 'host' : 'receiver';
  return (
    <button
      type="button"
      class={`lesson-card ${kind}${movable ? ' movable' : ''}${dragged ? ' dragged' : ''}`}
      onClick={onOpen}
      onPointerDown={(event) => movable && onPress(event, lesson)}
      title={lesson.reason ?? undefined}
      data-test="lesson"
      data-lesson={lesson.id}
      data-as={kind}
    >
      <span class="lesson-title">
        {lesson.title}
        {lesson.changed_by_hand && lesson.state !== 'cancelled' && <em>{lesson.entry === null ? e('card.once') : w('card.changed')}</em>}
        {lesson.state === 'live' && <em class="live">{o('state.live')}</em>}
      </span>
      {!one.exact && <span class="lesson-times">{timesText(lesson, zone)}</span>}
      <span class="lesson-more ellipsis">
        {lesson.teacher?.name ?? w('lesson.teacher_none')} · {asHost ? lesson.host?.name : w('card.from', { school: lesson.host?.school_name ?? '' })}
      </span>
      {asHost && lesson.receivers.length > 0 && <span class="lesson-more ellipsis">{partners(lesson)}</span>}
    </button>
  );
}

function partners(lesson: PlannedLessonView): string {
  const schools = [...new Set(lesson.receivers.map(({ school_name }) => school_name))];
  const named = schools.slice(0, 2).join(o('people'));
  return schools.length > 2 ? w('card.to_more', { schools: named, n: schools.length }) : w('card.to', { schools: named });
}

function Ghost({ dragging, verdict }: { dragging: Dragging; verdict: Verdict | null }) {
  const left = dragging.x + 360 > innerWidth ? dragging.x - 340 : dragging.x + 16;
  const top = Math.min(dragging.y + 14, innerHeight - 150);
  return (
    <div
      class={`drag-ghost ${verdict?.kind ?? ''}`}
      style={{ left: `${left}px`, top: `${top}px` }}
      role="status"
      data-test="drag-hint"
      data-verdict={verdict?.kind}
    >
      <strong>{dragging.lesson.title}</strong>
      {verdict && <span>{verdictText(verdict)}</span>}
    </div>
  );
}

function verdictText(verdict: Verdict): string {
  if (verdict.kind === 'short') return `${w('drag.free')}。${verdict.why}`;
  return 'why' in verdict ? verdict.why : w(`drag.${verdict.kind}`);
}

/** The pointer rests on a cell this long before the service is asked. */
const REST_MS = 120;

/** Dragging with a look ahead: the cell under the pointer is tried on the service, each once. */
function useDrag(
  days: readonly Day[],
  plans: readonly BellPlan[],
  seen: readonly School[],
  zone: string,
  onDrop: (lesson: PlannedLessonView, over: Over) => void,
) {
  const [dragging, setDragging] = useState<Dragging | null>(null);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const tried = useRef(new Map<string, Verdict>());
  const others = useRef<Promise<Map<string, BellPlan[]>> | null>(null);
  const lesson = dragging?.lesson ?? null;
  const over = dragging?.over ?? null;
  const key = over ? `${over.day} ${over.period}` : null;

  useEffect(() => {
    if (!lesson || !over || key === null) return setVerdict(null);
    const times = timesOf(over, plans, zone);
    const plain = plainVerdict(lesson, over, times, days);
    const known = plain ?? tried.current.get(key);
    if (known || !times) return setVerdict(known ?? null);
    setVerdict({ kind: 'checking' });
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      const [found, bells] = await Promise.all([check(lesson, times, abort.signal), others.current]);
      if (abort.signal.aborted) return;
      const fresh = verdictOf(found, bells ? shortWindows(lesson, bells, times.start_ms, times.end_ms, zone) : []);
      if (fresh.kind !== 'failed') tried.current.set(key, fresh);
      setVerdict(fresh);
    }, REST_MS);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [lesson, key]);

  const press = (event: PointerEvent, pressed: PlannedLessonView) =>
    follow(event, () => {
      tried.current.clear();
      others.current = bellsOfReceivers(pressed, seen);
      return {
        move: (over, x, y) => setDragging({ lesson: pressed, over, x, y }),
        drop: (over) => {
          setDragging(null);
          const times = over && timesOf(over, plans, zone);
          // A cell that cannot be is no drop; one that clashes opens the dialog, which says so and offers another time.
          if (over && times && plainVerdict(pressed, over, times, days) === null) onDrop(pressed, over);
        },
        cancel: () => setDragging(null),
      };
    });
  return { dragging, verdict, press };
}

/** The moments of a cell by the school's bells of its day; null: no such period that day. */
export function timesOf(over: Over, plans: readonly BellPlan[], zone: string): { start_ms: number; end_ms: number } | null {
  const period = periodsOn(plans, over.day).find(({ number }) => number === over.period);
  return period ? { start_ms: instantOf(over.day, period.start_min, zone), end_ms: instantOf(over.day, period.end_min, zone) } : null;
}

/** What needs no asking. */
function plainVerdict(lesson: PlannedLessonView, over: Over, times: { start_ms: number } | null, days: readonly Day[]): Verdict | null {
  const day = days.find((other) => other.day === over.day);
  if (!times || !day || day.outside || day.special?.kind === 'holiday') return { kind: 'holiday' };
  if (times.start_ms === lesson.start_ms) return { kind: 'same' };
  return times.start_ms < serverNow() ? { kind: 'past' } : null;
}

function verdictOf(found: Check, short: readonly ShortWindow[]): Verdict {
  if (found.kind === 'clash') return { kind: 'clash', why: found.why };
  if (found.kind === 'failed') return { kind: 'failed', why: tell(found.problem) };
  return short.length > 0 ? { kind: 'short', why: shortText(short) } : { kind: 'free' };
}
