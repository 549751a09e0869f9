import { describe, expect, test } from 'vitest';
import { isManaged, levelBelow, levelsFor, managedRegions, parentsFor, regionName, treeOf, usualRegion, withinRegion } from '../../src/county/regions';
import type { GrantView, Region, RegionLevel } from '../../src/generated/api';

const region = (id: string, level: RegionLevel, parent: string | null): Region => ({ id, level, parent, name: id, version: 1 });
const REGIONS = [
  region('县乙', 'county', '市甲'),
  region('县甲', 'county', '市甲'),
  region('省', 'province', null),
  region('市甲', 'city', '省'),
  region('县外', 'county', null),
  region('市乙', 'city', '省'),
];
const ids = (rows: readonly { region: Region }[]) => rows.map(({ region: { id } }) => id);
const operator = (scope: GrantView['scope'], scope_id: string | null, change: Partial<GrantView> = {}): { grants: GrantView[] } => ({
  grants: [{ id: 'g', person: 'p', role: 'county_operator', scope, scope_id, from_ms: 0, to_ms: null, granted_by: null, scope_name: null, ...change }],
});

describe('the tree', () => {
  test('what lies in something stands below it, in the order of names', () => {
    expect(treeOf(REGIONS).map(({ region: { id }, depth }) => `${depth} ${id}`)).toEqual(['0 省', '1 市甲', '2 县甲', '2 县乙', '1 市乙', '0 县外']);
  });

  test('what lies in something that is not seen, or in itself, is shown all the same', () => {
    expect(ids(treeOf([region('a', 'county', 'x')]))).toEqual(['a']);
    expect(ids(treeOf([region('a', 'city', 'b'), region('b', 'city', 'a')]))).toEqual(['a', 'b']);
  });

  test('a name is told apart by what it lies in', () => {
    expect(treeOf(REGIONS).map(regionName)).toEqual(['省', '市甲（省）', '县甲（市甲）', '县乙（市甲）', '市乙（省）', '县外']);
  });
});

test('the first county is meant where nothing is said', () => {
  expect(usualRegion(REGIONS)).toBe('县甲');
  expect(usualRegion([region('省', 'province', null)])).toBe('省');
  expect(usualRegion([])).toBeNull();
});

test('what lies in a region, with itself', () => {
  expect([...withinRegion(REGIONS, '市甲')].sort()).toEqual(['县乙', '县甲', '市甲']);
});

describe('what may be changed', () => {
  test('everything, or what one has a role for', () => {
    expect(managedRegions(operator('everything', null), REGIONS)).toBeNull();
    expect(managedRegions(operator('region', '市甲'), REGIONS)).toEqual(new Set(['市甲', '县甲', '县乙']));
    // What lies in no region is for those who have everything.
    const may = (managed: ReturnType<typeof managedRegions>) => ['县甲', '县外', null].map((one) => isManaged(managed, one));
    expect(may(managedRegions(operator('region', '市甲'), REGIONS))).toEqual([true, false, false]);
    expect(may(managedRegions(operator('everything', null), REGIONS))).toEqual([true, true, true]);
  });

  test('not what a role in something else reaches, nor one that has ended', () => {
    expect(managedRegions(operator('region', '省', { role: 'inspector' }), REGIONS)).toEqual(new Set());
    expect(managedRegions(operator('everything', null, { to_ms: 1 }), REGIONS)).toEqual(new Set());
  });
});

describe('where a region may be moved', () => {
  test('into what is larger', () => {
    expect(ids(parentsFor('county', REGIONS[1] as Region, REGIONS))).toEqual(['省', '市甲', '市乙']);
    expect(ids(parentsFor('province', null, REGIONS))).toEqual([]);
  });

  test('never into itself or what lies in it; what holds it now stays among them', () => {
    const odd = [region('a', 'county', 'c'), region('b', 'province', 'a'), region('c', 'county', null)];
    expect(ids(parentsFor('county', odd[0] as Region, odd))).toEqual(['c']);
  });

  test('it stays larger than what lies in it', () => {
    expect(levelsFor(REGIONS[3] as Region, REGIONS)).toEqual(['province', 'city']);
    expect(levelsFor(region('a', 'county', null), [region('b', 'county', 'a')])).toEqual(['province', 'city', 'county']);
    expect(levelsFor(null, REGIONS)).toEqual(['province', 'city', 'county']);
    expect(levelBelow('province')).toBe('city');
    expect(levelBelow('county')).toBeNull();
  });
});
