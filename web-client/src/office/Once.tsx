import { useRef, useState } from 'preact/hooks';
import { o } from './words';

/** Something to be copied, with a button that does. Where the browser forbids it, it stays selected to be copied by hand. */
export function Copied({ label, value, test }: { label?: string; value: string; test?: string }) {
  const text = useRef<HTMLElement>(null);
  const [done, setDone] = useState(false);
  const copy = async () => {
    const { current } = text;
    if (current) getSelection()?.selectAllChildren(current);
    try {
      await navigator.clipboard.writeText(value);
      setDone(true);
    } catch {
      // Not over HTTPS, or not allowed: the text is selected, and the keyboard copies it.
      setDone(document.execCommand?.('copy') === true);
    }
  };
  return (
    <div class="copied">
      {label && <span class="muted small-text">{label}</span>}
      <div class="copied-row">
        <code ref={text} data-test={test}>
          {value}
        </code>
        <button type="button" class="button small" onClick={() => void copy()} data-test="copy">
          {o(done ? 'copy.copied' : 'copy.copy')}
        </button>
      </div>
    </div>
  );
}
