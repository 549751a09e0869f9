import { t } from '../i18n';
import type { Unreached } from '../reach';

/** What is wrong and what to do where media does not get through. */
export function unreachedText({ ports }: Unreached): string {
  return t(ports === '' ? 'link.unreached' : 'link.unreached_ports', { ports });
}
