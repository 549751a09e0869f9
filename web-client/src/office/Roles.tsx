// What people may, in words, and a list of them by that.
import type { GrantView, PersonRole, PersonView } from '../generated/api';
import { o } from './words';

/** Grants that were not taken back. */
export function heldOf({ grants }: Pick<PersonView, 'grants'>): GrantView[] {
  return (grants ?? []).filter(({ to_ms }) => to_ms === null);
}

/** `县级运维 · 青山县`; `home` is the school that goes without its name. */
export function grantText({ role, scope, scope_id, scope_name }: GrantView, home?: string): string {
  if (scope === 'everything') return `${o(`role.${role}`)} · ${o('scope.everything')}`;
  return `${o(`role.${role}`)} · ${scope === 'school' && scope_id === home ? o('scope.home') : (scope_name ?? o(`scope.${scope}`))}`;
}

/** All that one person may. */
export function RolesOf({ person, home }: { person: PersonView; home?: string }) {
  const held = heldOf(person);
  if (held.length === 0) return <span class="muted">{o('roles.none')}</span>;
  return (
    <ul class="roles-of" data-test="roles-of">
      {held.map((grant) => (
        <li key={grant.id}>{grantText(grant, home)}</li>
      ))}
    </ul>
  );
}

/** A role, those who have none, or everybody. */
export type RoleChoice = PersonRole | 'none' | '';

/** Whether a person is among those that are chosen. */
export function isChosen(person: PersonView, choice: RoleChoice): boolean {
  const held = heldOf(person);
  return choice === '' || (choice === 'none' ? held.length === 0 : held.some(({ role }) => role === choice));
}

const CHOICES: readonly Exclude<RoleChoice, ''>[] = [
  'teacher',
  'assistant',
  'school_admin',
  'observer',
  'inspector',
  'library_editor',
  'alliance_admin',
  'county_operator',
  'none',
];

/** Chooses a role that somebody has; says how many have it. */
export function RoleFilter({ people, value, onChange }: { people: readonly PersonView[]; value: RoleChoice; onChange: (choice: RoleChoice) => void }) {
  const choices = CHOICES.map((choice) => ({ choice, count: people.filter((person) => isChosen(person, choice)).length }));
  return (
    <select aria-label={o('roles.filter')} value={value} onChange={(event) => onChange(event.currentTarget.value as RoleChoice)} data-test="role-filter">
      <option value="">{o('roles.all')}</option>
      {choices
        .filter(({ choice, count }) => count > 0 || choice === value)
        .map(({ choice, count }) => (
          <option key={choice} value={choice}>
            {choice === 'none' ? o('roles.none') : o(`role.${choice}`)}（{count}）
          </option>
        ))}
    </select>
  );
}
