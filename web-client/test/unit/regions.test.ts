import { describe, expect, test } from 'vitest';
import { levelBelow, levelsFor, parentsFor, regionName, treeOf, usualRegion } from '../../src/county/regions';
import type { Region, RegionLevel } from '../../src/generated/api';

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
