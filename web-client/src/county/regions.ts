// Province, city, county: what lies in what, and what may be moved where. Pure.
import { withinRegion } from '../access/access';
import type { Region, RegionLevel } from '../generated/api';
import { byName } from '../office/find';

/** From the largest to the smallest. */
export const LEVELS: readonly RegionLevel[] = ['province', 'city', 'county'];

const size = (level: RegionLevel) => LEVELS.indexOf(level);

/** A region in the tree. */
export interface Placed {
  region: Region;
  /** 0: nothing that is seen lies above it. */
  depth: number;
  /** What it lies in, where that is seen. */
  parent: Region | null;
}

/** The regions as a tree, from above, those beside each other by name. A circle of parents ends too. */
export function treeOf(regions: readonly Region[]): Placed[] {
  const known = new Map(regions.map((region) => [region.id, region]));
  const placed: Placed[] = [];
  const left = new Set(known.keys());
  const put = (region: Region, depth: number) => {
    if (!left.delete(region.id)) return;
    placed.push({ region, depth, parent: known.get(region.parent ?? '') ?? null });
    for (const child of byName(regions.filter(({ parent }) => parent === region.id))) put(child, depth + 1);
  };
  for (const top of byName(regions.filter(({ parent }) => !known.has(parent ?? '')))) put(top, 0);
  for (const region of regions) put(region, 0);
  return placed;
}

/** `苍江县（云岭市）`: counties of two cities may bear one name. */
export function regionName({ region, parent }: Placed): string {
  return parent === null ? region.name : `${region.name}（${parent.name}）`;
}

/** The region that is meant where nothing is said: the first county, as most installations have one. */
export function usualRegion(regions: readonly Region[]): string | null {
  const tree = treeOf(regions);
  return (tree.find(({ region }) => region.level === 'county') ?? tree[0])?.region.id ?? null;
}

/** How large a region may be said to be: larger than all that lies in it, or as it is said to be now. */
export function levelsFor(region: Region | null, regions: readonly Region[]): RegionLevel[] {
  const inside = region === null ? [] : regions.filter(({ parent }) => parent === region.id);
  return LEVELS.filter((level) => level === region?.level || inside.every((child) => size(level) < size(child.level)));
}

/** What a region of this level may lie in: what is larger, and not in it. What holds it now stays among them. */
export function parentsFor(level: RegionLevel, region: Region | null, regions: readonly Region[]): Placed[] {
  const inside = region === null ? new Set<string>() : withinRegion(regions, region.id);
  return treeOf(regions).filter(({ region: other }) => !inside.has(other.id) && (size(other.level) < size(level) || other.id === region?.parent));
}

/** The level below; null: nothing lies in a county. */
export function levelBelow(level: RegionLevel): RegionLevel | null {
  return LEVELS[size(level) + 1] ?? null;
}
