// A county as it could be: 12 alliances, 40 schools with about 300 classrooms, their people, bells, a term with its holidays, and a timetable.
// Made anew for the week of `now`, always the same way.
import { addDays, instantOf, mondayOf, wallOf, weekdayOf } from '../src/api/zone';
import type {
  Alliance,
  BellPlan,
  Classroom,
  DeviceView,
  GrantView,
  Pairing,
  Person,
  Place,
  PlannedLessonView,
  Region,
  School,
  Term,
} from '../src/generated/api';

export const ZONE = 'Asia/Shanghai';

const TOWNS = [
  '城关',
  '青石岭',
  '白马河',
  '红旗',
  '石门坎',
  '云雾山',
  '柳树沟',
  '三岔口',
  '大湾',
  '长岭',
  '黄土坡',
  '清水河',
  '新店',
  '马家营',
  '双桥',
  '龙泉',
  '杏花',
  '沙坪',
  '松林',
  '花园',
];
const SUBJECTS = ['英语', '音乐', '美术', '科学', '信息科技', '语文', '数学'];
const SURNAMES = [...'王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗'];
const GIVEN = ['晓梅', '建国', '雪琴', '志强', '丽华', '海燕', '文博', '玉兰', '子涵', '春生', '明霞', '国栋'];

export interface Account {
  password: string;
  mustChange: boolean;
  secondFactor: 'not_needed' | 'to_be_set_up' | 'set' | 'unproven';
}

/** Everything the fake service keeps. */
export interface County {
  regions: Region[];
  schools: School[];
  classrooms: Classroom[];
  alliances: Alliance[];
  pairings: Pairing[];
  terms: Term[];
  bells: BellPlan[];
  people: Person[];
  accounts: Record<string, Account>;
  grants: GrantView[];
  devices: DeviceView[];
  lessons: PlannedLessonView[];
}

/** A lesson outside its school's name, and a name that would be markup if it were not text. */
export const LONG_SCHOOL = '内蒙古自治区呼伦贝尔市鄂伦春自治旗大杨树镇中心校双语实验教学点';
export const HTML_NAME = '<img src=x onerror=alert(1)>老师';

export function county(now: number): County {
  const today = wallOf(now, ZONE).day;
  const monday = mondayOf(today);
  const made: County = {
    regions: [{ id: 'qs', parent: null, level: 'county', name: '青山县', version: 1 }],
    schools: schools(),
    classrooms: [],
    alliances: [],
    pairings: [],
    terms: [term(monday)],
    bells: [],
    people: [],
    accounts: {},
    grants: [],
    devices: [],
    lessons: [],
  };
  for (const school of made.schools) {
    const rooms = school.kind === 'main' ? 12 : 4;
    for (let n = 1; n <= rooms; n += 1) made.classrooms.push(classroom(school, n));
    made.bells.push(bells(school));
  }
  made.alliances = alliances(made.schools, monday);
  people(made);
  made.pairings = pairings(made);
  made.lessons = lessons(made, monday, now);
  made.devices = devices(made, now);
  return made;
}

function schools(): School[] {
  return Array.from({ length: 40 }, (_, i) => {
    const main = i % 2 === 0;
    const name = i === 5 ? LONG_SCHOOL : `${TOWNS[i >> 1]}${main ? (i === 0 ? '实验小学' : '镇中心小学') : '教学点'}`;
    return { id: `s${i + 1}`, name, kind: main ? 'main' : 'point', region: 'qs', uplink_kbit: main ? 100_000 : 20_000, closed_ms: null, version: 1 };
  });
}

function classroom(school: School, n: number): Classroom {
  const recording = school.kind === 'main' && n === 1;
  const name = recording
    ? '录播教室'
    : school.kind === 'main'
      ? `${'一二三四五六'[(n - 2) % 6]}（${1 + Math.floor((n - 2) / 6)}）班`
      : `${'三四五六'[n - 1]}年级`;
  return { id: `${school.id}-r${n}`, school: school.id, name, kind: recording ? 'recording' : 'ordinary', closed_ms: null, version: 1 };
}

