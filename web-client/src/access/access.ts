// What the person who is signed in may do, and where: role and scope against the table. The service has the last word; the pages offer by this what it would
// let through, so that nobody is led to a refusal. Pure.
import type { Alliance, GrantView, PersonRole, Region, School, Scope, SessionView } from '../generated/api';
import { type Action, isAbove, needsSecondFactor, permits } from './table';

/** Who is signed in, as far as this goes. */
export type Who = Pick<SessionView, 'grants' | 'now_ms' | 'second_factor'>;

/** Where a thing is; `everywhere`: in no region, for those alone who have everything. */
export type Place = { kind: 'everywhere' } | { kind: Exclude<Scope, 'everything'>; id: string };

/** What lies in what, as far as the person sees it. */
export interface Geography {
  regions: readonly Pick<Region, 'id' | 'parent'>[];
  schools: readonly Pick<School, 'id' | 'region'>[];
  alliances: readonly Pick<Alliance, 'id' | 'region' | 'members'>[];
  /** `YYYY-MM-DD`: says which memberships hold. */
  today: string;
}

/** The grants that hold: not ended, and an administrator's only with the second factor. */
export function holding({ grants, now_ms, second_factor }: Who): GrantView[] {
  const proven = second_factor !== 'to_be_set_up';
  return grants.filter(({ role, to_ms }) => (to_ms === null || to_ms > now_ms) && (proven || !needsSecondFactor(role)));
}

function permitting(who: Who, action: Action): GrantView[] {
  return holding(who).filter(({ role }) => permits(role, action));
}

/** Whether it may be done somewhere. */
export function maySomewhere(who: Who, action: Action): boolean {
  return permitting(who, action).length > 0;
}

/** Whether it may be done wherever it is. */
export function mayEverywhere(who: Who, action: Action): boolean {
  return permitting(who, action).some(({ scope }) => scope === 'everything');
}

/** Whether it may be done there. */
export function may(who: Who, action: Action, place: Place, geography: Geography): boolean {
  return permitting(who, action).some((grant) => covers(grant, place, geography));
}

/** Whether it may be done in a classroom, as far as is known without what lies in a region or an alliance: that is taken to hold the classroom. */
export function mayPerhaps(who: Who, action: Action, { school, classroom }: { school: string; classroom: string }): boolean {
  return permitting(who, action).some(({ scope, scope_id }) => {
    if (scope === 'school') return scope_id === school;
    return scope !== 'classroom' || scope_id === classroom;
  });
}

/** Whether the person gives and takes this role there, and resets who holds it. */
export function standsAbove(who: Who, role: PersonRole, place: Place, geography: Geography): boolean {
  return permitting(who, 'ManagePeople').some((grant) => isAbove(grant.role, role) && covers(grant, place, geography));
}

/** Whether the person changes who somebody of that home is: above everything held. A classroom's role is taken to be in that home. */
export function isAboveAll(who: Who, grants: readonly GrantView[], home: Place, geography: Geography): boolean {
  if (!may(who, 'ManagePeople', home, geography)) return false;
  const held = grants.filter(({ to_ms }) => to_ms === null);
  return held.every(({ role, scope, scope_id }) => standsAbove(who, role, scope === 'classroom' ? home : placeOf(scope, scope_id), geography));
}

/** The place that a scope names. */
export function placeOf(scope: Scope, id: string | null): Place {
  return scope === 'everything' || id === null ? { kind: 'everywhere' } : { kind: scope, id };
}

function covers({ scope, scope_id }: GrantView, place: Place, geography: Geography): boolean {
  if (scope === 'everything') return true;
  if (place.kind === 'everywhere' || scope_id === null) return false;
  if (scope === place.kind && scope_id === place.id) return true;
  const { regions, schools, alliances, today } = geography;
  if (scope === 'region') {
    const things = place.kind === 'alliance' ? alliances : place.kind === 'school' ? schools : [];
    const region = place.kind === 'region' ? place.id : (things.find(({ id }) => id === place.id)?.region ?? null);
    return region !== null && withinRegion(regions, scope_id).has(region);
  }
  if (scope !== 'alliance' || place.kind !== 'school') return false;
  const members = alliances.find(({ id }) => id === scope_id)?.members ?? [];
  return members.some(({ school, from_day, to_day }) => school === place.id && from_day <= today && (to_day === null || today <= to_day));
}

/** A region with all that lies in it, by id. */
export function withinRegion(regions: readonly Pick<Region, 'id' | 'parent'>[], outer: string): Set<string> {
  const inside = new Set([outer]);
  for (let before = 0; before < inside.size; ) {
    before = inside.size;
    for (const { id, parent } of regions) if (parent !== null && inside.has(parent)) inside.add(id);
  }
  return inside;
}

/** The regions that something may be done in, with what lies in them, by id; null: all, and what lies in none. */
export type Reach = ReadonlySet<string> | null;

export function reachOf(who: Who, action: Action, regions: readonly Pick<Region, 'id' | 'parent'>[]): Reach {
  if (mayEverywhere(who, action)) return null;
  const outer = permitting(who, action).filter(({ scope }) => scope === 'region');
  return new Set(outer.flatMap(({ scope_id }) => [...withinRegion(regions, scope_id ?? '')]));
}

/** Whether what lies in the region is within reach; null: it lies in none. */
export function isWithin(reach: Reach, region: string | null): boolean {
  return reach === null || (region !== null && reach.has(region));
}

/** The alliances with a school that one sees, and those that have none yet: the service lists them all, also with schools that it tells nothing of. */
export function seenAlliances<A extends Pick<Alliance, 'members'>>(alliances: readonly A[], schools: readonly Pick<School, 'id'>[]): A[] {
  const seen = new Set(schools.map(({ id }) => id));
  return alliances.filter(({ members }) => members.length === 0 || members.some(({ school }) => seen.has(school)));
}
