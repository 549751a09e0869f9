// What the tabs of a school's page read in common: schools, classrooms, people, terms, bells.
import { type Geography, isAboveAll, may, type Place, standsAbove } from '../access/access';
import type { Action } from '../access/table';
import type { BellPlan, Classroom, Person, PersonRole, PersonView, School, SessionView, Term } from '../generated/api';
import { api } from '../office/desk';
import { byName } from '../office/find';
import type { Load } from '../office/load';
import { useLoad } from '../office/load';
import type { Option } from '../office/Picker';

export interface Register {
  school: School;
  /** All schools the person sees, for pairings. */
  schools: School[];
  /** Of this school. */
  rooms: Classroom[];
  people: PersonView[];
  terms: Term[];
  bells: BellPlan[];
  allowed: Allowed;
}

/** What the person who looks at a school's page may do there. */
export interface Allowed {
  /** In this school; in another one where that is named. */
  may: (action: Action, school?: string) => boolean;
  /** Whether a role in this school is given and taken. */
  gives: (role: PersonRole) => boolean;
  /** Whether the person stands above somebody of this school, as is needed to change who that is. */
  above: (person: PersonView) => boolean;
}

export function allowedIn(session: SessionView, school: string, geography: Geography): Allowed {
  const home: Place = { kind: 'school', id: school };
  return {
    may: (action, other = school) => may(session, action, { kind: 'school', id: other }, geography),
    gives: (role) => standsAbove(session, role, home, geography),
    above: ({ grants }) => isAboveAll(session, grants ?? [], home, geography),
  };
}

/** Everything of one school that several tabs need. */
export function useRegister(school: School, schools: School[], allowed: Allowed): Load<Register> {
  return useLoad(async () => {
    const [rooms, people, terms, bells] = await Promise.all([
      api.all<Classroom>('/classrooms', { school: school.id }),
      allowed.may('ReadPeople') ? api.all<PersonView>('/people', { school: school.id, grants: true }) : [],
      api.all<Term>('/terms'),
      api.all<BellPlan>('/bell-plans', { school: school.id }),
    ]);
    return { school, schools, rooms: byName(rooms), people: byName(people), terms, bells, allowed };
  }, [school.id]);
}

/** Classrooms for a `Picker`, told apart by their schools. */
export function roomOptions(rooms: readonly Classroom[], schools: readonly School[]): Option[] {
  const names = new Map(schools.map(({ id, name }) => [id, name]));
  // School by school, as one looks for them.
  const placed = byName(rooms.map((room) => ({ room, name: `${names.get(room.school) ?? ''} ${room.name}` })));
  return placed.map(({ room: { id, name, school } }) => ({ id, name, more: names.get(school) }));
}

export function peopleOptions(people: readonly Person[]): Option[] {
  return people.map(({ id, name, login }) => ({ id, name, more: login }));
}
