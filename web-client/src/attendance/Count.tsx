import { useEffect, useRef, useState } from 'preact/hooks';
import { tell } from '../api/problem';
import type { Headcount, Place } from '../generated/api';
import { api, say } from '../office/desk';
import { o } from '../office/words';
import { countOf, MOST_HEADS } from '../panel/heads';
import { placeText } from './text';
import { a } from './words';

interface Props {
  lesson: string;
  place: Place;
  /** As counted last. */
  count: number | null;
  /** It may be entered and corrected here. */
  may: boolean;
  onCounted: () => void;
}

/** How many pupils were there, and a way to say so. */
export function Count({ lesson, place, count, may, onCounted }: Props) {
  const [open, setOpen] = useState(false);
  if (open) return <Entry lesson={lesson} place={place} count={count} onClose={() => setOpen(false)} onCounted={onCounted} />;
  const act = count === null ? 'enter' : 'correct';
  return (
    <>
      <span data-test="heads">{count === null ? a('heads.none') : a('heads.count', { n: count })}</span>
      {may && (
        <button
          type="button"
          class="button small quiet record-count"
          aria-label={a(`heads.${act}_of`, { place: placeText(place) })}
          onClick={() => setOpen(true)}
          data-test="heads-edit"
        >
          {a(`heads.${act}`)}
        </button>
      )}
    </>
  );
}

function Entry({ lesson, place, count: before, onClose, onCounted }: Omit<Props, 'may'> & { onClose: () => void }) {
  const [text, setText] = useState(before === null ? '' : String(before));
  const [problem, setProblem] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => input.current?.select(), []);
  const count = countOf(text.trim());
  const fault = problem !== null ? tell(problem) : text !== '' && count === null ? a('heads.most', { n: MOST_HEADS }) : null;
  const send = async (event: Event) => {
    event.preventDefault();
    if (count === null || sending) return;
    setSending(true);
    setProblem(null);
    try {
      await api.put(`/lessons/${encodeURIComponent(lesson)}/headcount`, { count, classroom: place.classroom } satisfies Headcount, null);
      say(a('heads.saved', { place: placeText(place), n: count }));
      onCounted();
      onClose();
    } catch (refused) {
      setProblem(refused);
      setSending(false);
    }
  };
  return (
    <form class="record-entry" onSubmit={send} data-test="heads-form">
      <input
        ref={input}
        inputMode="numeric"
        autocomplete="off"
        maxLength={4}
        aria-label={a('heads.label')}
        aria-invalid={text !== '' && count === null}
        value={text}
        onInput={(event) => {
          setProblem(null);
          setText(event.currentTarget.value);
        }}
        data-test="heads-input"
      />
      <button type="submit" class="button small primary" disabled={count === null || sending} data-test="heads-send">
        {o('save')}
      </button>
      <button type="button" class="button small" onClick={onClose}>
        {o('cancel')}
      </button>
      {fault !== null && (
        <small class="record-fault" role="alert" data-test="heads-fault">
          {fault}
        </small>
      )}
    </form>
  );
}
