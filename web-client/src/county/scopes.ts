// What roles people without a school may be given, and where. Pure.
import type { Alliance, NewGrant, PersonRole, Region, School, Scope } from '../generated/api';
import type { Option } from '../office/Picker';
import { treeOf, usualRegion } from './regions';

/** What there is to hold a role in. */
export interface Places {
  regions: readonly Region[];
  alliances: readonly Alliance[];
  schools: readonly School[];
}

/** Roles of the county, the most far-reaching first. */
export const COUNTY_ROLES: readonly PersonRole[] = ['county_operator', 'alliance_admin', 'inspector', 'observer', 'library_editor'];

const SCOPES: Partial<Record<PersonRole, readonly Scope[]>> = {
  county_operator: ['region', 'everything'],
  alliance_admin: ['alliance'],
  inspector: ['region', 'alliance', 'school', 'everything'],
  observer: ['region', 'alliance', 'school', 'everything'],
  library_editor: ['region', 'everything'],
};

/** Where a role makes sense, of what one may give. */
export function scopesFor(role: PersonRole, everything: boolean): Scope[] {
  return (SCOPES[role] ?? ['region']).filter((scope) => scope !== 'everything' || everything);
}

/** The places of a scope. */
export function placesOf(scope: Scope, { regions, alliances, schools }: Places): Option[] {
  if (scope === 'region') return treeOf(regions).map(({ region: { id, name }, parent }) => ({ id, name, more: parent?.name }));
  const rows = scope === 'alliance' ? alliances : scope === 'school' ? schools : [];
  return rows.map(({ id, name }) => ({ id, name }));
}

/** The place that stands there before one is chosen. */
export function usualPlace(scope: Scope, places: Places): string | null {
  return scope === 'region' ? usualRegion(places.regions) : (placesOf(scope, places)[0]?.id ?? null);
}

/** A role being chosen, as the service takes it; null while a place is missing. */
export function grantOf(role: PersonRole, scope: Scope, place: string | null): NewGrant | null {
  if (scope === 'everything') return { role, scope, scope_id: null };
  return place === null ? null : { role, scope, scope_id: place };
}
