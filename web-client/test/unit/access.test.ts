import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type Geography,
  isAboveAll,
  isWithin,
  may,
  mayEverywhere,
  mayPerhaps,
  maySomewhere,
  placeOf,
  reachOf,
  standsAbove,
  type Who,
  withinRegion,
} from '../../src/access/access';
import { countyTabs, homeOf, homesOf, onlyReads, ownSchools, pageName, schoolTabs } from '../../src/access/pages';
import { ACTIONS, isAbove, needsSecondFactor, permits, TABLE } from '../../src/access/table';
import type { GrantView, PersonRole, Scope } from '../../src/generated/api';
import { allowedIn } from '../../src/school/register';

const ROLES = Object.keys(TABLE) as PersonRole[];

describe('the table', () => {
  const rust = readFileSync(new URL('../../../signaling/src/access/mod.rs', import.meta.url), 'utf8');
  const snake = (name: string) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
  const names = (text: string, before: string) => [...text.matchAll(new RegExp(`${before}::(\\w+)`, 'g'))].map(([, name = '']) => name);
  const body = (head: string) => rust.slice(rust.indexOf(head)).split(/^}/m)[0] ?? '';

  test('is the service’s: the same actions, and for each role the same row', () => {
    expect([...ACTIONS]).toEqual(names(rust.slice(rust.indexOf('pub const ALL'), rust.indexOf('];')), 'Self'));
    const rows = [...body('pub fn permits').matchAll(/PersonRole::(\w+) => &\[([^\]]*)\]/g)].map(([, role = '', row = '']) => [snake(role), names(row, 'A')]);
    expect(Object.fromEntries(rows)).toEqual(TABLE);
    expect(rows.length).toBe(8);
  });

  test('and so are the second factor and who stands above whom', () => {
    expect(ROLES.filter(needsSecondFactor).sort()).toEqual(names(body('pub fn needs_second_factor'), 'PersonRole').map(snake).sort());
    const ranks = [...body('pub fn rank').matchAll(/^ +(PersonRole.*) => (\d),/gm)].flatMap(([, all = '', rank]) =>
      names(all, 'PersonRole').map((role) => [snake(role), Number(rank)] as const),
    );
    expect(ranks.length).toBe(8);
    for (const [mine, high] of ranks)
      for (const [other, low] of ranks)
        expect(isAbove(mine as PersonRole, other as PersonRole), `${mine} over ${other}`).toBe(high > low || (mine === 'county_operator' && other === mine));
  });
});

/** 省 p ⊃ 县 c1 (s1, s2, s3), c2 (s4); alliance a of s1, s2 and, until last year, s3. */
const member = (school: string, to_day: string | null = null) => ({ school, role: 'paired' as const, from_day: '2025-09-01', to_day });
const geography: Geography = {
  regions: [
    { id: 'p', parent: null },
    { id: 'c1', parent: 'p' },
    { id: 'c2', parent: 'p' },
  ],
  schools: ['s1', 's2', 's3', 's4'].map((id) => ({ id, region: id === 's4' ? 'c2' : 'c1' })),
  alliances: [{ id: 'a', region: 'c1', members: [member('s1'), member('s2'), member('s3', '2025-12-31')] }],
  today: '2026-11-25',
};
const grant = (role: PersonRole, scope: Scope, scope_id: string | null, to_ms: number | null = null): GrantView => {
  return { id: 'g', person: 'x', role, scope, scope_id, from_ms: 0, to_ms, granted_by: null, scope_name: null };
};
const who = (...grants: GrantView[]): Who => ({ grants, now_ms: 1_000, second_factor: 'given' });

