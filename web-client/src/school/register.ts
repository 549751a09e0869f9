// What the tabs of a school's page read in common: schools, classrooms, people, terms, bells.
import type { BellPlan, Classroom, Person, PersonView, School, SessionView, Term } from '../generated/api';
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
}

/** The schools a person administers: those of its grants, or all it sees where a grant is wider than a school. */
export function ownSchools(session: SessionView, seen: readonly School[]): School[] {
  const administers = session.grants.filter(({ role }) => role === 'school_admin' || role === 'alliance_admin' || role === 'county_operator');
  const wide = administers.some(({ scope }) => scope !== 'school');
  const ids = new Set(administers.filter(({ scope }) => scope === 'school').map(({ scope_id }) => scope_id));
  return wide ? [...seen] : seen.filter(({ id }) => ids.has(id));
}

/** Everything of one school that several tabs need. */
export function useRegister(school: School, schools: School[]): Load<Register> {
  return useLoad(async () => {
    const [rooms, people, terms, bells] = await Promise.all([
      api.all<Classroom>('/classrooms', { school: school.id }),
      api.all<PersonView>('/people', { school: school.id, grants: true }),
      api.all<Term>('/terms'),
      api.all<BellPlan>('/bell-plans', { school: school.id }),
    ]);
    return { school, schools, rooms: byName(rooms), people: byName(people), terms, bells };
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
