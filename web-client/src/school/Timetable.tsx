import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { addDays, instantOf, wallOf, weekdayOf } from '../api/zone';
import type { PlannedLessonView, Term } from '../generated/api';
import { api, serverNow, session, zone } from '../office/desk';
import { matches, Search } from '../office/find';
import { dayText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Picker } from '../office/Picker';
import { Subscribe } from '../office/Subscribe';
import { o } from '../office/words';
import { type Day, daysOf, isOdd, mondayOfWeek, termAt, weekOf, weeksOf } from './calendar';
import type { Draft } from './draft';
import type { Over } from './drag';
import { Grid } from './Grid';
import { placeAll } from './grid';
import { type Act, LessonDialog } from './LessonDialog';
import { NewLesson } from './NewLesson';
import type { Register } from './register';
import { w } from './words';
import { e } from './words-entries';

/** A week of the school: which term, which week, which classroom. */
export function Timetable({ register }: { register: Register }) {
  const today = wallOf(serverNow(), zone()).day;
  const [termId, setTerm] = useState<string | null>(null);
  const term = register.terms.find(({ id }) => id === termId) ?? termAt(register.terms, today);
  if (!term) return <p class="office-empty">{w('term.none')}</p>;
  return <TermWeek key={term.id} register={register} term={term} today={today} onTerm={setTerm} />;
}

interface TermProps {
  register: Register;
  term: Term;
  today: string;
  onTerm: (id: string) => void;
}

