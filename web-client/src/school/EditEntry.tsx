import { useState } from 'preact/hooks';
import { ApiProblem, tell } from '../api/problem';
import type { Entry, Term } from '../generated/api';
import { api, say, zone } from '../office/desk';
import { Form, Modal } from '../office/Modal';
import { o } from '../office/words';
import { weeksOf } from './calendar';
import type { Choices } from './choices';
import { type Draft, draftOf, entryOf, lacksOf, triable } from './draft';
import { LessonFields } from './LessonFields';
import type { Register } from './register';
import { useTry } from './trying';
import { Verdict } from './Verdict';
import { e } from './words-entries';

interface Props {
  entry: Entry;
  register: Register;
  term: Term;
  choices: Choices;
  onClose: () => void;
  onSaved: () => void;
}

/** An entry changed as a whole; where somebody was quicker, the latest is shown and is to be looked at again. */
export function EditEntry({ entry: given, register, term, choices, onClose, onSaved }: Props) {
  const [entry, setEntry] = useState(given);
  const [draft, setDraft] = useState<Draft>(() => draftOf(given));
  const [readAgain, setReadAgain] = useState(false);
  const path = `/entries/${encodeURIComponent(entry.id)}`;
  const lacks = lacksOf(draft, weeksOf(term));
  const trying = triable(lacks);
  const body = { ...entry, ...entryOf(draft, entry.term, e('unnamed')) };
  const found = useTry(trying ? JSON.stringify(body) : null, (signal) => api.put(path, body, entry.version, { query: { dry_run: true }, signal }));
  const send = async () => {
    try {
      await api.put(path, { ...entry, ...entryOf(draft, entry.term) }, entry.version);
    } catch (problem) {
      if (!(problem instanceof ApiProblem && problem.name === 'changed')) throw problem;
      const fresh = await api.get<Entry>(path);
      setEntry(fresh);
      setDraft(draftOf(fresh));
      setReadAgain(true);
      onSaved();
      return;
    }
    say(e('saved', { title: body.title }));
    onSaved();
    onClose();
  };
  return (
    <Modal title={e('edit.title')} onClose={onClose} wide test="edit-entry">
      {readAgain && (
        <p class="office-note" role="alert" data-test="read-again">
          {tell(new ApiProblem('changed', 412, ''))}
        </p>
      )}
      <Form send={o('save')} disabled={lacks.length > 0 || found?.kind === 'clash'} onCancel={onClose} onSend={send} test="lesson-form">
        <LessonFields draft={draft} set={(change) => setDraft((old) => ({ ...old, ...change }))} register={register} term={term} choices={choices} />
        <Verdict draft={draft} register={register} term={term} choices={choices} zone={zone()} found={found} trying={trying} />
      </Form>
    </Modal>
  );
}