/** Teaching points begin 20 minutes later: their periods meet those of the main schools for 20 minutes only. */
function bells(school: School): BellPlan {
  const late = school.kind === 'point' ? 20 : 0;
  const starts = [500, 550, 620, 670, 860, 910];
  return {
    id: `${school.id}-b`,
    school: school.id,
    name: '秋冬作息',
    from_day: null,
    to_day: null,
    periods: starts.map((start, i) => ({ number: i + 1, start_min: start + late, end_min: start + late + 40 })),
    version: 1,
  };
}

function term(monday: string): Term {
  return {
    id: 't1',
    region: 'qs',
    name: '2026—2027学年第一学期',
    first_day: addDays(monday, -7 * 7),
    last_day: addDays(monday, 7 * 11 - 1),
    days: [
      { day: addDays(monday, 4), kind: 'holiday', weekday: null, week: null, name: '县运动会' },
      { day: addDays(monday, 5), kind: 'make_up', weekday: 5, week: null, name: '补周五的课' },
    ],
    version: 1,
  };
}

function alliances(all: School[], monday: string): Alliance[] {
  return Array.from({ length: 12 }, (_, i) => {
    const lead = all[i * 2] as School;
    const others = [i === 3 ? all[0] : undefined, all[i * 2 + 1], all[(i * 2 + 25) % 40], all[(i * 2 + 27) % 40]].filter(
      (school): school is School => school !== undefined,
    );
    const from_day = addDays(monday, -120);
    return {
      id: `a${i + 1}`,
      region: 'qs',
      name: `${lead.name.replace(/镇?中心小学|实验小学/, '')}教育联盟`,
      members: [
        { school: lead.id, role: 'lead', from_day, to_day: null },
        ...others.map((school, n) => ({ school: school.id, role: n === 0 ? ('paired' as const) : ('collaborating' as const), from_day, to_day: null })),
      ],
      closed_ms: null,
      version: 1,
    };
  });
}

function person(made: County, id: string, name: string, school: string | null, role: GrantView['role'], change: Partial<Account> = {}): Person {
  const made1: Person = { id, login: id, name, school, region: school === null ? 'qs' : null, closed_ms: null, version: 1 };
  made.people.push(made1);
  made.accounts[id] = { password: 'correct horse', mustChange: false, secondFactor: 'not_needed', ...change };
  const scope = school === null ? ('region' as const) : ('school' as const);
  const scope_name = school === null ? '青山县' : (made.schools.find((s) => s.id === school)?.name ?? null);
  made.grants.push({ id: `g-${id}`, person: id, role, scope, scope_id: school ?? 'qs', from_ms: 0, to_ms: null, granted_by: null, scope_name });
  return made1;
}

/** Somebody of no school with a role in a scope. */
export function newcomer(made: County, id: string, role: GrantView['role'], scope: GrantView['scope'], scope_id: string): void {
  person(made, id, `${id}老师`, null, role);
  const grant = made.grants.at(-1);
  const places = [...made.schools, ...made.alliances, ...made.regions];
  if (grant) Object.assign(grant, { scope, scope_id, scope_name: places.find((place) => place.id === scope_id)?.name ?? null });
}

function people(made: County): void {
  for (const [s, school] of made.schools.entries())
    for (let n = 0; n < (school.kind === 'main' ? 8 : 3); n += 1)
      person(
        made,
        `${school.id}-t${n + 1}`,
        `${SURNAMES[(s * 3 + n) % 20]}${GIVEN[(s + n * 5) % 12]}`,
        school.id,
        n === 7 || (school.kind === 'point' && n > 0) ? 'assistant' : 'teacher',
      );
  person(made, 's1-html', HTML_NAME, 's1', 'teacher');
  person(made, 'chen', '陈晓梅', 's1', 'teacher');
  person(made, 'admin', '马国栋', 's1', 'school_admin', { secondFactor: 'set' });
  person(made, 'fresh', '林新', 's1', 'school_admin', { mustChange: true, secondFactor: 'to_be_set_up' });
  person(made, 'op', '何海燕', null, 'county_operator', { secondFactor: 'set' });
}

