// Which layer each video slot needs, from the size its picture is shown at. No DOM.
import type { Clock } from './clock';
import type { ClientMessage, SlotWant } from './generated/protocol';

/** Sizes settle this long before they are asked for. */
export const SETTLE_MS = 250;
/** Device pixels of width up to which the small and the medium layer are enough. */
export const SMALL_UP_TO = 400;
export const MEDIUM_UP_TO = 860;
/** A layer is left only when the size is clearly on the other side. */
const HYSTERESIS = 0.1;

/** The layer for a picture `width` device pixels wide; null (hidden) pauses the slot. `before` is the layer it has now. */
export function layerFor(width: number | null, before: number | null): number | null {
  if (width === null || width <= 0) return null;
  const stretch = (limit: number, layer: number) => (before === null ? limit : limit * (before <= layer ? 1 + HYSTERESIS : 1 - HYSTERESIS));
  if (width <= stretch(SMALL_UP_TO, 0)) return 0;
  return width <= stretch(MEDIUM_UP_TO, 1) ? 1 : 2;
}

/** Collects wishes and says the changed ones, a moment after the last change. */
export class Wants {
  private readonly wanted = new Map<string, number | null>();
  private said = new Map<string, number | null>();
  private timer: number | undefined;

  constructor(
    private readonly send: (message: ClientMessage) => boolean,
    private readonly clock: Clock,
  ) {}

  /** A slot's picture is shown `width` device pixels wide; null: not shown. */
  shown(slot: string, width: number | null): void {
    const layer = layerFor(width, this.wanted.get(slot) ?? null);
    if (this.wanted.get(slot) === layer && this.wanted.has(slot)) return;
    this.wanted.set(slot, layer);
    this.clock.clearTimeout(this.timer ?? 0);
    this.timer = this.clock.setTimeout(() => this.flush(), SETTLE_MS);
  }

  /** A new transport: everything is said again at once. */
  reset(): void {
    this.said = new Map();
    this.flush();
  }

  get now(): Record<string, number | null> {
    return Object.fromEntries(this.wanted);
  }

  private flush(): void {
    this.clock.clearTimeout(this.timer ?? 0);
    const slots: SlotWant[] = [];
    for (const [slot, spatial] of this.wanted) if (!this.said.has(slot) || this.said.get(slot) !== spatial) slots.push({ slot, spatial });
    if (slots.length === 0 || !this.send({ type: 'want', slots })) return;
    for (const { slot, spatial } of slots) this.said.set(slot, spatial);
  }
}
