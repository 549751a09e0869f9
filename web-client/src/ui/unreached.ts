import { t } from '../i18n';
import type { Unreached } from '../reach';

/** What is wrong and what to do where media does not get through. */
export function unreachedText(unreached: Unreached): string {
  if (unreached.why === 'browser') return t('link.unable');
  const { ports } = unreached;
  return t(ports === '' ? 'link.unreached' : 'link.unreached_ports', { ports });
}
