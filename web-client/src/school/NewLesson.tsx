import { useState } from 'preact/hooks';
import type { Entry, PlannedLessonView, School, Term } from '../generated/api';
import { api, say, zone } from '../office/desk';
import { Loaded } from '../office/load';
import { Form, Modal } from '../office/Modal';
import { weeksOf } from './calendar';
import { shortText, shortWindowsOf } from './change';
import { type Choices, useChoices } from './choices';
import { type Draft, emptyDraft, entryOf, lacksOf, lessonOf, type Repeat, triable } from './draft';
import { whenText } from './LessonDialog';
import { LessonFields } from './LessonFields';
import type { Register } from './register';
import { useTry } from './trying';
import { isPast, momentsOf, Verdict } from './Verdict';
import { e } from './words-entries';

interface Props {
  register: Register;
  term: Term;
  /** What is known already: the cell it was begun from, the classroom that is shown. */
  first: Partial<Draft>;
  onClose: () => void;
  onMade: () => void;
}

/** A new lesson: every week by the timetable, or once. It is tried for clashes while it is filled in. */
export function NewLesson(props: Props) {
  const choices = useChoices(props.register);
  return (
    <Modal title={e('new')} onClose={props.onClose} wide test="new-lesson">
      <Loaded load={choices}>{(value) => <Fill {...props} choices={value} />}</Loaded>
    </Modal>
  );
}

function Fill({ register, term, first, choices, onClose, onMade }: Props & { choices: Choices }) {
  const [draft, setDraft] = useState<Draft>(() => emptyDraft(first));
  const set = (change: Partial<Draft>) => setDraft((old) => ({ ...old, ...change }));
  const times = momentsOf(draft, term, register.bells, zone());
  const lacks = lacksOf(draft, weeksOf(term));
  const past = isPast(draft, times);
  const trying = triable(lacks) && !past && (draft.repeat === 'weekly' || times !== null);
  const body = draft.repeat === 'weekly' ? entryOf(draft, term.id, e('unnamed')) : times && lessonOf(draft, times, e('unnamed'));
  const path = draft.repeat === 'weekly' ? '/entries' : '/lessons';
  const found = useTry(trying ? `${path} ${JSON.stringify(body)}` : null, (signal) => api.post(path, body, { query: { dry_run: true }, signal }));
  const send = async () => {
    if (draft.repeat === 'weekly') await makeEntry(draft, term, register.schools);
    else if (times) await makeLesson(draft, times, register.schools);
    onMade();
    onClose();
  };
  return (
    <Form send={e('new')} disabled={lacks.length > 0 || past || !trying || found?.kind === 'clash'} onCancel={onClose} onSend={send} test="lesson-form">
      <Choice value={draft.repeat} onPick={(repeat) => set({ repeat })} />
      <LessonFields draft={draft} set={set} register={register} term={term} choices={choices} />
      <Verdict draft={draft} register={register} term={term} choices={choices} zone={zone()} found={found} trying={trying} />
    </Form>
  );
}

function Choice({ value, onPick }: { value: Repeat; onPick: (repeat: Repeat) => void }) {
  return (
    <fieldset class="plain" aria-label={e('repeat')}>
      <div class="choice">
        {(['weekly', 'once'] as const).map((repeat) => (
          <label key={repeat} class={repeat === value ? 'current' : ''}>
            <input type="radio" name="repeat" checked={repeat === value} onChange={() => onPick(repeat)} data-test={`repeat-${repeat}`} />
            {e(`repeat.${repeat}`)}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Makes the entry, and says how many lessons came of it; common windows that turn out short are told. */
async function makeEntry(draft: Draft, term: Term, seen: readonly School[]): Promise<void> {
  const made = await api.post<Entry>('/entries', entryOf(draft, term.id));
  // The entry stands: what cannot be read about it is no failure.
  const lessons = await lessonsOf(made.id, draft, term).catch(() => []);
  say(lessons.length === 0 ? e('made.none', { title: made.title }) : e('made.weekly', { title: made.title, n: lessons.length }));
  if (lessons[0]) await warnOf(lessons[0], seen);
}

/** The lessons of an entry; a term and a day on both sides. */
function lessonsOf(entry: string, draft: Draft, term: Term): Promise<PlannedLessonView[]> {
  const from_ms = Date.parse(`${draft.from || term.first_day}T00:00:00Z`) - 86_400_000;
  const to_ms = Date.parse(`${draft.to || term.last_day}T00:00:00Z`) + 2 * 86_400_000;
  return api.all<PlannedLessonView>('/lessons', { entry, from_ms, to_ms });
}

async function makeLesson(draft: Draft, times: { start_ms: number; end_ms: number }, seen: readonly School[]): Promise<void> {
  const made = await api.post<PlannedLessonView>('/lessons', lessonOf(draft, times));
  say(e('made.once', { title: made.title, when: whenText(draft.day, times, zone()) }));
  await warnOf(made, seen);
}

async function warnOf(lesson: PlannedLessonView, seen: readonly School[]): Promise<void> {
  const short = await shortWindowsOf(lesson, seen).catch(() => []);
  if (short.length > 0) say(e('made.short', { why: shortText(short) }), 'warning');
}
