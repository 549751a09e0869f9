// How many pupils are there: what is typed on the pad, and what a panel keeps of it. No DOM.
import type { Stores } from './device';

/** As many as the service takes. */
export const MOST_HEADS = 500;
/** The strip asks for this long once a lesson has begun. */
export const ASK_MS = 90_000;

const KEPT = 'tongke.panel.heads';

/** The lesson last counted or asked for. A count outlasts a power cut: the class is not counted twice. */
export interface Kept {
  lesson: string;
  /** Null: asked for, not entered. */
  count: number | null;
}

export function keptHeads({ durable }: Stores, lesson: string): Kept | null {
  try {
    const kept = JSON.parse(durable?.getItem(KEPT) ?? 'null') as Kept | null;
    return kept?.lesson === lesson && (kept.count === null || typeof kept.count === 'number') ? kept : null;
  } catch {
    return null;
  }
}

export function keepHeads({ durable }: Stores, kept: Kept): void {
  try {
    durable?.setItem(KEPT, JSON.stringify(kept));
  } catch {
    // A store that is forbidden or full: the strip may ask once more.
  }
}

/** Digits after one more key. Leading zeros go; more digits than may be are not taken. */
export function typed(digits: string, key: string): string {
  if (key === 'back') return digits.slice(0, -1);
  const more = `${digits}${key}`.replace(/^0+(?=\d)/, '');
  return more.length > String(MOST_HEADS).length ? digits : more;
}

/** What the digits say; null: nothing, or more than may be. */
export function countOf(digits: string): number | null {
  const count = digits === '' ? Number.NaN : Number(digits);
  return Number.isInteger(count) && count >= 0 && count <= MOST_HEADS ? count : null;
}
