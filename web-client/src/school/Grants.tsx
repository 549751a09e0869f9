import { useState } from 'preact/hooks';
import type { GrantView, NewGrant, Person, PersonRole } from '../generated/api';
import { api } from '../office/desk';
import { Loaded, ProblemNote, useLoad } from '../office/load';
import { Form, Modal } from '../office/Modal';
import { grantText } from '../office/Roles';
import { o } from '../office/words';
import { r } from './words-register';

/** Roles that a school gives. */
export const SCHOOL_ROLES: readonly PersonRole[] = ['teacher', 'assistant', 'observer', 'inspector', 'library_editor', 'school_admin'];

interface Props {
  person: Person;
  school: string;
  /** Those that may be given. */
  roles: readonly PersonRole[];
  onClose: () => void;
  onChanged: () => void;
}

/** What a person may, and where; more is given and taken back here. */
export function Grants({ person, school, roles, onClose, onChanged }: Props) {
  const path = `/people/${encodeURIComponent(person.id)}/grants`;
  const grants = useLoad(() => api.all<GrantView>(path), [person.id]);
  const [role, setRole] = useState<PersonRole>('teacher');
  const [problem, setProblem] = useState<unknown>(null);
  const again = () => {
    grants.again();
    onChanged();
  };
  const take = async (grant: GrantView) => {
    setProblem(null);
    try {
      await api.remove(`${path}/${encodeURIComponent(grant.id)}`);
    } catch (refused) {
      setProblem(refused);
    }
    again();
  };
  return (
    <Modal title={r('people.roles_of', { name: person.name })} onClose={onClose} test="grants">
      {problem !== null && <ProblemNote problem={problem} />}
      <Loaded load={grants}>
        {(all) => {
          const held = all.filter(({ to_ms }) => to_ms === null);
          const has = held.some((grant) => grant.role === role && grant.scope === 'school' && grant.scope_id === school);
          return (
            <>
              {held.length === 0 && <p class="muted">{r('people.no_roles')}</p>}
              <ul class="grants">
                {held.map((grant) => (
                  <li key={grant.id} data-test="grant">
                    <span>{grantText(grant, school)}</span>
                    <button type="button" class="button small danger" onClick={() => void take(grant)} data-test="take">
                      {r('people.take')}
                    </button>
                  </li>
                ))}
              </ul>
              <Form
                send={r('people.give')}
                disabled={has}
                onSend={async () => {
                  await api.post<GrantView>(path, { role, scope: 'school', scope_id: school } satisfies NewGrant);
                  again();
                }}
              >
                <select aria-label={r('people.role')} value={role} onChange={(event) => setRole(event.currentTarget.value as PersonRole)} data-test="role">
                  {roles.map((one) => (
                    <option key={one} value={one}>
                      {o(`role.${one}`)}
                    </option>
                  ))}
                </select>
              </Form>
            </>
          );
        }}
      </Loaded>
    </Modal>
  );
}
