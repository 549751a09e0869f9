import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem';
import type { Followed } from '../generated/api';
import { Confirm } from './Confirm';
import { api, say } from './desk';

interface Props<T> {
  /** The list's path. */
  path: string;
  row: T;
  /** On the button that does it, and above the dialog where `title` says no more. */
  act: string;
  title?: string;
  text: (row: T) => string;
  /** What is said afterwards; the service tells what became of the lessons, where something did. */
  done: (row: T, lessons: Followed | undefined) => string;
  onClose: () => void;
  /** The list is to be read again; with the answer where it was done. */
  again: (lessons?: Followed) => void;
}

/** Asks, closes or removes, and says so. What still needs it is told where it is refused; where somebody was quicker, the latest is asked about. */
export function Remove<T extends { id: string; version: number }>({ path, row, act, title = act, text, done, onClose, again }: Props<T>) {
  const [latest, setLatest] = useState(row);
  const address = `${path}/${encodeURIComponent(row.id)}`;
  const send = async () => {
    try {
      const lessons = await api.remove<Followed | undefined>(address, latest.version);
      say(done(latest, lessons), (lessons?.lessons.kept.length ?? 0) > 0 ? 'warning' : 'done');
      again(lessons);
    } catch (problem) {
      // What the table shows may be old.
      again();
      if (problem instanceof ApiProblem && problem.name === 'changed') setLatest(await api.get<T>(address));
      throw problem;
    }
  };
  return <Confirm title={title} text={text(latest)} send={act} onClose={onClose} onSend={send} />;
}