describe('what may be done where', () => {
  test('a scope holds what lies in it and nothing else', () => {
    const schools = (scope: Scope, id: string | null) =>
      geography.schools
        .map((school) => school.id)
        .filter((school) => may(who(grant('county_operator', scope, id)), 'ReadRegister', { kind: 'school', id: school }, geography));
    expect(schools('everything', null)).toEqual(['s1', 's2', 's3', 's4']);
    expect(schools('region', 'p')).toEqual(['s1', 's2', 's3', 's4']);
    expect(schools('region', 'c1')).toEqual(['s1', 's2', 's3']);
    expect(schools('alliance', 'a')).toEqual(['s1', 's2']);
    expect(schools('school', 's4')).toEqual(['s4']);
    expect(schools('classroom', 's4-r1')).toEqual([]);
    const operator = who(grant('county_operator', 'region', 'c1'));
    expect(may(operator, 'ManageAlliances', { kind: 'alliance', id: 'a' }, geography)).toBe(true);
    expect(may(operator, 'ManageRegions', { kind: 'region', id: 'p' }, geography)).toBe(false);
    expect(may(operator, 'ManageWebhooks', { kind: 'everywhere' }, geography)).toBe(false);
  });

  test('an alliance’s administrator changes the alliance, but makes none', () => {
    const admin = who(grant('alliance_admin', 'alliance', 'a'));
    expect(may(admin, 'ManageAlliances', { kind: 'alliance', id: 'a' }, geography)).toBe(true);
    expect(may(admin, 'ManageAlliances', { kind: 'region', id: 'c1' }, geography)).toBe(false);
    expect(reachOf(admin, 'ManageAlliances', geography.regions)).toEqual(new Set());
  });

  test.each(ROLES)('%s: exactly its row, in its scope alone', (role) => {
    for (const action of ACTIONS) {
      const here = who(grant(role, 'school', 's1'));
      expect(may(here, action, { kind: 'school', id: 's1' }, geography), action).toBe(permits(role, action));
      expect(may(here, action, { kind: 'school', id: 's2' }, geography), action).toBe(false);
      expect(maySomewhere(here, action), action).toBe(permits(role, action));
      expect(mayEverywhere(here, action), action).toBe(false);
      expect(mayEverywhere(who(grant(role, 'everything', null)), action), action).toBe(permits(role, action));
    }
  });

  test('not with a grant that has ended, nor as an administrator without the second factor', () => {
    expect(maySomewhere(who(grant('school_admin', 'school', 's1', 1_000)), 'ManageTimetable')).toBe(false);
    expect(maySomewhere(who(grant('school_admin', 'school', 's1', 1_001)), 'ManageTimetable')).toBe(true);
    const unproven: Who = { ...who(grant('school_admin', 'school', 's1'), grant('teacher', 'school', 's1')), second_factor: 'to_be_set_up' };
    expect([maySomewhere(unproven, 'ManageTimetable'), maySomewhere(unproven, 'JoinOwnLessons')]).toEqual([false, true]);
    expect(homesOf(unproven)).toEqual(['/teacher']);
  });

  test('in a classroom, as far as is known', () => {
    const room = { school: 's1', classroom: 's1-r1' };
    const counts = (scope: Scope, id: string | null) => mayPerhaps(who(grant('assistant', scope, id)), 'CountPupils', room);
    expect([counts('school', 's1'), counts('classroom', 's1-r1'), counts('region', 'c1')]).toEqual([true, true, true]);
    expect([counts('school', 's2'), counts('classroom', 's1-r2')]).toEqual([false, false]);
  });

  test('regions: everything, or what one has a role for', () => {
    expect([...withinRegion(geography.regions, 'p')].sort()).toEqual(['c1', 'c2', 'p']);
    expect(reachOf(who(grant('county_operator', 'everything', null)), 'ManageSchools', geography.regions)).toBeNull();
    const reach = reachOf(who(grant('county_operator', 'region', 'c1')), 'ManageSchools', geography.regions);
    // What lies in no region is for those who have everything.
    expect(['c1', 'c2', null].map((region) => isWithin(reach, region))).toEqual([true, false, false]);
    expect(isWithin(null, null)).toBe(true);
    expect(reachOf(who(grant('inspector', 'region', 'p')), 'ManageSchools', geography.regions)).toEqual(new Set());
  });
});

describe('who stands above whom', () => {
  const school = placeOf('school', 's1');
  test('a school’s administrator gives what is below its own, there', () => {
    const admin = who(grant('school_admin', 'school', 's1'));
    expect(ROLES.filter((role) => standsAbove(admin, role, school, geography))).toEqual(['teacher', 'assistant', 'observer', 'inspector', 'library_editor']);
    expect(standsAbove(admin, 'teacher', placeOf('school', 's2'), geography)).toBe(false);
    expect(isAboveAll(admin, [grant('teacher', 'school', 's1'), grant('assistant', 'classroom', 's1-r1')], school, geography)).toBe(true);
    expect(isAboveAll(admin, [grant('teacher', 'school', 's1'), grant('school_admin', 'school', 's1')], school, geography)).toBe(false);
    expect(isAboveAll(admin, [grant('school_admin', 'school', 's1', 5)], school, geography)).toBe(true);
    expect(isAboveAll(who(grant('inspector', 'school', 's1')), [], school, geography)).toBe(false);
  });

  test('an operator gives what is its own, nobody what is wider', () => {
    const operator = who(grant('county_operator', 'region', 'c1'));
    expect(standsAbove(operator, 'county_operator', placeOf('region', 'c1'), geography)).toBe(true);
    expect(standsAbove(operator, 'observer', placeOf('everything', null), geography)).toBe(false);
  });

  test('on a school’s page', () => {
    const session = who(grant('school_admin', 'school', 's1')) as Parameters<typeof allowedIn>[0];
    const own = allowedIn(session, 's1', geography);
    expect([own.may('ManageClassrooms'), own.may('ManageClassrooms', 's2'), own.gives('teacher'), own.gives('school_admin')]).toEqual([
      true,
      false,
      true,
      false,
    ]);
    const partner = allowedIn(session, 's2', geography);
    expect([partner.may('ManageClassrooms'), partner.gives('teacher')]).toEqual([false, false]);
  });
});

