import type { LessonKind, Receiver } from '../generated/api';
import { type Option, Picker } from '../office/Picker';
import { o } from '../office/words';
import { interactiveOf, MOST_INTERACTIVE, withReceiver } from './draft';
import { e } from './words-entries';

interface Props {
  kind: LessonKind;
  receivers: readonly Receiver[];
  /** Classrooms that may receive: all but the host's. */
  options: readonly Option[];
  /** Those that the host's classroom is paired with. */
  paired: readonly string[];
  onChange: (receivers: Receiver[]) => void;
}

/** Who receives it, and who of them is called on. */
export function Receivers({ kind, receivers, options, paired, onChange }: Props) {
  const names = new Map(options.map((option) => [option.id, option]));
  const inIt = new Set(receivers.map(({ classroom }) => classroom));
  const more = paired.filter((classroom) => !inIt.has(classroom));
  const interactive = interactiveOf(receivers);
  return (
    <div class="receivers" data-test="receivers">
      <div class="receivers-head">
        <span>{e('receivers')}</span>
        {kind === 'dedicated' && receivers.length > 0 && (
          <span class={interactive > MOST_INTERACTIVE ? 'late' : 'muted small-text'} data-test="interactive-count">
            {e('receivers.count', { n: interactive, most: MOST_INTERACTIVE })}
          </span>
        )}
        {kind === 'famous_school' && <span class="muted small-text">{e('receivers.all_listen')}</span>}
        <span class="spacer" />
        {more.length > 0 && (
          <button
            type="button"
            class="button small"
            onClick={() => onChange(more.reduce<Receiver[]>((all, classroom) => withReceiver(kind, all, classroom), [...receivers]))}
            data-test="fill-paired"
          >
            {e('receivers.paired', { n: more.length })}
          </button>
        )}
      </div>
      {receivers.length > 0 && (
        <ul class="receiver-rows">
          {receivers.map((one) => (
            <li key={one.classroom} data-test="receiver" data-classroom={one.classroom}>
              <span class="ellipsis" title={names.get(one.classroom)?.more}>
                {names.get(one.classroom)?.more} {names.get(one.classroom)?.name ?? one.classroom}
              </span>
              {kind !== 'famous_school' && (
                <label class="check">
                  <input
                    type="checkbox"
                    checked={one.interactive}
                    onChange={(event) => {
                      const interactive = event.currentTarget.checked;
                      onChange(receivers.map((other) => (other === one ? { ...one, interactive } : other)));
                    }}
                    data-test="interactive"
                  />
                  {e('receivers.interactive')}
                </label>
              )}
              <button
                type="button"
                class="button quiet small"
                onClick={() => onChange(receivers.filter((other) => other !== one))}
                aria-label={`${o('remove')} ${names.get(one.classroom)?.name ?? ''}`}
                data-test="receiver-remove"
              >
                {o('remove')}
              </button>
            </li>
          ))}
        </ul>
      )}
      <Picker
        options={options.filter(({ id }) => !inIt.has(id))}
        value={null}
        onPick={(id) => id !== null && onChange(withReceiver(kind, receivers, id))}
        label={e('receivers.add')}
        none={e('receivers.add')}
        test="receiver-add"
      />
    </div>
  );
}
