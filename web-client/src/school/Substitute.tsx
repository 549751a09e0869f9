import { useState } from 'preact/hooks';
import { Field, Form } from '../office/Modal';
import { Picker } from '../office/Picker';
import { Checked, useCheck } from './Checked';
import { change } from './change';
import { type ActProps, Reason } from './LessonDialog';
import { peopleOptions } from './register';
import { w } from './words';

/** Another teacher of the school: tried while it is chosen, made with a reason. */
export function Substitute({ lesson, register, send, done, onCancel }: ActProps) {
  const [teacher, setTeacher] = useState<string | null>(null);
  const [reason, setReason] = useState('');
  const other = teacher !== null && teacher !== lesson.teacher?.id;
  const found = useCheck(lesson, other ? { teacher } : null);
  return (
    <Form
      send={w('substitute.send')}
      disabled={!other || found?.kind === 'clash' || reason.trim() === ''}
      onCancel={onCancel}
      onSend={() =>
        send(async () => {
          if (teacher === null) return;
          const fresh = await change(lesson, { teacher, reason: reason.trim() });
          done(w('substitute.done', { name: fresh.teacher?.name ?? '', title: lesson.title }));
        })
      }
      test="substitute-form"
    >
      <Field label={w('substitute.heading')} {...(teacher !== null && !other ? { hint: w('substitute.same') } : {})}>
        <Picker options={peopleOptions(register.people)} value={teacher} onPick={setTeacher} label={w('substitute.heading')} test="substitute" />
      </Field>
      <Checked found={found} trying={other} />
      <Reason label={w('substitute.reason')} value={reason} onInput={setReason} />
    </Form>
  );
}
