import { describe, expect, test } from 'vitest';
import type { Entry } from '../../src/generated/api';
import {
  draftOf,
  emptyDraft,
  entryOf,
  interactiveOf,
  lacksOf,
  lessonOf,
  MOST_INTERACTIVE,
  triable,
  weeksFit,
  weeksText,
  withKind,
  withReceiver,
} from '../../src/school/draft';

const whole = emptyDraft({ subject: '英语', teacher: 't', room: 'r', receivers: [{ classroom: 'a', interactive: true }], day: '2026-11-25' });

describe('weeks', () => {
  test.each([
    ['all', '', '全'],
    ['odd', '', '单'],
    ['even', '9', '双'],
    ['list', ' 1–8， 10、12～16单 ', '1-8,10,12-16单'],
  ] as const)('%s %s is written as the timetable writes it', (weeks, list, text) => expect(weeksText({ weeks, list })).toBe(text));

  test('typed weeks lie in the term and run forwards', () => {
    for (const text of ['1', '1-8,10', '3-20', '1-16单']) expect(weeksFit(text, 20), text).toBe(true);
    for (const text of ['', '0', '21', '8-1', '1-', 'x', '1,,2', '1-8,30']) expect(weeksFit(text, 20), text).toBe(false);
  });
});

describe('receivers', () => {
  test('the fifth classroom of a dedicated lesson listens; one is not added twice', () => {
    const rooms = ['a', 'b', 'c', 'd', 'e', 'e'];
    const all = rooms.reduce<ReturnType<typeof withReceiver>>((some, room) => withReceiver('dedicated', some, room), []);
    expect(all.map(({ interactive }) => interactive)).toEqual([true, true, true, true, false]);
    expect(interactiveOf(all)).toBe(MOST_INTERACTIVE);
  });

  test('in a famous school’s lesson nobody answers; back again they do', () => {
    const famous = withKind(whole, 'famous_school');
    expect(interactiveOf(famous.receivers)).toBe(0);
    expect(interactiveOf(withKind(famous, 'dedicated').receivers)).toBe(1);
  });
});

describe('what is missing', () => {
  test('in the order of the form; a subject is not needed for a try', () => {
    expect(lacksOf(emptyDraft(), 20)).toEqual(['subject', 'teacher', 'room', 'receivers']);
    expect(lacksOf(whole, 20)).toEqual([]);
    expect(triable(lacksOf({ ...whole, subject: ' ' }, 20))).toBe(true);
    expect(triable(lacksOf({ ...whole, teacher: null }, 20))).toBe(false);
  });

  test('only a dedicated lesson needs somebody who receives it', () => {
    expect(lacksOf({ ...whole, kind: 'famous_teacher', receivers: [] }, 20)).toEqual([]);
    const five = ['a', 'b', 'c', 'd', 'e'].map((classroom) => ({ classroom, interactive: true }));
    expect(lacksOf({ ...whole, receivers: five }, 20)).toEqual(['interactive']);
    expect(lacksOf({ ...whole, kind: 'famous_teacher', receivers: five }, 20)).toEqual([]);
  });

  test('weeks and span matter every week, the day once', () => {
    const odd = { ...whole, weeks: 'list' as const, list: '40', from: '2026-11-02', to: '2026-11-01', day: '' };
    expect(lacksOf(odd, 20)).toEqual(['weeks', 'span']);
    expect(lacksOf({ ...odd, repeat: 'once' }, 20)).toEqual(['day']);
  });
});

describe('what it makes', () => {
  test('an entry: no title is the subject, empty days are the term’s', () => {
    const entry = entryOf({ ...whole, weekday: 3, period: 2, to: '2026-12-31' }, 't1');
    expect(entry).toEqual({
      term: 't1',
      weekday: 3,
      period: 2,
      subject: '英语',
      title: '英语',
      teacher: 't',
      assistants: [],
      host_classroom: 'r',
      receivers: [{ classroom: 'a', interactive: true }],
      kind: 'dedicated',
      weeks: '全',
      from_day: null,
      to_day: '2026-12-31',
    });
  });

  test('an entry that is looked at and saved is the same', () => {
    for (const weeks of ['全', '单', '双', '1-8,10']) {
      const entry: Entry = { ...entryOf({ ...whole, title: '五年级英语' }, 't1'), weeks, id: 'e', version: 3, closed_ms: null };
      expect({ ...entry, ...entryOf(draftOf(entry), 't1') }).toEqual(entry);
    }
  });

  test('a lesson has its moments and no week', () => {
    const lesson = lessonOf(whole, { start_ms: 1, end_ms: 2 }, 'x');
    expect(lesson).toMatchObject({ start_ms: 1, end_ms: 2, title: '英语' });
    expect(lesson).not.toHaveProperty('weeks');
    expect(lessonOf({ ...whole, subject: '' }, { start_ms: 1, end_ms: 2 }, '新课').title).toBe('新课');
  });
});
