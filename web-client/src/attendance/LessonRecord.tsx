import { useEffect } from 'preact/hooks';
import type { AttendanceView, Page, PlannedLessonView } from '../generated/api';
import { api, serverNow } from '../office/desk';
import { Loaded, useLoad } from '../office/load';
import { spanOf } from './bar';
import { Classroom } from './Classroom';
import { byNeed, sumOf } from './verdict';
import { a } from './words';

/** What is not decided is read again this often. */
const EVERY_MS = 15_000;

/** What became of a lesson (课堂记录): who came, what reached whom, and why it did not where it did not. */
export function LessonRecord({ lesson }: { lesson: PlannedLessonView }) {
  const path = `/lessons/${encodeURIComponent(lesson.id)}/attendance`;
  const record = useLoad(async () => ({ rows: (await api.get<Page<AttendanceView>>(path)).items, at: serverNow() }), [path]);
  const open = lesson.state !== 'cancelled' && record.value?.rows.some(({ delivery }) => delivery === null) === true;
  useEffect(() => {
    if (!open) return;
    const timer = setInterval(() => document.visibilityState === 'visible' && record.again(), EVERY_MS);
    return () => clearInterval(timer);
  }, [open]);
  return (
    <section class="record" aria-label={a('title')} data-test="record">
      <h3>{a('title')}</h3>
      <Loaded load={record}>{({ rows, at }) => <Rows lesson={lesson} rows={rows} now={at} onCounted={record.again} />}</Loaded>
    </section>
  );
}

interface RowsProps {
  lesson: PlannedLessonView;
  rows: readonly AttendanceView[];
  now: number;
  onCounted: () => void;
}

function Rows({ lesson, rows, now, onCounted }: RowsProps) {
  const nothing = nothingText(lesson, rows, now);
  if (nothing !== null) {
    return (
      <p class="office-note plain" data-test="record-empty">
        {nothing}
      </p>
    );
  }
  const span = spanOf(lesson, rows, now);
  return (
    <>
      <p class="record-sum" data-test="record-sum">
        {sumText(lesson, rows)}
      </p>
      <p class="muted small-text">{a('rule')}</p>
      {byNeed(rows, lesson, now).map((row) => (
        <Classroom key={row.place.classroom} lesson={lesson} row={row} span={span} now={now} onCounted={onCounted} />
      ))}
    </>
  );
}

/** Why there is nothing to show; null: there is. */
function nothingText(lesson: PlannedLessonView, rows: readonly AttendanceView[], now: number): string | null {
  if (lesson.receivers.length === 0) return a('empty.none');
  if (rows.length === 0) return a('empty.hidden');
  if (rows.some(({ intervals, delivery }) => intervals.length > 0 || (delivery && delivery.cause !== 'cancelled'))) return null;
  if (lesson.state === 'cancelled') return a('empty.cancelled');
  if (lesson.state === 'scheduled' || lesson.state === 'open') return a(lesson.start_ms > now ? 'empty.early' : 'empty.late');
  return null;
}

function sumText(lesson: PlannedLessonView, rows: readonly AttendanceView[]): string {
  const { delivered, failed, open, heads } = sumOf(rows);
  const hidden = lesson.receivers.length - rows.length;
  const parts = [
    a('sum', { all: rows.length }),
    delivered > 0 && a('sum.delivered', { n: delivered }),
    failed > 0 && a('sum.failed', { n: failed }),
    open > 0 && a('sum.open', { n: open }),
    heads !== null && a('sum.heads', { n: heads }),
    hidden > 0 && a('sum.part', { n: hidden }),
  ];
  return parts.filter((part) => part !== false).join(' · ');
}
