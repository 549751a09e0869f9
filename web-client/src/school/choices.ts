// What the forms of lessons and entries choose from.
import { useEffect, useState } from 'preact/hooks';
import { maySomewhere } from '../access/access';
import { addDays, wallOf, weekdayOf } from '../api/zone';
import type { BellPeriod, BellPlan, Classroom, Pairing, Person, PersonName, Term } from '../generated/api';
import { api, serverNow, session, zone } from '../office/desk';
import { byName } from '../office/find';
import { type Load, useLoad } from '../office/load';
import type { Option } from '../office/Picker';
import { periodsOn } from './calendar';
import type { Received } from './change';
import type { Draft } from './draft';
import { peopleOptions, type Register, roomOptions } from './register';

export interface Choices {
  /** Of every school that is seen. */
  rooms: Classroom[];
  people: Person[];
  pairings: Pairing[];
}

export function useChoices(register: Register): Load<Choices> {
  return useLoad(async () => {
    const seesPeople = session.value !== null && maySomewhere(session.value, 'ReadPeople');
    const [rooms, people, pairings] = await Promise.all([
      api.all<Classroom>('/classrooms'),
      seesPeople ? api.all<Person>('/people') : [],
      api.all<Pairing>('/pairings'),
    ]);
    return { rooms, people, pairings };
  }, [register.school.id]);
}

/** Classrooms that may receive, by school: all that are seen but the host's. */
export function receiverOptions(choices: Choices, register: Register, host: string | null): Option[] {
  return roomOptions(choices.rooms, register.schools).filter(({ id }) => id !== host);
}

/** The school's people, and who teaches it already where that is somebody else's. */
export function teacherOptions(choices: Choices, register: Register, teacher: string | null): Option[] {
  const guest = choices.people.filter(({ id, school }) => id === teacher && school !== register.school.id);
  return peopleOptions([...guest, ...register.people]);
}

/** Somebody of a school that receives, who may assist there; more than the name is not told. */
export interface Guest extends PersonName {
  school: string;
}

/** Receiving classrooms of schools whose people are not seen. */
export function unseenRooms(choices: Choices, draft: Pick<Draft, 'receivers'>): Classroom[] {
  const seen = new Set(choices.people.map(({ school }) => school));
  const receiving = new Set(draft.receivers.map(({ classroom }) => classroom));
  return choices.rooms.filter(({ id, school }) => receiving.has(id) && !seen.has(school));
}

/** Who may assist in the receiving classrooms of other schools, read as these are chosen; `problem`: why some could not be. */
export function useGuests(choices: Choices, draft: Pick<Draft, 'receivers'>): { guests: Guest[]; problem: unknown; again: () => void } {
  const [read, setRead] = useState<ReadonlyMap<string, Guest[]>>(new Map());
  const [problem, setProblem] = useState<unknown>(null);
  const rooms = unseenRooms(choices, draft);
  const ask = () => {
    setProblem(null);
    for (const { id, school } of rooms.filter((room) => !read.has(room.id))) {
      api.all<PersonName>(`/classrooms/${encodeURIComponent(id)}/assistants`).then(
        (people) =>
          setRead((old) =>
            new Map(old).set(
              id,
              people.map((person) => ({ ...person, school })),
            ),
          ),
        (refused: unknown) => setProblem(refused),
      );
    }
  };
  useEffect(ask, [rooms.map(({ id }) => id).join(' ')]);
  const guests = new Map(rooms.flatMap(({ id }) => read.get(id) ?? []).map((guest) => [guest.id, guest]));
  return { guests: [...guests.values()], problem, again: ask };
}

/** Who may assist: people of the own school first, then those of others, with their schools. */
export function assistantOptions(choices: Choices, register: Register, guests: readonly Guest[], teacher: string | null): Option[] {
  const names = new Map(register.schools.map(({ id, name }) => [id, name]));
  const schoolOf = (school: string | null) => names.get(school ?? '') ?? '';
  const own = ({ school }: Person) => Number(school !== register.school.id);
  const known = [...choices.people]
    .sort((a, b) => own(a) - own(b))
    .map(({ id, name, login, school }) => ({ id, name, more: `${schoolOf(school)} ${login}`.trim() }));
  const told = byName(guests).map(({ id, name, school }) => ({ id, name, more: schoolOf(school) }));
  return [...known, ...told].filter(({ id }) => id !== teacher);
}

/** Classrooms that the host's is paired with in the term; only those of the subject where there are any. */
export function pairedWith(choices: Choices, term: Term, draft: Pick<Draft, 'room' | 'subject'>): string[] {
  const ours = choices.pairings.filter((one) => one.term === term.id && one.host_classroom === draft.room);
  const same = ours.filter(({ subject }) => subject === draft.subject.trim());
  return [...new Set((same.length > 0 ? same : ours).map(({ receiving_classroom }) => receiving_classroom))];
}

/** Subjects that the school's pairings know, to be offered. */
export function subjectsOf(choices: Choices, register: Register): string[] {
  const own = new Set(register.rooms.map(({ id }) => id));
  return [...new Set(choices.pairings.filter(({ host_classroom }) => own.has(host_classroom)).map(({ subject }) => subject))].sort();
}

/** The schools of the receivers, for the comparison of bells. */
export function receivedBy(choices: Choices, register: Register, draft: Pick<Draft, 'receivers'>): Received {
  const schools = new Map(register.schools.map(({ id, name }) => [id, name]));
  const rooms = new Map(choices.rooms.map(({ id, school }) => [id, school]));
  const receivers = draft.receivers.map(({ classroom }) => {
    const school = rooms.get(classroom) ?? '';
    return { school, school_name: schools.get(school) ?? '' };
  });
  return { receivers: receivers.filter(({ school }) => school !== '') };
}

/** A day that stands for the draft: its own, or the next of its weekday within the term. */
export function dayFor(draft: Draft, term: Term): string {
  if (draft.repeat === 'once') return draft.day;
  const today = wallOf(serverNow(), zone()).day;
  const from = [draft.from || term.first_day, today].sort()[1] ?? today;
  const start = from > term.last_day ? term.first_day : from;
  return addDays(start, (draft.weekday - weekdayOf(start) + 7) % 7);
}

/** The periods to choose from on the draft's day. */
export function periodsFor(draft: Draft, term: Term, bells: readonly BellPlan[]): BellPeriod[] {
  return periodsOn(bells, dayFor(draft, term) || term.first_day);
}
