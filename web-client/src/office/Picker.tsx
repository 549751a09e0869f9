import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { matches } from './find';
import { o } from './words';

export interface Option {
  id: string;
  name: string;
  /** Told apart by, and searched too: a classroom's school, a person's login. */
  more?: string | undefined;
}

interface Props {
  options: readonly Option[];
  value: string | null;
  onPick: (id: string | null) => void;
  label: string;
  /** Nothing may be chosen too, under this name. */
  none?: string;
  /** It names the page: wide, and strong. */
  wide?: boolean;
  test?: string;
}

/** Options listed at once; the others come with a letter more. */
const LISTED = 50;

/** One of many by a part of its name: a list of 300 classrooms stays usable with a keyboard and with a finger. */
export function Picker({ options, value, onPick, label, none, wide, test }: Props) {
  const [text, setText] = useState<string | null>(null);
  const [at, setAt] = useState(0);
  const list = useId();
  const box = useRef<HTMLDivElement>(null);
  const chosen = options.find((option) => option.id === value);
  const found = text === null ? [] : options.filter((option) => matches(text, option.name, option.more));
  const listed = found.slice(0, LISTED);
  useEffect(() => box.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [at]);
  const pick = (id: string | null) => {
    onPick(id);
    setText(null);
  };
  const onKey = (event: KeyboardEvent) => {
    if (text === null && (event.key === 'ArrowDown' || event.key === 'Enter')) {
      setText('');
      event.preventDefault();
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      setAt(Math.max(0, Math.min(listed.length - 1, at + (event.key === 'ArrowDown' ? 1 : -1))));
      event.preventDefault();
    } else if (event.key === 'Enter') {
      const option = listed[at];
      if (option) pick(option.id);
      event.preventDefault();
    } else if (event.key === 'Escape' && text !== null) {
      setText(null);
      event.preventDefault();
      event.stopPropagation();
    }
  };
  return (
    <div class={wide ? 'picker wide' : 'picker'} ref={box} data-test={test}>
      <input
        role="combobox"
        aria-label={label}
        aria-expanded={text !== null}
        aria-controls={list}
        aria-autocomplete="list"
        autocomplete="off"
        placeholder={none ?? o('pick.none')}
        value={text ?? (chosen ? nameOf(chosen) : '')}
        title={chosen ? nameOf(chosen) : undefined}
        onFocus={() => {
          setText('');
          setAt(0);
        }}
        onBlur={() => setText(null)}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKey}
      />
      {text !== null && (
        <div class="picker-list" id={list} role="listbox" aria-label={label}>
          {none !== undefined && text === '' && (
            <div
              role="option"
              tabIndex={-1}
              aria-selected={false}
              class="muted"
              onMouseDown={(event) => {
                event.preventDefault();
                pick(null);
              }}
            >
              {none}
            </div>
          )}
          {listed.map((option, index) => (
            <div
              key={option.id}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              data-id={option.id}
              onMouseDown={(event) => {
                event.preventDefault();
                pick(option.id);
              }}
            >
              {option.name}
              {option.more && <small class="muted"> {option.more}</small>}
            </div>
          ))}
          {found.length === 0 && <p class="muted">{o('pick.no_match')}</p>}
          {found.length > LISTED && <p class="muted">{o('pick.more', { n: found.length - LISTED })}</p>}
        </div>
      )}
    </div>
  );
}

function nameOf(option: Option): string {
  return option.more ? `${option.name}（${option.more}）` : option.name;
}
