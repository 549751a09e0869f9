// Which lessons are counted, and what they are summed by. Pure.

const BY = ['alliance', 'school', 'host_school', 'subject', 'teacher', 'week', 'region'] as const;
/** What sums are of. */
export type By = (typeof BY)[number];

const BY_OF_TAUGHT: readonly By[] = ['school', 'subject', 'teacher', 'week'];
const BY_OF_RECEIVED: readonly By[] = ['host_school', 'subject', 'teacher', 'week'];

/** What is counted: lessons that a school, or the schools of an alliance, received; that a school taught; those of a subject, a lead teacher, some weeks. */
export interface Only {
  alliance: string | null;
  school: string | null;
  host_school: string | null;
  subject: string | null;
  teacher: string | null;
  first_week: string | null;
  last_week: string | null;
}

export const ALL: Only = { alliance: null, school: null, host_school: null, subject: null, teacher: null, first_week: null, last_week: null };

/** Of one school: what it taught, whoever received it, and what it received, whoever taught it. */
export const SIDES = ['taught', 'received'] as const;
export type Side = (typeof SIDES)[number];

/** All that a school taught or received. */
export function sideOf(school: string, side: Side): Only {
  return { ...ALL, [side === 'taught' ? 'host_school' : 'school']: school };
}

/**
 * What may be summed by, the usual first. What one school taught is not summed by region or alliance: they are the receivers', and the service refuses it.
 * `own`: on the page of one school.
 */
export function waysOf(only: Only, own: boolean): readonly By[] {
  if (only.host_school !== null) return BY_OF_TAUGHT;
  return own ? BY_OF_RECEIVED : BY;
}

/** Whether something is chosen beyond `whole`. */
export function isNarrowed(only: Only, whole: Only): boolean {
  return (Object.keys(whole) as (keyof Only)[]).some((key) => only[key] !== whole[key]);
}

/** Below this an opening rate is marked. */
export const LOW = 0.8;
