import { describe, expect, test } from 'vitest';
import type { Person, School } from '../../src/generated/api';
import { assistantOptions, type Choices, pairedWith, receivedBy, receiverOptions, subjectsOf, teacherOptions, unseenRooms } from '../../src/school/choices';
import { emptyDraft } from '../../src/school/draft';
import { namedEntries } from '../../src/school/Entries';
import type { Register } from '../../src/school/register';
import { county, LONG_SCHOOL } from '../county';
import { entriesOf } from '../fake-entries';

const NOW = Date.UTC(2026, 10, 25, 2);
const all = county(NOW);
const choices: Choices = { rooms: all.classrooms, people: all.people, pairings: all.pairings };
const register: Register = {
  school: all.schools[0] as School,
  schools: all.schools,
  rooms: all.classrooms.filter(({ school }) => school === 's1'),
  people: all.people.filter(({ school }) => school === 's1'),
  terms: all.terms,
  bells: all.bells.filter(({ school }) => school === 's1'),
  allowed: { may: () => true, gives: () => true, above: () => true },
};
const term = all.terms[0];
if (!term) throw new Error('no term');

describe('what is chosen from', () => {
  test('every classroom but the host’s may receive', () => {
    const ids = receiverOptions(choices, register, 's1-r1').map(({ id }) => id);
    expect(ids.length).toBe(all.classrooms.length - 1);
    expect(ids).not.toContain('s1-r1');
  });

  test('who teaches does not assist; the own school comes first', () => {
    const options = assistantOptions(choices, register, [], 'chen');
    expect(options.map(({ id }) => id)).not.toContain('chen');
    expect(options[0]?.more).toContain(register.school.name);
  });

  test('a school sees those who assist where a lesson of its is received, by name and school alone', () => {
    const own: Choices = { ...choices, people: register.people };
    const receivers = ['s1-r2', 's2-r2', 's2-r3', 's6-r3'].map((classroom) => ({ classroom, interactive: true }));
    expect(unseenRooms(own, { receivers }).map(({ id }) => id)).toEqual(['s2-r2', 's2-r3', 's6-r3']);
    expect(unseenRooms(choices, { receivers })).toEqual([]);
    const guests = [
      { id: 'x', name: '王二', school: 's6' },
      { id: 'y', name: '李一', school: 's2' },
    ];
    const options = assistantOptions(own, register, guests, null);
    expect(options.slice(-2)).toEqual([
      { id: 'y', name: '李一', more: all.schools[1]?.name },
      { id: 'x', name: '王二', more: LONG_SCHOOL },
    ]);
    expect(assistantOptions(own, register, guests, 'x').map(({ id }) => id)).not.toContain('x');
  });

  test('a guest who teaches already stays to be seen', () => {
    const guest = all.people.find(({ school }) => school === 's2') as Person;
    expect(teacherOptions(choices, register, guest.id)[0]?.id).toBe(guest.id);
    expect(teacherOptions(choices, register, null).length).toBe(register.people.length);
  });

  test('pairings of the subject where there are any, else all of the host’s', () => {
    const ours = all.pairings.filter(({ host_classroom }) => host_classroom === 's1-r1');
    const subject = ours[0]?.subject ?? '';
    expect(pairedWith(choices, term, { room: 's1-r1', subject: '天文' }).length).toBe(ours.length);
    expect(pairedWith(choices, term, { room: 's1-r1', subject })).toEqual(ours.filter((one) => one.subject === subject).map((one) => one.receiving_classroom));
    expect(pairedWith(choices, { ...term, id: 'other' }, { room: 's1-r1', subject })).toEqual([]);
    expect(subjectsOf(choices, register)).toContain(subject);
  });

  test('receivers are known by their schools', () => {
    const receivers = [
      { classroom: 's2-r2', interactive: true },
      { classroom: 'gone', interactive: false },
    ];
    expect(receivedBy(choices, register, emptyDraft({ receivers })).receivers).toEqual([{ school: 's2', school_name: all.schools[1]?.name }]);
  });
});

test('entries of the school, taught or received, by weekday and period', () => {
  const rows = namedEntries(entriesOf(all), register, choices);
  const order = rows.map(({ entry }) => entry.weekday * 100 + entry.period);
  expect(order).toEqual([...order].sort((a, b) => a - b));
  expect(rows.some(({ ours }) => ours) && rows.some(({ ours }) => !ours)).toBe(true);
  for (const { entry } of rows)
    expect([entry.host_classroom, ...entry.receivers.map(({ classroom }) => classroom)].some((id) => id.startsWith('s1-'))).toBe(true);
});