describe('pages', () => {
  const wide: Record<PersonRole, [Scope, string | null]> = {
    teacher: ['school', 's1'],
    assistant: ['school', 's1'],
    observer: ['region', 'c1'],
    inspector: ['region', 'c1'],
    library_editor: ['region', 'c1'],
    school_admin: ['school', 's1'],
    alliance_admin: ['alliance', 'a'],
    county_operator: ['region', 'c1'],
  };
  const as = (role: PersonRole) => who(grant(role, ...wide[role]));
  const by = <T>(of: (person: Who) => T) => Object.fromEntries(ROLES.map((role) => [role, of(as(role))]));

  test('where each role begins, and what else it is led to', () => {
    expect(by(homeOf)).toEqual({
      teacher: '/teacher',
      assistant: '/teacher',
      observer: '/county',
      inspector: '/county',
      library_editor: '/teacher',
      school_admin: '/school',
      alliance_admin: '/county',
      county_operator: '/county',
    });
    expect(homesOf(as('inspector'))).toEqual(['/county', '/school', '/teacher']);
    expect(homesOf(as('school_admin'))).toEqual(['/school', '/teacher']);
    expect(homesOf(who(grant('inspector', 'school', 's1')))).toEqual(['/school', '/teacher']);
    expect(homesOf(who(grant('observer', 'classroom', 's1-r1')))).toEqual(['/teacher']);
    expect(homesOf(who())).toEqual(['/teacher']);
  });

  test('what they are called', () => {
    const names = (role: PersonRole) => homesOf(as(role)).map((home) => pageName(as(role), home));
    expect(names('county_operator')).toEqual(['county', 'school', 'teacher']);
    expect(names('alliance_admin')).toEqual(['alliance', 'school', 'teacher']);
    expect(names('inspector')).toEqual(['rounds', 'school_read', 'teacher']);
    expect(names('school_admin')).toEqual(['school', 'teacher']);
  });

  test('the parts of the county’s', () => {
    expect(by(countyTabs)).toEqual({
      teacher: [],
      assistant: [],
      observer: ['today', 'alliances'],
      inspector: ['today', 'statistics', 'alliances'],
      library_editor: [],
      school_admin: [],
      alliance_admin: ['today', 'statistics', 'alliances'],
      county_operator: ['today', 'statistics', 'regions', 'schools', 'alliances', 'terms', 'people', 'webhooks', 'audit'],
    });
    // A wide role adds nothing to what a narrow one is allowed.
    expect(countyTabs(who(grant('observer', 'region', 'c1'), grant('school_admin', 'school', 's1')))).toEqual(['today', 'alliances']);
  });

  test('the parts of a school’s: all to its administrator, to a partner its register', () => {
    const all = ['timetable', 'entries', 'rooms', 'people', 'devices', 'pairings', 'bells', 'statistics', 'exchange'];
    expect(schoolTabs(as('school_admin'), 's1', geography)).toEqual(all);
    expect(schoolTabs(as('school_admin'), 's2', geography)).toEqual(['rooms', 'pairings', 'bells']);
    expect(schoolTabs(as('alliance_admin'), 's2', geography)).toEqual(all);
    expect(schoolTabs(as('inspector'), 's2', geography)).toEqual(['timetable', 'entries', 'rooms', 'pairings', 'bells', 'statistics', 'exchange']);
    expect(schoolTabs(as('county_operator'), 's1', geography)).toEqual(all);
  });

  test('which schools are offered, and which are only looked at', () => {
    const own = (role: PersonRole) => ownSchools(as(role), geography.schools, geography).map(({ id }) => id);
    expect([own('school_admin'), own('alliance_admin'), own('inspector'), own('teacher')]).toEqual([['s1'], ['s1', 's2'], ['s1', 's2', 's3'], []]);
    expect([onlyReads(as('school_admin'), 's1', geography), onlyReads(as('school_admin'), 's2', geography)]).toEqual([false, true]);
    expect([onlyReads(as('alliance_admin'), 's2', geography), onlyReads(as('inspector'), 's2', geography)]).toEqual([false, true]);
  });
});
