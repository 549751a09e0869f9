import type { ShortWindow } from './change';
import type { Register } from './register';
import { w } from './words';

/** Common windows that are too short; of a school without bells the way to them, for who makes them there. */
export function ShortWindows({ windows, register: { allowed } }: { windows: readonly ShortWindow[]; register: Register }) {
  return (
    <>
      {windows.map(({ school, name, text, bare }) => (
        <p key={name} class="office-note" data-test="short-window">
          <strong>{name}</strong> {text}{' '}
          {bare && allowed.may('ManageClassrooms', school) && (
            <a href={`/school?school=${encodeURIComponent(school)}#tab=bells`} data-test="bells-go">
              {w('bells.go')}
            </a>
          )}
        </p>
      ))}
    </>
  );
}
