// What is being filled in for a new lesson or an entry of the timetable, and what it makes. Pure; the limits are those of the service's timetable.
import type { Entry, LessonDraft, LessonKind, Receiver } from '../generated/api';

/** Every week by the timetable, or one lesson outside of it. */
export type Repeat = 'weekly' | 'once';
/** Which weeks of the term. */
export type WeeksChoice = 'all' | 'odd' | 'even' | 'list';

export interface Draft {
  repeat: Repeat;
  subject: string;
  /** Empty: as the subject. */
  title: string;
  kind: LessonKind;
  teacher: string | null;
  assistants: readonly string[];
  /** The host's classroom. */
  room: string | null;
  receivers: readonly Receiver[];
  period: number;
  /** Every week: 1 (Monday) to 7. */
  weekday: number;
  weeks: WeeksChoice;
  /** The weeks as they are typed, for `weeks: 'list'`. */
  list: string;
  /** First and last day; empty: the term's. */
  from: string;
  to: string;
  /** Once: as `YYYY-MM-DD`. */
  day: string;
}

/** Interactive classrooms of a dedicated lesson (1 拖 4). */
export const MOST_INTERACTIVE = 4;
/** Characters. */
export const SUBJECT_MOST = 40;
export const TITLE_MOST = 200;

const CODES = { all: '全', odd: '单', even: '双' } as const;
const CHOICES: Readonly<Record<string, WeeksChoice>> = { 全: 'all', all: 'all', 单: 'odd', odd: 'odd', 双: 'even', even: 'even' };

export function emptyDraft(change: Partial<Draft> = {}): Draft {
  return {
    repeat: 'weekly',
    subject: '',
    title: '',
    kind: 'dedicated',
    teacher: null,
    assistants: [],
    room: null,
    receivers: [],
    period: 1,
    weekday: 1,
    weeks: 'all',
    list: '',
    from: '',
    to: '',
    day: '',
    ...change,
  };
}

/** An entry as it is filled in. */
export function draftOf(entry: Entry): Draft {
  const weeks = CHOICES[entry.weeks.trim().toLowerCase()] ?? 'list';
  return emptyDraft({
    subject: entry.subject,
    title: entry.title === entry.subject ? '' : entry.title,
    kind: entry.kind,
    teacher: entry.teacher,
    assistants: entry.assistants,
    room: entry.host_classroom,
    receivers: entry.receivers,
    period: entry.period,
    weekday: entry.weekday,
    weeks,
    list: weeks === 'list' ? entry.weeks : '',
    from: entry.from_day ?? '',
    to: entry.to_day ?? '',
  });
}

/** Weeks as the timetable writes them: whatever stands between them is a comma. */
export function weeksText({ weeks, list }: Pick<Draft, 'weeks' | 'list'>): string {
  if (weeks !== 'list') return CODES[weeks];
  return list
    .trim()
    .replace(/[–—~～至]/g, '-')
    .split(/[\s,，、;；]+/)
    .filter((part) => part !== '')
    .join(',');
}

/** Whether typed weeks are numbers and ranges within the term: `1-8,10,12-16单`. */
export function weeksFit(text: string, most: number): boolean {
  if (text === '') return false;
  return text.split(',').every((part) => {
    const found = /^(\d{1,2})(?:-(\d{1,2}))?(?:单|双)?$/.exec(part);
    if (!found) return false;
    const first = Number(found[1]);
    const last = Number(found[2] ?? found[1]);
    return first >= 1 && first <= last && last <= most;
  });
}

/** Receivers after one is added: interactive where the kind is and there is room. */
export function withReceiver(kind: LessonKind, receivers: readonly Receiver[], classroom: string): Receiver[] {
  if (receivers.some((one) => one.classroom === classroom)) return [...receivers];
  const interactive = kind === 'dedicated' && interactiveOf(receivers) < MOST_INTERACTIVE;
  return [...receivers, { classroom, interactive }];
}

export function interactiveOf(receivers: readonly Receiver[]): number {
  return receivers.filter(({ interactive }) => interactive).length;
}

/** Another kind: who answers in it is decided anew, and a famous school's lesson has nobody who does. */
export function withKind(draft: Draft, kind: LessonKind): Draft {
  const receivers = draft.receivers.reduce<Receiver[]>((all, { classroom }) => withReceiver(kind, all, classroom), []);
  return { ...draft, kind, receivers };
}

/** What is still missing or cannot be, in the order of the form. */
export type Lack = 'subject' | 'room' | 'teacher' | 'receivers' | 'interactive' | 'weeks' | 'span' | 'day';

export function lacksOf(draft: Draft, weeks: number): Lack[] {
  const lacks: Lack[] = [];
  if (draft.subject.trim() === '') lacks.push('subject');
  if (draft.teacher === null) lacks.push('teacher');
  if (draft.room === null) lacks.push('room');
  if (draft.kind === 'dedicated' && draft.receivers.length === 0) lacks.push('receivers');
  if (draft.kind === 'dedicated' && interactiveOf(draft.receivers) > MOST_INTERACTIVE) lacks.push('interactive');
  if (draft.repeat === 'once') return draft.day === '' ? [...lacks, 'day'] : lacks;
  if (draft.weeks === 'list' && !weeksFit(weeksText(draft), weeks)) lacks.push('weeks');
  if (draft.from !== '' && draft.to !== '' && draft.from > draft.to) lacks.push('span');
  return lacks;
}

/** Whether it can be tried for clashes already: only its names are missing. */
export function triable(lacks: readonly Lack[]): boolean {
  return lacks.every((lack) => lack === 'subject');
}

export type NewEntry = Omit<Entry, 'id' | 'version' | 'closed_ms'>;

/** The entry it makes. `unnamed` stands for the subject while it is only tried. */
export function entryOf(draft: Draft, term: string, unnamed = ''): NewEntry {
  const subject = draft.subject.trim() || unnamed;
  return {
    term,
    weekday: draft.weekday,
    period: draft.period,
    subject,
    title: draft.title.trim() || subject,
    teacher: draft.teacher ?? '',
    assistants: [...draft.assistants],
    host_classroom: draft.room ?? '',
    receivers: [...draft.receivers],
    kind: draft.kind,
    weeks: weeksText(draft),
    from_day: draft.from || null,
    to_day: draft.to || null,
  };
}

/** The lesson outside of the timetable that it makes. */
export function lessonOf(draft: Draft, times: { start_ms: number; end_ms: number }, unnamed = ''): LessonDraft {
  const { subject, title, teacher, assistants, host_classroom, receivers, kind } = entryOf(draft, '', unnamed);
  return { subject, title, teacher, assistants, host_classroom, receivers, kind, ...times };
}
