import { type Counts, missedOf, partsOf } from './causes';
import { w } from './words';

interface Props {
  row: Counts;
  /** Whose figures these are, for who does not see the row. */
  name: string;
  /** Opens the list of these lessons; null: there is none to open. */
  onOpen: (() => void) | null;
}

/** How what was not delivered divides by cause: a bar, and in words with counts. */
export function Causes({ row, name, onOpen }: Props) {
  const missed = missedOf(row);
  if (missed === 0) return <span class="muted">0</span>;
  const parts = partsOf(row);
  const inside = (
    <>
      <span class="causes-bar" aria-hidden="true">
        {parts.map(({ cause, n }) => (
          <span key={cause} class={`cause-${cause}`} style={{ flexGrow: n }} />
        ))}
      </span>
      <span class="causes-text">
        <strong>{missed}</strong>
        {parts.map(({ cause, n }) => (
          <span key={cause} class="causes-part">
            <i class={`cause-${cause}`} aria-hidden="true" />
            {w(`cause.${cause}`)} {n}
          </span>
        ))}
        {onOpen !== null && <span class="causes-see">{w('missed.see')}</span>}
      </span>
    </>
  );
  if (onOpen === null) return <span class="causes">{inside}</span>;
  const label = w('missed.open', { name, n: missed, parts: parts.map(({ cause, n }) => `${w(`cause.${cause}`)} ${n}`).join(w('missed.comma')) });
  return (
    <button type="button" class="causes" aria-label={label} onClick={onOpen} data-test="missed">
      {inside}
    </button>
  );
}
