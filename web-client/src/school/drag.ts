// Dragging a lesson over the grid with a mouse or a pen: a finger scrolls, and uses the lesson's dialog.
import type { PlannedLessonView } from '../generated/api';

/** A cell that lies under the pointer. */
export interface Over {
  day: string;
  period: number;
}

export interface DragEvents {
  /** The pointer moved; `over` is the cell below it. */
  move(over: Over | null, x: number, y: number): void;
  drop(over: Over | null): void;
  cancel(): void;
}

/** A press becomes a drag after this many pixels; less is a click. */
const SLACK = 6;

/** Follows the pointer from a press on a card until it is let go or Escape is hit. `begin` is called once it is a drag. */
export function follow(press: PointerEvent, begin: () => DragEvents): void {
  if (press.button !== 0 || press.pointerType === 'touch') return;
  let events: DragEvents | null = null;
  const move = (event: PointerEvent) => {
    if (!events) {
      if (Math.hypot(event.clientX - press.clientX, event.clientY - press.clientY) < SLACK) return;
      events = begin();
      document.body.classList.add('is-dragging');
    }
    event.preventDefault();
    events.move(cellAt(event.clientX, event.clientY), event.clientX, event.clientY);
  };
  const end = () => {
    document.body.classList.remove('is-dragging');
    window.removeEventListener('pointermove', move);
    window.removeEventListener('pointerup', up);
    window.removeEventListener('pointercancel', stop);
    window.removeEventListener('keydown', key, true);
  };
  const up = (event: PointerEvent) => {
    end();
    if (!events) return;
    // The click that follows on the card would open it.
    window.addEventListener('click', swallow, { capture: true, once: true });
    setTimeout(() => window.removeEventListener('click', swallow, { capture: true }), 0);
    events.drop(cellAt(event.clientX, event.clientY));
  };
  const stop = () => {
    end();
    events?.cancel();
  };
  const key = (event: KeyboardEvent) => {
    if (event.key === 'Escape') stop();
  };
  window.addEventListener('pointermove', move);
  window.addEventListener('pointerup', up);
  window.addEventListener('pointercancel', stop);
  window.addEventListener('keydown', key, true);
}

function swallow(event: Event): void {
  event.stopPropagation();
  event.preventDefault();
}

function cellAt(x: number, y: number): Over | null {
  const cell = document.elementFromPoint(x, y)?.closest<HTMLElement>('[data-cell-day][data-cell-period]');
  return cell ? { day: cell.dataset.cellDay ?? '', period: Number(cell.dataset.cellPeriod) } : null;
}

/** What is dragged and where it is. */
export interface Dragging {
  lesson: PlannedLessonView;
  over: Over | null;
  x: number;
  y: number;
}
