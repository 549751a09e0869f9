import { useEffect, useState } from 'preact/hooks';
import { tell } from '../api/problem';
import type { Headcount } from '../generated/api';
import { useLesson } from '../ui/context';
import { deviceToken } from './device';
import { ASK_MS, countOf, type Kept, keepHeads, keptHeads, MOST_HEADS, typed } from './heads';
import { api, stores } from './here';
import { w } from './words';

/** How many pupils are there, behind one button of the strip; only on a bound panel, while a lesson is on. */
export function Heads() {
  const lesson = useLesson();
  const view = lesson.session.value.lesson;
  const [token] = useState(() => deviceToken(stores));
  if (token === null || !view || lesson.me.value?.role !== 'classroom') return null;
  if (view.state !== 'open' && view.state !== 'live' && view.state !== 'paused') return null;
  return <Counted key={view.id} id={view.id} live={view.state === 'live'} token={token} />;
}

function Counted({ id, live, token }: { id: string; live: boolean; token: string }) {
  const [kept, setKept] = useState<Kept | null>(() => keptHeads(stores, id));
  const [asking, setAsking] = useState(false);
  const [open, setOpen] = useState(false);
  const keep = (count: number | null) => {
    const fresh = { lesson: id, count };
    keepHeads(stores, fresh);
    setKept(fresh);
  };
  // Asked for once, by the button itself, when the lesson has begun: nothing comes over the picture.
  useEffect(() => {
    if (!live || kept !== null) return;
    keep(null);
    setAsking(true);
  }, [live]);
  useEffect(() => {
    if (!asking) return;
    const timer = setTimeout(() => setAsking(false), ASK_MS);
    return () => clearTimeout(timer);
  }, [asking]);
  const count = kept?.count ?? null;
  return (
    <div class="heads">
      {open && (
        <Pad
          before={count}
          onClose={() => setOpen(false)}
          onSend={async (heads) => {
            await api.put(`/lessons/${encodeURIComponent(id)}/headcount`, { count: heads } satisfies Headcount, null, { bearer: token });
            keep(heads);
            setOpen(false);
          }}
        />
      )}
      <button
        type="button"
        class={asking && !open ? 'button heads-button asking' : 'button heads-button'}
        aria-expanded={open}
        onClick={() => {
          setAsking(false);
          setOpen(!open);
        }}
        data-test="heads"
        data-asking={asking}
      >
        {count !== null ? w('heads.count', { n: count }) : w(asking ? 'heads.ask' : 'heads.enter')}
      </button>
    </div>
  );
}

const KEYS = ['1', '2', '3', '4', '5', '6', '7', '8', '9', 'clear', '0', 'back'] as const;

interface PadProps {
  /** Entered before. */
  before: number | null;
  onClose: () => void;
  /** What it throws is told, and the pad stays with what was typed. */
  onSend: (count: number) => Promise<void>;
}

/** A number pad for fingers, in the lower corner. */
function Pad({ before, onClose, onSend }: PadProps) {
  const [digits, setDigits] = useState('');
  const [problem, setProblem] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const count = countOf(digits);
  const press = (key: (typeof KEYS)[number]) => {
    setProblem(null);
    setDigits(key === 'clear' ? '' : typed(digits, key));
  };
  const send = async () => {
    if (count === null || sending) return;
    setSending(true);
    try {
      await onSend(count);
    } catch (refused) {
      setProblem(refused);
      setSending(false);
    }
  };
  const note = problem !== null ? w('heads.failed', { why: tell(problem) }) : digits !== '' && count === null ? w('heads.most', { n: MOST_HEADS }) : null;
  return (
    <section class="pad" role="dialog" aria-label={w('heads.title')} data-test="pad">
      <p class="pad-title">{w('heads.title')}</p>
      <output class={digits === '' ? 'pad-shown before' : 'pad-shown'} data-test="pad-shown">
        {digits === '' ? (before ?? '–') : digits}
      </output>
      {note && (
        <p class="pad-note" role="alert" data-test="pad-note">
          {note}
        </p>
      )}
      <div class="pad-keys">
        {KEYS.map((key) => (
          <button key={key} type="button" class="button" onClick={() => press(key)} data-test={`key-${key}`}>
            {key === 'clear' || key === 'back' ? w(`heads.${key}`) : key}
          </button>
        ))}
      </div>
      <div class="pad-acts">
        <button type="button" class="button" onClick={onClose} data-test="pad-close">
          {w('heads.close')}
        </button>
        <button type="button" class="button primary" disabled={count === null || sending} onClick={() => void send()} data-test="pad-send">
          {w('heads.send')}
        </button>
      </div>
    </section>
  );
}
