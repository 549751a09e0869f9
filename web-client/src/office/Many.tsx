import { type Option, Picker } from './Picker';
import { o } from './words';

interface Props {
  options: readonly Option[];
  values: readonly string[];
  onChange: (values: string[]) => void;
  label: string;
  /** Shown while nothing is chosen. */
  none?: string;
  test?: string;
}

/** Several of many: each chosen one stands there with a way to take it back. */
export function Many({ options, values, onChange, label, none, test }: Props) {
  const chosen = new Set(values);
  const named = new Map(options.map((option) => [option.id, option]));
  return (
    <div class="many" data-test={test}>
      {values.length > 0 && (
        <ul class="chips">
          {values.map((id) => (
            <li key={id} class="chip">
              <span class="ellipsis" title={named.get(id)?.more}>
                {named.get(id)?.name ?? id}
              </span>
              <button
                type="button"
                aria-label={`${o('remove')} ${named.get(id)?.name ?? id}`}
                onClick={() => onChange(values.filter((other) => other !== id))}
                data-test="chip-remove"
              >
                ×
              </button>
            </li>
          ))}
        </ul>
      )}
      <Picker
        options={options.filter(({ id }) => !chosen.has(id))}
        value={null}
        onPick={(id) => id !== null && onChange([...values, id])}
        label={label}
        {...(none === undefined ? {} : { none })}
      />
    </div>
  );
}
