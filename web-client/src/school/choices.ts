// What the forms of lessons and entries choose from.
import { addDays, wallOf, weekdayOf } from '../api/zone';
import type { BellPeriod, BellPlan, Classroom, Pairing, Person, Term } from '../generated/api';
import { api, serverNow, zone } from '../office/desk';
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
    const [rooms, people, pairings] = await Promise.all([api.all<Classroom>('/classrooms'), api.all<Person>('/people'), api.all<Pairing>('/pairings')]);
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

/** People with their schools; those of the own school first. */
export function assistantOptions(choices: Choices, register: Register, teacher: string | null): Option[] {
  const names = new Map(register.schools.map(({ id, name }) => [id, name]));
  const own = ({ school }: Person) => Number(school !== register.school.id);
  return choices.people
    .filter(({ id }) => id !== teacher)
    .sort((a, b) => own(a) - own(b))
    .map(({ id, name, login, school }) => ({ id, name, more: `${names.get(school ?? '') ?? ''} ${login}`.trim() }));
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
