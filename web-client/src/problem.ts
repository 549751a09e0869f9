// What keeps a page out of its lesson, as one of a few cases that each have words and a remedy. Pure.
import type { ConnectionPhase } from './connection';
import type { ErrorCode, Role } from './generated/protocol';
import type { Key } from './i18n';

/** A page that is out and will not come back by itself (but for `not_open`, which a panel asks for again). */
export type Barrier =
  | 'token_missing'
  | 'token_invalid'
  | 'token_expired'
  | 'lesson_unknown'
  | 'not_open'
  | 'host_present'
  | 'wrong_page'
  | 'version'
  | 'replaced'
  | 'ended'
  | 'left'
  | 'removed'
  | 'blocked'
  | 'refused';

const BY_CODE: Partial<Record<ErrorCode, Barrier>> = {
  token_invalid: 'token_invalid',
  token_expired: 'token_expired',
  lesson_unknown: 'lesson_unknown',
  lesson_closed: 'not_open',
  host_present: 'host_present',
  version: 'version',
  blocked: 'blocked',
};

/** Why a page is out: closed for good, or asked to come back later for a reason a person should read; null otherwise. */
export function barrierOf(phase: ConnectionPhase): Barrier | null {
  if (phase.kind === 'waiting' || phase.kind === 'connecting')
    return phase.error?.code === 'lesson_closed' || phase.error?.code === 'host_present' ? (BY_CODE[phase.error.code] ?? null) : null;
  if (phase.kind !== 'closed') return null;
  switch (phase.reason) {
    case 'token_missing':
    case 'replaced':
    case 'left':
    case 'removed':
    case 'blocked':
      return phase.reason;
    case 'lesson_ended':
      return 'ended';
    default:
      return (phase.error && BY_CODE[phase.error.code]) ?? 'refused';
  }
}

/** The words for a refusal. A host that is told `full` of something else than its offer called on a class while others fill the stage, however many fit. */
export function refusalKey(code: ErrorCode, ofOffer: boolean, onStage: number): Key {
  return code === 'full' && !ofOffer && onStage > 0 ? 'error.stage_full' : `error.${code}`;
}

/** Which page a role belongs on. */
export function pageOf(role: Role): 'console' | 'panel' | 'operator' {
  if (role === 'host') return 'console';
  return role === 'operator' ? 'operator' : 'panel';
}

/** Barriers that another attempt may lift. */
export function worthRetrying(barrier: Barrier): boolean {
  return (
    barrier === 'replaced' || barrier === 'host_present' || barrier === 'not_open' || barrier === 'refused' || barrier === 'removed' || barrier === 'version'
  );
}
