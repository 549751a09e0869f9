import { useState } from 'preact/hooks';
import type { NewGrant, PersonRole, Scope } from '../generated/api';
import { Field } from '../office/Modal';
import { Picker } from '../office/Picker';
import { o } from '../office/words';
import { COUNTY_ROLES, grantOf, type Places, placesOf, scopesFor, usualPlace } from './scopes';
import { p } from './words-people';

interface Props {
  places: Places;
  /** May give what holds everywhere. */
  everything: boolean;
  /** Null: a place is still to be chosen. */
  onChange: (grant: NewGrant | null) => void;
}

/** The grant that stands there before anything is chosen. */
export function firstGrant({ places, everything }: Pick<Props, 'places' | 'everything'>): NewGrant | null {
  const role = COUNTY_ROLES[0] as PersonRole;
  const scope = scopesFor(role, everything)[0] ?? 'region';
  return grantOf(role, scope, usualPlace(scope, places));
}

/** As what, and where. */
export function RoleFields({ places, everything, onChange }: Props) {
  const [role, setRole] = useState<PersonRole>(COUNTY_ROLES[0] as PersonRole);
  const [scope, setScope] = useState<Scope>(scopesFor(role, everything)[0] ?? 'region');
  const [place, setPlace] = useState<string | null>(usualPlace(scope, places));
  const choose = (nextRole: PersonRole, nextScope: Scope, nextPlace: string | null) => {
    setRole(nextRole);
    setScope(nextScope);
    setPlace(nextPlace);
    onChange(grantOf(nextRole, nextScope, nextPlace));
  };
  /** Where there is only one, it is meant. */
  const only = (next: Scope) => {
    const options = placesOf(next, places);
    return options.length === 1 ? (options[0]?.id ?? null) : null;
  };
  const chooseScope = (nextRole: PersonRole, next: Scope) => choose(nextRole, next, only(next));
  const scopes = scopesFor(role, everything);
  return (
    <>
      <Field label={p('people.role')} hint={p(`role_in.${role}` as 'role_in.observer')}>
        <select
          value={role}
          onChange={(event) => {
            const next = event.currentTarget.value as PersonRole;
            chooseScope(next, scopesFor(next, everything)[0] ?? 'region');
          }}
          data-test="role"
        >
          {COUNTY_ROLES.map((one) => (
            <option key={one} value={one}>
              {o(`role.${one}`)}
            </option>
          ))}
        </select>
      </Field>
      <div class="two">
        <Field label={p('people.scope')}>
          <select value={scope} onChange={(event) => chooseScope(role, event.currentTarget.value as Scope)} data-test="scope">
            {scopes.map((one) => (
              <option key={one} value={one}>
                {o(`scope.${one}`)}
              </option>
            ))}
          </select>
        </Field>
        {scope !== 'everything' && (
          <Field label={p('people.which')}>
            <Picker options={placesOf(scope, places)} value={place} onPick={(next) => choose(role, scope, next)} label={p('people.which')} test="scope-place" />
          </Field>
        )}
      </div>
    </>
  );
}