function pairings(made: County): Pairing[] {
  return made.alliances.flatMap((alliance, i) => {
    const host = `${alliance.members[0]?.school}-r1`;
    return alliance.members.slice(1).map((member, n) => ({
      id: `p${i + 1}-${n + 1}`,
      host_classroom: host,
      receiving_classroom: `${member.school}-r${member.school === made.schools[0]?.id ? 1 : 2}`,
      subject: SUBJECTS[(i + n) % 3] ?? '英语',
      term: 't1',
      from_day: null,
      to_day: null,
      version: 1,
    }));
  });
}

export function place(made: County, room: string): Place {
  const found = made.classrooms.find(({ id }) => id === room) as Classroom;
  return { classroom: room, name: found.name, school: found.school, school_name: made.schools.find(({ id }) => id === found.school)?.name ?? '' };
}

/** Three weeks of lessons: the one before, the present, the next. */
function lessons(made: County, monday: string, now: number): PlannedLessonView[] {
  const out: PlannedLessonView[] = [];
  for (const [a, alliance] of made.alliances.entries()) {
    const [host, ...others] = alliance.members.map(({ school }) => school);
    for (let d = -7; d < 14; d += 1) {
      const day = addDays(monday, d);
      const special = made.terms[0]?.days.find((other) => other.day === day);
      const weekday = special?.kind === 'make_up' ? (special.weekday ?? 5) : weekdayOf(day);
      if (special?.kind === 'holiday' || weekday > 5) continue;
      for (const period of [1 + ((a + weekday) % 3), 4 + (weekday % 2)]) {
        const bell = made.bells.find(({ school }) => school === host)?.periods[period - 1];
        if (!bell || !host) continue;
        const subject = SUBJECTS[(a + weekday + period) % SUBJECTS.length] ?? '英语';
        const start_ms = instantOf(day, bell.start_min, ZONE);
        const end_ms = instantOf(day, bell.end_min, ZONE);
        const teacher = a === 0 && period > 3 ? 'chen' : `${host}-t${1 + ((weekday + period) % 5)}`;
        out.push({
          id: `l-${alliance.id}-${day}-${period}`,
          title: `${'三四五六'[(a + period) % 4]}年级${subject}`,
          subject,
          kind: 'dedicated',
          state: end_ms < now ? 'ended' : start_ms <= now ? 'live' : start_ms - 600_000 <= now ? 'open' : 'scheduled',
          day,
          period,
          start_ms,
          end_ms,
          teacher: { id: teacher, name: made.people.find(({ id }) => id === teacher)?.name ?? teacher },
          assistants: [],
          host: place(made, `${host}-r1`),
          receivers: others.slice(0, 2 + (a % 2)).map((school) => ({ ...place(made, `${school}-r${2 + (period % 2)}`), interactive: true })),
          reason: null,
          changed_by_hand: false,
          entry: `e-${alliance.id}-${weekday}-${period}`,
          version: 1,
        });
      }
    }
  }
  return out;
}

function devices(made: County, now: number): DeviceView[] {
  return made.classrooms
    .filter(({ school }) => ['s1', 's2'].includes(school))
    .slice(0, 9)
    .map((room, i) => ({
      id: `d${i + 1}`,
      place: place(made, room.id),
      name: i === 3 ? '希沃 86 寸' : `大屏 ${i + 1}`,
      bound_ms: now - 86_400_000 * (30 + i),
      revoked_ms: i === 7 ? now - 86_400_000 : null,
      seen_ms: i === 5 ? null : i === 4 ? now - 86_400_000 * 3 : now - 20_000,
    }));
}
