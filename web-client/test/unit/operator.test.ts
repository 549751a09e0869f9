import { describe, expect, test } from 'vitest';
import type { LessonOverview, LessonView, ParticipantStats } from '../../src/generated/protocol';
import { scaleOf } from '../../src/operator/chart';
import { arrange, badness, grow, type LessonHistory, lossLevel, RECOVERED, rttLevel, SECONDS, TROUBLED } from '../../src/operator/history';
import { placesOf } from '../../src/operator/places';
import { bitsText, clockText, shareText } from '../../src/ui/format';
import { lessonView, participant } from '../fake-server';

const stat = (id: string, change: Partial<ParticipantStats> = {}): ParticipantStats => ({
  participant: id,
  up_bps: 100,
  down_bps: 200,
  up_loss: 0,
  down_loss: 0,
  rtt_ms: 20,
  speech_ms: 0,
  layers: [],
  path: 'udp',
  ...change,
});
const overview = (...stats: ParticipantStats[]): LessonOverview => ({
  lesson: lessonView({ id: 'l', title: 't', live_since_ms: 1 }),
  host_school: '城关实验小学',
  participants: ['h', 'c1', 'c2', 'c10'].map((id) => participant(id, id === 'h' ? { role: 'host' } : {})),
  stats,
});
const poll = (...polls: LessonOverview[]): LessonHistory => {
  let all = new Map<string, LessonHistory>();
  for (const one of polls) all = grow(all, [one]);
  return all.get('l') as LessonHistory;
};

describe('history', () => {
  test('grows by a point a poll, for everybody, and keeps a minute', () => {
    const history = poll(...Array.from({ length: SECONDS + 5 }, (_, i) => overview(stat('h', { up_bps: i }))));
    expect(history.rows[0]?.points.length).toBe(SECONDS);
    expect(history.rows[0]?.points[SECONDS - 1]).toEqual({ up: SECONDS + 4, down: 200 });
    expect(history.rows[1]?.points[SECONDS - 1]).toEqual({ up: 0, down: 0 });
    expect(history.totals.length).toBe(SECONDS);
  });

  test('sums everybody', () => {
    expect(poll(overview(stat('h'), stat('c1', { up_bps: 5 }))).totals).toEqual([{ up: 105, down: 400 }]);
  });

  test('forgets a lesson that is over', () => {
    const before = grow(new Map(), [overview()]);
    expect(grow(before, []).size).toBe(0);
  });
});

describe('places on the board', () => {
  const places = (lessons: readonly LessonOverview[], filter = '') => {
    const { cards, empty } = placesOf(grow(new Map(), lessons).values(), filter);
    return [cards, empty].map((list) => list.map(({ overview }) => overview.lesson.id).join(' '));
  };
  const one = (id: string, change: Partial<LessonView> = {}, ...stats: ParticipantStats[]): LessonOverview => ({
    ...overview(...stats),
    lesson: lessonView({ id, title: `课 ${id}`, ...change }),
  });
  const nobody = { participants: [], stats: [] };

  test('live before open, trouble foremost, then as the timetable has it; empty open ones apart', () => {
    const lessons = [
      { ...one('e', { state: 'open' }), ...nobody },
      one('o', { state: 'open' }),
      one('late', { planned_start_ms: 9 }),
      one('early', { planned_start_ms: 5, state: 'paused' }),
      one('bad', { planned_start_ms: 9 }, stat('c1', { down_loss: 0.2 })),
      { ...one('started', { planned_start_ms: 7 }), ...nobody },
    ];
    expect(places(lessons)).toEqual(['bad early started late o', 'e']);
    expect(places([...lessons].reverse())).toEqual(['bad early started late o', 'e']);
    expect(places(lessons, '课 LATE')).toEqual(['late', '']);
    expect(places(lessons, 'c10')[1]).toBe('');
    // Also where nobody has come yet, and where no school is known.
    expect(places([...lessons, { ...one('x'), host_school: null }], '城关')).toEqual(['bad early started late o', 'e']);
  });

  test('trouble counts once it stays, and is over once it stays away', () => {
    const bad = overview(stat('c1', { down_loss: 0.2 }));
    const good = overview(stat('c1'));
    const times = (n: number, what: LessonOverview) => Array.from({ length: n }, () => what);
    expect(poll(good, ...times(TROUBLED - 1, bad)).trouble.is).toBe(false);
    expect(poll(good, ...times(TROUBLED - 1, bad), good, bad).trouble.is).toBe(false);
    expect(poll(good, ...times(TROUBLED, bad)).trouble.is).toBe(true);
    expect(poll(bad, ...times(RECOVERED - 1, good)).trouble.is).toBe(true);
    expect(poll(bad, ...times(RECOVERED, good)).trouble.is).toBe(false);
  });
});

describe('order', () => {
  const rows = (() => {
    const history = poll({
      ...overview(stat('h', { rtt_ms: 300 }), stat('c1', { down_loss: 0.1 }), stat('c2'), stat('c10', { up_bps: 900 })),
    });
    return history.rows.map((row) => (row.participant.id === 'c2' ? { ...row, participant: { ...row.participant, online: false } } : row));
  })();
  const ids = (column: Parameters<typeof arrange>[2], filter = '') => arrange(rows, filter, column).map((row) => row.participant.id);

  test('worst first: who is away, then losses, then delays', () => {
    expect(ids('worst')).toEqual(['c2', 'c1', 'h', 'c10']);
    expect(badness(rows[2] as (typeof rows)[number])).toBe(4);
  });

  test('names in the order people count', () => expect(ids('name')).toEqual(['c1', 'c2', 'c10', 'h']));
  test('figures with the largest first', () => expect(ids('up')[0]).toBe('c10'));
  test('only names that match', () => expect(ids('worst', ' C1')).toEqual(['c1', 'c10']));
});

test('limits', () => {
  expect([0.02, 0.021, 0.05, 0.051].map(lossLevel)).toEqual(['good', 'fair', 'fair', 'poor']);
  expect([null, 200, 201, 400, 401].map(rttLevel)).toEqual(['good', 'good', 'fair', 'fair', 'poor']);
});

test('scales are round and hold the largest value', () => {
  expect(scaleOf([{ up: 0, down: 0 }])).toBe(1_000);
  expect(scaleOf([{ up: 1_200_000, down: 3 }])).toBe(2_000_000);
  expect(scaleOf([{ up: 0, down: 5_000_001 }])).toBe(10_000_000);
});

test('figures as people read them', () => {
  expect([0, 64_000, 999_499, 999_500, 1_650_000, 12_300_000, 2e9].map(bitsText)).toEqual(['0', '64 k', '999 k', '1.0 M', '1.6 M', '12 M', '2.0 G']);
  expect([0, 0.0004, 0.004, 0.123].map(shareText)).toEqual(['0 %', '0 %', '0.4 %', '12 %']);
  expect([null, 0, 65, 3723].map(clockText)).toEqual(['--:--', '00:00', '01:05', '1:02:03']);
});