function TermWeek({ register, term, today, onTerm }: TermProps) {
  const [week, setWeek] = useState(() => weekOf(term, today));
  const [room, setRoom] = useState<string | null>(null);
  const [text, setText] = useState('');
  const [making, setMaking] = useState(false);
  const weeks = weeksOf(term);
  const options = Array.from({ length: weeks }, (_, index) => index + 1);
  return (
    <>
      <div class="office-line timetable-tools">
        <select aria-label={w('term')} value={term.id} onChange={(event) => onTerm(event.currentTarget.value)} data-test="term">
          {register.terms.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button small"
          disabled={week <= 1}
          onClick={() => setWeek(week - 1)}
          aria-label={w('week.before')}
          title={w('week.before')}
          data-test="week-before"
        >
          ‹
        </button>
        <select aria-label={w('week')} value={week} onChange={(event) => setWeek(Number(event.currentTarget.value))} data-test="week">
          {options.map((n) => (
            <option key={n} value={n}>
              {w('week.option', {
                n,
                parity: o(isOdd(n) ? 'week.odd' : 'week.even'),
                from: dayText(mondayOfWeek(term, n)),
                to: dayText(addDays(mondayOfWeek(term, n), 6)),
              })}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="button small"
          disabled={week >= weeks}
          onClick={() => setWeek(week + 1)}
          aria-label={w('week.next')}
          title={w('week.next')}
          data-test="week-next"
        >
          ›
        </button>
        <button type="button" class="button small" onClick={() => setWeek(weekOf(term, today))}>
          {w('week.now')}
        </button>
        <span class="spacer" />
        <Picker
          options={register.rooms.map(({ id, name }) => ({ id, name }))}
          value={room}
          onPick={setRoom}
          label={w('room.all')}
          none={w('room.all')}
          test="room"
        />
        <Search value={text} onSearch={setText} label={w('find.lesson')} />
        {register.allowed.may('ManageTimetable') && (
          <button type="button" class="button primary" onClick={() => setMaking(true)} data-test="new-lesson-open">
            {e('new')}
          </button>
        )}
      </div>
      <Lessons register={register} term={term} week={week} today={today} room={room} text={text} making={making} onMaking={setMaking} />
    </>
  );
}

interface LessonsProps {
  register: Register;
  term: Term;
  week: number;
  today: string;
  room: string | null;
  text: string;
  /** A new lesson is being filled in, from the button above. */
  making: boolean;
  onMaking: (making: boolean) => void;
}

/** What is open over the grid: a lesson, and perhaps already what to do with it. */
interface Open {
  lesson: PlannedLessonView;
  act: Act | null;
}

function Lessons({ register, term, week, today, room, text, making, onMaking }: LessonsProps) {
  const { school, bells, allowed } = register;
  const changes = allowed.may('ManageTimetable');
  const monday = mondayOfWeek(term, week);
  const [open, setOpen] = useState<Open | null>(null);
  const [cell, setCell] = useState<Over | null>(null);
  const lessons = useLoad(() => {
    const query = { from_ms: instantOf(monday, 0, zone()), to_ms: instantOf(addDays(monday, 7), 0, zone()), school: school.id };
    return api.all<PlannedLessonView>('/lessons', query);
  }, [school.id, monday]);
  return (
    <Loaded load={lessons}>
      {(all) => {
        const shown = all.filter((lesson) => inRoom(lesson, room) && found(lesson, text));
        return (
          <>
            <Legend changes={changes}>
              <Feed register={register} room={room} />
            </Legend>
            {bells.length === 0 && (
              <p class="office-note">
                {w('bells.none')} {allowed.may('ManageClassrooms') && <a href="#tab=bells">{w('bells.go')}</a>}
              </p>
            )}
            {all.length === 0 && (
              <section class="office-note plain" data-test="week-empty">
                <strong>{w('week.empty')}</strong> {changes && w('week.empty_text')}
              </section>
            )}
            <Grid
              days={daysOf(term, week)}
              placed={placeAll(shown, school.id, bells, zone())}
              plans={bells}
              seen={register.schools}
              today={today}
              zone={zone()}
              changes={changes}
              onOpen={(lesson) => setOpen({ lesson, act: null })}
              onDrop={(lesson, over) => setOpen({ lesson, act: { kind: 'move', to: over } })}
              onAdd={setCell}
            />
            {(making || cell) && (
              <NewLesson
                register={register}
                term={term}
                first={firstOf(cell ?? { day: today, period: 1 }, daysOf(term, week), room)}
                onClose={() => {
                  setCell(null);
                  onMaking(false);
                }}
                onMade={lessons.again}
              />
            )}
            {open && (
              <LessonDialog
                key={`${open.lesson.id} ${open.lesson.version}`}
                lesson={open.lesson}
                act={open.act}
                register={register}
                term={term}
                zone={zone()}
                onClose={() => setOpen(null)}
                onChanged={lessons.again}
              />
            )}
          </>
        );
      }}
    </Loaded>
  );
}

/** What a cell says of a lesson that is begun in it. A make-up day is taught as another weekday. */
function firstOf({ day, period }: Over, days: readonly Day[], room: string | null): Partial<Draft> {
  const special = days.find((other) => other.day === day)?.special;
  return { day, period, weekday: special?.weekday ?? weekdayOf(day), room };
}

function inRoom(lesson: PlannedLessonView, room: string | null): boolean {
  return room === null || lesson.host?.classroom === room || lesson.receivers.some(({ classroom }) => classroom === room);
}

function found(lesson: PlannedLessonView, text: string): boolean {
  const places = [lesson.host, ...lesson.receivers].map((place) => place && `${place.school_name} ${place.name}`);
  return matches(text, lesson.title, lesson.subject, lesson.teacher?.name, ...places);
}

function Legend({ changes, children }: { changes: boolean; children: ComponentChildren }) {
  return (
    <div class="legend">
      <span class="legend-mark host" aria-hidden="true" />
      {w('legend.host')}
      <span class="legend-mark receiver" aria-hidden="true" />
      {w('legend.receiver')}
      <span class="legend-mark cancelled" aria-hidden="true" />
      {w('legend.cancelled')}
      {changes && <span class="muted legend-drag">{w('legend.drag')}</span>}
      <span class="spacer" />
      {children}
    </div>
  );
}

/** The calendar of what is shown: the classroom's, or the school's. */
function Feed({ register: { school, rooms }, room }: { register: Register; room: string | null }) {
  const user = session.value?.person.login ?? '';
  const chosen = rooms.find(({ id }) => id === room);
  if (chosen) return <Subscribe key={chosen.id} kind="classrooms" id={chosen.id} name={`${school.name} ${chosen.name}`} user={user} />;
  return <Subscribe kind="schools" id={school.id} name={school.name} user={user} />;
}
