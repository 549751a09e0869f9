// Figures of a term, made up the same way each time.
import type { StatisticsRow, StatisticsView } from '../src/generated/api';
import type { County } from './county';

export function statistics(made: County, query: Record<string, string>): StatisticsView {
  const names: [string, string][] =
    {
      region: made.regions.map(({ id, name }): [string, string] => [id, name]),
      alliance: made.alliances.map(({ id, name }): [string, string] => [id, name]),
      school: made.schools.map(({ id, name }): [string, string] => [id, name]),
      host_school: made.schools.slice(0, 12).map(({ id, name }): [string, string] => [id, name]),
      subject: ['信息科技', '数学', '科学', '美术', '英语', '语文', '音乐'].map((name): [string, string] => [name, name]),
      teacher: made.people.filter(({ id }) => /-t[1-5]$/.test(id)).map(({ id, name }): [string, string] => [id, name]),
      week: Array.from({ length: 18 }, (_, i): [string, string] => [String(i + 1), String(i + 1)]),
    }[query.by ?? 'alliance'] ?? [];
  const rows = names.map(([key, name], i) => row(key, name, i, query.by === 'week' && i > 7 ? 0 : 60 + ((i * 37) % 80)));
  return { total: row('', '', 3, 1240), rows };
}

function row(key: string, name: string, i: number, planned: number): StatisticsRow {
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
      fault_minutes: 0,
      headcount: 0,
      classrooms: 0,
      covered: 0,
      lessons: null,
    };
  const delivered = Math.round(planned * (i % 9 === 4 ? 0.58 : 0.84 + ((i * 7) % 15) / 100));
  return {
    key,
    name,
    planned,
    delivered,
    opening_rate: delivered / planned,
    punctuality: 0.9 + ((i * 3) % 9) / 100,
    coverage: Math.min(1, 0.86 + ((i * 5) % 16) / 100),
    interaction: 0.5 + ((i * 11) % 40) / 100,
    cancelled: (i * 3) % 7,
    fault_minutes: (i * 13) % 90,
    headcount: delivered * 27,
    classrooms: 20,
    covered: 18,
    lessons: Math.ceil(planned / 3),
  };
}
