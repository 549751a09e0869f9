import { useId } from 'preact/hooks';
import type { LessonKind } from '../generated/api';
import { ProblemNote } from '../office/load';
import { Many } from '../office/Many';
import { Field } from '../office/Modal';
import { Picker } from '../office/Picker';
import { o } from '../office/words';
import { assistantOptions, type Choices, pairedWith, receiverOptions, subjectsOf, teacherOptions, useGuests } from './choices';
import { SUBJECT_MOST, TITLE_MOST, withKind } from './draft';
import { Receivers } from './Receivers';
import { type PartProps, When } from './When';
import { e } from './words-entries';

const KINDS: readonly LessonKind[] = ['dedicated', 'famous_teacher', 'famous_school'];

/** What a lesson or an entry is filled in with; when, what, who, where, for whom. */
export function LessonFields(props: PartProps & { choices: Choices }) {
  const { draft, set, register, term, choices } = props;
  const rooms = register.rooms.map(({ id, name }) => ({ id, name }));
  const { guests, problem, again } = useGuests(choices, draft);
  return (
    <>
      <When {...props} />
      <div class="two">
        <Subject {...props} />
        <Field label={e('title')}>
          <input
            maxLength={TITLE_MOST}
            value={draft.title}
            placeholder={e('title.hint')}
            onInput={(event) => set({ title: event.currentTarget.value })}
            data-test="title"
          />
        </Field>
        <Field label={e('teacher')}>
          <Picker
            options={teacherOptions(choices, register, draft.teacher)}
            value={draft.teacher}
            onPick={(teacher) => set({ teacher, assistants: draft.assistants.filter((id) => id !== teacher) })}
            label={e('teacher')}
            test="teacher"
          />
        </Field>
        <Field label={e('room')}>
          <Picker
            options={rooms}
            value={draft.room}
            onPick={(room) => set({ room, receivers: draft.receivers.filter(({ classroom }) => classroom !== room) })}
            label={e('room')}
            test="room"
          />
        </Field>
        <Field label={e('kind')}>
          <select value={draft.kind} onChange={(event) => set(withKind(draft, event.currentTarget.value as LessonKind))} data-test="kind">
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {o(`kind.${kind}`)}
              </option>
            ))}
          </select>
        </Field>
        <div class="field">
          <span>{e('assistants')}</span>
          <Many
            options={assistantOptions(choices, register, guests, draft.teacher)}
            values={draft.assistants}
            onChange={(assistants) => set({ assistants })}
            label={e('assistants')}
            none={e('assistants.none')}
            test="assistants"
          />
          {problem === null ? <small class="muted">{e('assistants.hint')}</small> : <ProblemNote problem={problem} onRetry={again} />}
        </div>
      </div>
      <Receivers
        kind={draft.kind}
        receivers={draft.receivers}
        options={receiverOptions(choices, register, draft.room)}
        paired={pairedWith(choices, term, draft)}
        onChange={(receivers) => set({ receivers })}
      />
    </>
  );
}

/** The subject as text, with those that the pairings know on offer. */
function Subject({ draft, set, register, choices }: PartProps & { choices: Choices }) {
  const known = useId();
  return (
    <Field label={e('subject')}>
      <input
        maxLength={SUBJECT_MOST}
        list={known}
        autocomplete="off"
        value={draft.subject}
        onInput={(event) => set({ subject: event.currentTarget.value })}
        data-test="subject"
      />
      <datalist id={known}>
        {subjectsOf(choices, register).map((subject) => (
          <option key={subject} value={subject} />
        ))}
      </datalist>
    </Field>
  );
}
