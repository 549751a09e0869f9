// Figures of a term, made up the same way each time.
import type { DeliveryLine, Page, StatisticsRow, StatisticsView } from '../src/generated/api';
import type { County } from './county';

/** What the service answers; null: it refuses, for regions and alliances are the receivers' and not to be told of what one school taught. */
export function statistics(made: County, query: Record<string, string>): StatisticsView | null {
  const host = query.host_school;
  if (host && /^(region|alliance)$/.test(query.by ?? '')) return null;
  const ofHost = ({ id }: { id: string }) => !host || id.startsWith(`${host}-`);
  const receivers = host ? made.schools.slice(2, 9) : made.schools;
  const names: [string, string][] =
    {
      region: made.regions.map(({ id, name }): [string, string] => [id, name]),
      alliance: made.alliances.map(({ id, name }): [string, string] => [id, name]),
      school: receivers.filter(({ id }) => !query.school || id === query.school).map(({ id, name }): [string, string] => [id, name]),
      host_school: made.schools.slice(0, 12).map(({ id, name }): [string, string] => [id, name]),
      subject: ['信息科技', '数学', '科学', '美术', '英语', '语文', '音乐'].map((name): [string, string] => [name, name]),
      teacher: made.people.filter((person) => /-t[1-5]$/.test(person.id) && ofHost(person)).map(({ id, name }): [string, string] => [id, name]),
      week: Array.from({ length: 18 }, (_, i): [string, string] => [String(i + 1), String(i + 1)]),
    }[query.by ?? 'alliance'] ?? [];
  const ofWho = Boolean(host ?? query.teacher);
  const who = ofWho || query.by === 'teacher' || query.by === 'host_school';
  const rows = names.map(([key, name], i) => row(key, name, i, query.by === 'week' && i > 7 ? 0 : 60 + ((i * 37) % 80), who));
  return { total: row('', '', 3, 1240, ofWho), rows };
}

/** Nothing is over yet. */
export const NO_STATISTICS: StatisticsView = { total: row('', '', 0, 0, false), rows: [] };

function row(key: string, name: string, i: number, planned: number, who: boolean): StatisticsRow {
  if (planned === 0)
    return {
      key,
      name,
      planned,
      delivered: 0,
      opening_rate: null,
      punctuality: null,
      coverage: null,
      interaction: null,
      cancelled: 0,
      power: 0,
      network: 0,
      absent: 0,
      host: 0,
      fault_minutes: 0,
      headcount: 0,
      classrooms: 0,
      covered: 0,
      lessons: null,
    };
  const delivered = Math.round(planned * (i % 9 === 4 ? 0.58 : 0.84 + ((i * 7) % 15) / 100));
  const missed = planned - delivered;
  const cancelled = Math.min(missed, (i * 3) % 7);
  const [power, absent, host] = [0.1, 0.3, 0.05].map((share) => Math.floor((missed - cancelled) * share)) as [number, number, number];
  return {
    key,
    name,
    planned,
    delivered,
    opening_rate: delivered / planned,
    punctuality: 0.9 + ((i * 3) % 9) / 100,
    coverage: Math.min(1, 0.86 + ((i * 5) % 16) / 100),
    interaction: 0.5 + ((i * 11) % 40) / 100,
    cancelled,
    power,
    network: missed - cancelled - power - absent - host,
    absent,
    host,
    fault_minutes: (i * 13) % 90,
    headcount: delivered * 27,
    classrooms: 20,
    covered: 18,
    lessons: who ? Math.ceil(planned / 3) : null,
  };
}

/** Why, one after the other. */
const WHY = ['network', 'absent', 'power', 'network', 'cancelled', 'host', 'absent'];

/** Lessons that are over and were not delivered, the newest first. */
export function missed(made: County, query: Record<string, string>, now: number): Page<DeliveryLine> {
  const over = made.lessons.filter(({ end_ms }) => end_ms < now).sort((a, b) => b.start_ms - a.start_ms || (a.id < b.id ? 1 : -1));
  const all = over.flatMap((lesson) => {
    const planned_s = (lesson.end_ms - lesson.start_ms) / 1000;
    return lesson.receivers.map(({ interactive: _, ...place }, i): DeliveryLine => {
      const cause = WHY[(lesson.start_ms / 60_000 + lesson.id.length + i) % WHY.length] as string;
      const received_s = cause === 'network' || cause === 'power' ? planned_s - 1410 : 0;
      const { id, title, start_ms, period, host, teacher } = lesson;
      return { lesson: id, title, start_ms, period, host, place, teacher, cause, planned_s, received_s, sent_s: received_s / 2 };
    });
  });
  const subjects = new Map(made.lessons.map(({ id, subject }) => [id, subject]));
  const found = all.filter(
    ({ lesson, cause, host, place, teacher }) =>
      (!query.cause || query.cause === 'any' || query.cause === cause) &&
      (!query.school || query.school === place.school) &&
      (!query.host_school || query.host_school === host?.school) &&
      (!query.teacher || query.teacher === teacher?.id) &&
      (!query.subject || query.subject === subjects.get(lesson)),
  );
  const from = Number(query.cursor ?? 0);
  const to = from + Number(query.limit ?? 200);
  return { items: found.slice(from, to), next: to < found.length ? String(to) : null };
}
