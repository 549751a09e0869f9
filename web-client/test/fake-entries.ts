// Entries of the timetable and new lessons for the fake service: made from the county's lessons, tried against them.
import { addDays, instantOf, mondayOf } from '../src/api/zone';
import type { Entry, LessonDraft, PlannedLessonView } from '../src/generated/api';
import { type County, place, ZONE } from './county';

/** One entry for each weekday and period of the county's lessons. */
export function entriesOf({ lessons }: County): Entry[] {
  const made = new Map<string, Entry>();
  for (const lesson of lessons) {
    const [weekday, period] = (lesson.entry ?? '').split('-').slice(-2).map(Number);
    if (!lesson.entry || !lesson.host || made.has(lesson.entry)) continue;
    made.set(lesson.entry, {
      id: lesson.entry,
      term: 't1',
      weekday: weekday ?? 1,
      period: period ?? 1,
      subject: lesson.subject ?? '',
      title: lesson.title,
      teacher: lesson.teacher?.id ?? '',
      assistants: [],
      host_classroom: lesson.host.classroom,
      receivers: lesson.receivers.map(({ classroom, interactive }) => ({ classroom, interactive })),
      kind: 'dedicated',
      weeks: made.size % 3 === 0 ? '全' : made.size % 3 === 1 ? '单' : '1-8,10',
      from_day: null,
      to_day: made.size % 4 === 3 ? lesson.day : null,
      closed_ms: null,
      version: 1,
    });
  }
  return [...made.values()];
}

/** A lesson as a draft describes it. */
export function lessonOfDraft(county: County, id: string, draft: LessonDraft): PlannedLessonView {
  return {
    id,
    title: draft.title ?? '',
    subject: draft.subject ?? null,
    kind: draft.kind ?? 'dedicated',
    state: 'scheduled',
    day: null,
    period: null,
    start_ms: draft.start_ms ?? 0,
    end_ms: draft.end_ms ?? 0,
    teacher: draft.teacher === undefined ? null : { id: draft.teacher, name: county.people.find((person) => person.id === draft.teacher)?.name ?? '' },
    assistants: [],
    host: draft.host_classroom === undefined ? null : place(county, draft.host_classroom),
    receivers: (draft.receivers ?? []).map(({ classroom, interactive }) => ({ ...place(county, classroom), interactive })),
    reason: null,
    changed_by_hand: true,
    entry: null,
    version: 1,
  };
}

/** The lessons of this week and the next that an entry makes. */
export function lessonsOfEntry(county: County, entry: Entry, now: number): PlannedLessonView[] {
  const school = county.classrooms.find(({ id }) => id === entry.host_classroom)?.school;
  const bell = county.bells.find((plan) => plan.school === school)?.periods.find(({ number }) => number === entry.period);
  const monday = mondayOf(new Date(now + 8 * 3_600_000).toISOString().slice(0, 10));
  return [0, 7].map((days) => {
    const day = addDays(monday, days + entry.weekday - 1);
    const times = { start_ms: instantOf(day, bell?.start_min ?? 0, ZONE), end_ms: instantOf(day, bell?.end_min ?? 40, ZONE) };
    const { subject, title, kind, teacher, host_classroom, receivers } = entry;
    const draft = { subject, title, kind, teacher, host_classroom, receivers, ...times };
    return { ...lessonOfDraft(county, `l-${entry.id}-${day}`, draft), day, period: entry.period, entry: entry.id, changed_by_hand: false };
  });
}
