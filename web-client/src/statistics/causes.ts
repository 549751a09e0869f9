// Why lessons were not delivered, and which of them stand behind a figure. Pure.
import type { StatisticsRow } from '../generated/api';
import type { By, Only } from './choice';

/** What the classroom and its line are to look after first. */
export const CAUSES = ['power', 'network', 'absent', 'host', 'cancelled'] as const;
export type Cause = (typeof CAUSES)[number];

export type Counts = Pick<StatisticsRow, 'planned' | 'delivered' | Cause>;

/** How many were not delivered, whatever the cause. */
export function missedOf({ planned, delivered }: Counts): number {
  return Math.max(0, planned - delivered);
}

/** What that divides into, without what there is none of. */
export function partsOf(row: Counts): { cause: Cause; n: number }[] {
  return CAUSES.map((cause) => ({ cause, n: row[cause] })).filter(({ n }) => n > 0);
}

/** What is counted in one row of figures; null: the service cannot be asked for just that (a region, or what was left blank). */
export function onlyOf(only: Only, by: By, key: string): Only | null {
  if (key === '' || by === 'region') return null;
  return by === 'week' ? { ...only, first_week: key, last_week: key } : { ...only, [by]: key };
}

export function isCause(word: string): word is Cause {
  return (CAUSES as readonly string[]).includes(word);
}
