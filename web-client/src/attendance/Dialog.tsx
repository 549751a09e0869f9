import { useState } from 'preact/hooks';
import type { PlannedLessonView } from '../generated/api';
import { zone } from '../office/desk';
import { momentText, timesText } from '../office/format';
import { Modal } from '../office/Modal';
import { o } from '../office/words';
import { LessonRecord } from './LessonRecord';
import { placeText } from './text';
import { a } from './words';

/** A lesson with what became of it. */
export function RecordDialog({ lesson, onClose }: { lesson: PlannedLessonView; onClose: () => void }) {
  const day = momentText(lesson.start_ms, zone()).replace(/ .*/, '');
  const when = `${day} ${timesText(lesson, zone())}${lesson.period === null ? '' : ` · ${o('period', { n: lesson.period })}`}`;
  const parts = [when, lesson.teacher?.name, lesson.host && placeText(lesson.host)].filter(Boolean);
  return (
    <Modal title={lesson.title} onClose={onClose} wide test="record-dialog">
      <p class="record-lesson">
        <span class={`pill state-${lesson.state}`}>{o(`state.${lesson.state}`)}</span> {parts.join(' · ')}
      </p>
      {lesson.reason && <p class="office-note plain">{a('reason', { reason: lesson.reason })}</p>}
      <LessonRecord lesson={lesson} />
    </Modal>
  );
}

/** Opens what became of a lesson. */
export function RecordButton({ lesson }: { lesson: PlannedLessonView }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button small" aria-label={a('row.open', { title: lesson.title })} onClick={() => setOpen(true)} data-test="record-open">
        {a('title')}
      </button>
      {open && <RecordDialog lesson={lesson} onClose={() => setOpen(false)} />}
    </>
  );
}
