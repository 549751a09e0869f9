import { t } from '../i18n';

/** Whose lesson it is; nothing for one that is in no classroom. */
export function HostSchool({ name }: { name: string | null }) {
  if (name === null) return null;
  return (
    <span class="host-school ellipsis" title={name} data-test="host-school">
      {t('board.host', { school: name })}
    </span>
  );
}
