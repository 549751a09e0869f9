// Long lists stay usable: a search box, and a hundred rows at a time.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { o } from './words';

export { matches } from '../ui/matches';

/** Chinese by pinyin, numbers by value: 三年级2班 before 三年级10班. */
const names = new Intl.Collator('zh-Hans-CN', { numeric: true });

/** In the order of names; ids are random. */
export function byName<T extends { name: string }>(rows: readonly T[]): T[] {
  return [...rows].sort((a, b) => names.compare(a.name, b.name));
}

export function Search({ value, onSearch, label, test }: { value: string; onSearch: (text: string) => void; label?: string; test?: string }) {
  return (
    <input
      type="search"
      class="office-search"
      aria-label={label ?? o('search')}
      placeholder={label ?? o('search')}
      value={value}
      onInput={(event) => onSearch(event.currentTarget.value)}
      data-test={test ?? 'search'}
    />
  );
}

const STEP = 100;

/** The rows that match, a hundred at a time. */
export function Found<T>({ rows, text, children }: { rows: readonly T[]; text: string; children: (rows: readonly T[]) => ComponentChildren }) {
  const [most, setMost] = useState(STEP);
  if (rows.length === 0 && text !== '') {
    return (
      <p class="office-empty" data-test="nothing-found">
        {o('nothing_found', { text })}
      </p>
    );
  }
  return (
    <>
      {children(rows.slice(0, most))}
      {rows.length > most && (
        <button type="button" class="button office-more" onClick={() => setMost(most + STEP)} data-test="more">
          {o('more', { n: Math.min(STEP, rows.length - most), total: rows.length })}
        </button>
      )}
    </>
  );
}
