// `/api/v1` as the contract says, over a county that lives in memory. Policy is as little as pages need: who is signed in, versions, clashes.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { maySomewhere } from '../src/access/access';
import type { Action } from '../src/access/table';
import type {
  BindDevice,
  Entry,
  GrantView,
  Headcount,
  LessonDraft,
  NewGrant,
  NewPerson,
  Page,
  PersonName,
  PersonView,
  PlannedLessonView,
  SessionView,
  SignIn,
  UseReset,
  Webhook,
} from '../src/generated/api';
import { type County, county, place, ZONE } from './county';
import { attendance, type Fare } from './fake-attendance';
import { entriesOf, lessonOfDraft, lessonsOfEntry } from './fake-entries';
import { auditLines, deliveries, paged, webhooks } from './fake-services';
import { missed, statistics } from './fake-statistics';

/** A request as a test may look at it. */
export interface Asked {
  method: string;
  path: string;
  query: Record<string, string>;
  body: unknown;
  headers: Record<string, string | string[] | undefined>;
}

class Refusal {
  constructor(
    readonly status: number,
    readonly name: string,
    readonly detail = '',
    readonly headers: Record<string, string> = {},
  ) {}
}

interface Closable {
  closed_ms?: number | null;
}

interface Versioned {
  id: string;
  version: number;
}

const CODE = '246810';

/** What reading takes, beyond what everybody may. */
const READS: Readonly<Record<string, Action>> = {
  people: 'ReadPeople',
  devices: 'ReadDevices',
  statistics: 'ReadStatistics',
  audit: 'ReadAudit',
  webhooks: 'ManageWebhooks',
};

/** The REST interface of a fake service. */
export class FakeApi {
  county: County = county(Date.now());
  /** Who is signed in. */
  person: string | null = null;
  /** What the button of the identity provider says; null: there is none. */
  provider: string | null = null;
  /** Everything asked, oldest first. */
  readonly asked: Asked[] = [];
  /** Answers before anything else does; tests make things fail with it. `undefined`: as usual. */
  before: (asked: Asked) => { status: number; body?: unknown; headers?: Record<string, string> } | undefined = () => undefined;
  /** Codes shown by panels, by id. */
  readonly codes = new Map<string, { code: string; poll: string; room: string | null }>();
  /** Device tokens and their classrooms. */
  readonly deviceTokens = new Map<string, string>();
  /** The timetable's entries, made when they are first asked for. */
  entries: Entry[] | null = null;
  webhooks: Webhook[] = webhooks();
  /** How the classrooms of a lesson fared, by lesson; of others all went well. */
  readonly fares = new Map<string, readonly Fare[]>();
  /** Heads counted, by lesson and classroom. */
  readonly heads = new Map<string, number>();
  /** Feeds that have a token. */
  readonly feeds = new Set<string>();
  private counter = 0;

  reset(): void {
    this.county = county(Date.now());
    this.person = null;
    this.provider = null;
    this.asked.length = 0;
    this.before = () => undefined;
    this.codes.clear();
    this.deviceTokens.clear();
    this.entries = null;
    this.webhooks = webhooks();
    this.heads.clear();
    this.fares.clear();
    this.feeds.clear();
    this.counter = 0;
  }

  /** Answers, and says whether the address was one of its own. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const url = new URL(request.url ?? '/', 'http://fake');
    if (!url.pathname.startsWith('/api/v1/')) return false;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const asked: Asked = {
      method: request.method ?? 'GET',
      path: decodeURIComponent(url.pathname.slice('/api/v1'.length)),
      query: Object.fromEntries(url.searchParams),
      body: request.headers['content-type'] === 'application/json' ? JSON.parse(text) : text,
      headers: request.headers,
    };
    this.asked.push(asked);
    const given = this.before(asked);
    if (given) {
      response.writeHead(given.status, { 'content-type': given.status >= 400 ? 'application/problem+json' : 'application/json', ...given.headers });
      response.end(given.body === undefined ? '' : JSON.stringify(given.body));
      return true;
    }
    try {
      const body = this.answer(asked);
      const status = body === undefined ? 204 : asked.method === 'POST' ? 201 : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(body === undefined ? '' : JSON.stringify(body));
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      response.writeHead(refusal.status, { 'content-type': 'application/problem+json', ...refusal.headers });
      response.end(JSON.stringify({ type: `urn:tongke:problem:${refusal.name}`, title: refusal.name, status: refusal.status, detail: refusal.detail }));
    }
    return true;
  }

  private answer(asked: Asked): unknown {
    const [, thing = '', id, part, more] = asked.path.split('/');
    switch (thing) {
      case 'session':
        return this.session(asked, id);
      case 'oidc':
        return { name: this.provider };
      case 'password-resets': {
        const body = asked.body as UseReset;
        if (!body.token.startsWith('reset-')) throw new Refusal(401, 'wrong_credentials');
        (this.county.accounts[body.token.slice(6)] as { password: string }).password = body.password;
        return undefined;
      }
      case 'device-codes':
        return this.deviceCode(asked, id);
      case 'today':
        return this.today(asked);
      case 'lessons':
        if (part === 'headcount') return this.headcount(asked, id ?? '');
        if (part === 'join')
          return { token: `lesson-token-${id}`, role: this.deviceOf(asked) ? 'classroom' : 'host', page: this.deviceOf(asked) ? '/panel' : '/console' };
    }
    this.refuseRole(thing, part);
    switch (thing) {
      case 'lessons':
        return this.lessons(asked, id, part);
      case 'entries':
        return this.entry(asked, id);
      case 'webhooks':
        return this.webhook(asked, id, part);
      case 'calendars':
        return this.feedToken(asked, `${id}/${part}`);
      case 'audit':
        return this.audit(asked.query);
      case 'people':
        return this.people(asked, id, part, more);
      case 'devices':
        return this.devices(asked, id);
      case 'terms':
        if (part === 'lessons')
          return {
            created: 12,
            updated: 0,
            cancelled: 1,
            kept: ['《三年级音乐》与课表不同，保留手工调整'],
            skipped: ['11月27日 县运动会，停课'],
            past: 30,
            failed: [],
          };
        return this.rows(asked, this.county.terms, id);
      case 'statistics': {
        const found = statistics(this.county, asked.query);
        if (!found) throw new Refusal(400, 'bad_request', 'host_school: not by region or alliance');
        return found;
      }
      case 'deliveries':
        return missed(this.county, asked.query, Date.now());
      case 'regions':
        return this.rows(asked, this.county.regions, id);
      case 'schools':
        return this.rows(asked, this.county.schools, id, ({ region }, { region: wanted }) => !wanted || region === wanted);
      case 'classrooms':
        if (part === 'assistants') return this.assistants(id ?? '');
        return this.rows(asked, this.county.classrooms, id, ({ school }, query) => !query.school || school === query.school);
      case 'alliances':
        return this.rows(asked, this.county.alliances, id);
      case 'pairings':
        return this.rows(asked, this.county.pairings, id);
      case 'bell-plans':
        return this.rows(asked, this.county.bells, id, ({ school }, query) => !query.school || school === query.school);
    }
    throw new Refusal(404, 'not_found');
  }

  /** What not every role reads is refused, as the service does. */
  private refuseRole(thing: string, part: string | undefined): void {
    this.signedIn();
    const action = part === 'assistants' ? 'ReadAssistants' : READS[thing];
    if (action !== undefined && !maySomewhere(this.view(), action)) throw new Refusal(403, 'not_permitted');
  }

  private signedIn(): string {
    if (this.person === null) throw new Refusal(401, 'sign_in_needed');
    return this.person;
  }

  view(): SessionView {
    const id = this.signedIn();
    const person = this.county.people.find((other) => other.id === id);
    const account = this.county.accounts[id];
    if (!person || !account) throw new Refusal(401, 'sign_in_needed');
    return {
      person,
      school_name: this.county.schools.find((school) => school.id === person.school)?.name ?? null,
      grants: this.county.grants.filter((grant) => grant.person === id),
      must_change_password: account.mustChange,
      second_factor: account.secondFactor === 'set' ? 'given' : account.secondFactor === 'unproven' ? 'to_be_set_up' : account.secondFactor,
      now_ms: Date.now(),
      time_zone: ZONE,
    };
  }

  private session(asked: Asked, part: string | undefined): unknown {
    if (part === 'password') {
      const account = this.county.accounts[this.signedIn()];
      const { old, new: fresh } = asked.body as { old: string; new: string };
      if (account?.password !== old) throw new Refusal(401, 'wrong_credentials');
      Object.assign(account, { password: fresh, mustChange: false });
      return undefined;
    }
    if (part === 'second-factor') {
      const id = this.signedIn();
      if (asked.method === 'POST' && this.county.accounts[id]?.secondFactor === 'unproven') throw new Refusal(409, 'exists');
      if (asked.method === 'POST')
        return { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: `otpauth://totp/Tongke:${id}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Tongke` };
      if ((asked.body as { code: string }).code !== CODE) throw new Refusal(401, 'wrong_credentials');
      (this.county.accounts[id] as { secondFactor: string }).secondFactor = 'set';
      return this.view();
    }
    if (asked.method === 'DELETE') {
      this.person = null;
      return undefined;
    }
    if (asked.method === 'POST') this.signIn(asked.body as SignIn);
    return this.view();
  }

  private signIn({ login, password, code }: SignIn): void {
    const account = this.county.accounts[login];
    if (login === 'locked') throw new Refusal(429, 'locked', '', { 'retry-after': '600' });
    if (account?.password !== password) throw new Refusal(401, 'wrong_credentials');
    if (account.secondFactor === 'set' && code === undefined) throw new Refusal(401, 'second_factor_needed');
    if (code !== undefined && code !== CODE) throw new Refusal(401, 'wrong_credentials');
    this.person = login;
  }

  /** A list, one, a new one, a change, a removal: with versions. */
  private rows<T extends Versioned>(
    asked: Asked,
    all: T[],
    id: string | undefined,
    keep: (row: T, query: Record<string, string>) => boolean = () => true,
  ): unknown {
    if (asked.method === 'POST' && id === undefined) {
      this.counter += 1;
      const made = { closed_ms: null, ...(asked.body as object), id: `new-${this.counter}`, version: 1 } as unknown as T;
      all.push(made);
      return made;
    }
    if (id === undefined) {
      const rows = all.filter((row) => keep(row, asked.query) && (asked.query.closed === 'true' || (row as Closable).closed_ms == null));
      const from = Number(asked.query.cursor ?? 0);
      const to = from + Math.min(Number(asked.query.limit ?? 200), 200);
      return { items: rows.slice(from, to), next: to < rows.length ? String(to) : null };
    }
    const index = all.findIndex((row) => row.id === id);
    const row = all[index];
    if (!row) throw new Refusal(404, 'not_found');
    if (asked.method === 'GET') return row;
    this.refuseVersion(asked, row);
    const close = (closed_ms: number | null) => {
      all[index] = { ...row, closed_ms, version: row.version + 1 };
      return all[index];
    };
    if (asked.path.endsWith('/reopen')) return close(null);
    if (asked.method === 'DELETE') {
      // Some are closed, others are gone.
      if ((row as Closable).closed_ms === undefined) all.splice(index, 1);
      else close(Date.now());
      return undefined;
    }
    all[index] = { ...row, ...(asked.body as object), id, version: row.version + 1 };
    return all[index];
  }

  private refuseVersion(asked: Asked, row: Versioned): void {
    const given = asked.headers['if-match'];
    if (given === undefined) throw new Refusal(428, 'if_match_needed');
    if (given !== `"${row.version}"`) throw new Refusal(412, 'changed');
  }

  private lessons(asked: Asked, id: string | undefined, part: string | undefined): unknown {
    const all = this.county.lessons;
    if (id === undefined && asked.method === 'POST') return this.newLesson(asked);
    if (id === undefined) {
      const { from_ms, to_ms, school, classroom, teacher, entry } = asked.query;
      return this.rows(asked, all, undefined, (lesson) => {
        const places = [lesson.host, ...lesson.receivers];
        return (
          lesson.end_ms > Number(from_ms ?? 0) &&
          lesson.start_ms < Number(to_ms ?? 9e15) &&
          (!school || places.some((p) => p?.school === school)) &&
          (!classroom || places.some((p) => p?.classroom === classroom)) &&
          (!teacher || lesson.teacher?.id === teacher) &&
          (!entry || lesson.entry === entry)
        );
      });
    }
    const index = all.findIndex((lesson) => lesson.id === id);
    const lesson = all[index];
    if (!lesson) throw new Refusal(404, 'not_found');
    const set = (change: Partial<PlannedLessonView>) => {
      all[index] = { ...lesson, ...change, version: lesson.version + 1 };
      return all[index];
    };
    if (part === 'cancel' || part === 'reinstate') this.refuseVersion(asked, lesson);
    if (part === 'cancel') return set({ state: 'cancelled', reason: (asked.body as { reason: string }).reason, changed_by_hand: true });
    if (part === 'reinstate') return set({ state: 'scheduled', reason: null });
    if (part === 'attendance') return { items: attendance(lesson, this.fares.get(lesson.id), this.heads, Date.now()), next: null };
    if (part === 'windows') return { items: this.windows(lesson), next: null };
    if (asked.method === 'GET') return lesson;
    this.refuseVersion(asked, lesson);
    const changed = this.changed(lesson, asked.body as LessonDraft);
    this.refuseClash(changed);
    return asked.query.dry_run === 'true' ? changed : set(changed);
  }

  private newLesson(asked: Asked): unknown {
    this.counter += 1;
    const lesson = lessonOfDraft(this.county, `new-${this.counter}`, asked.body as LessonDraft);
    this.refuseClash(lesson);
    if (asked.query.dry_run !== 'true') this.county.lessons.push(lesson);
    return lesson;
  }

  /** An entry, with the lessons that it makes: none stands where one of them clashes. */
  private entry(asked: Asked, id: string | undefined): unknown {
    this.entries ??= entriesOf(this.county);
    const entries = this.entries;
    const dry = asked.query.dry_run === 'true';
    if (asked.method === 'POST' || (asked.method === 'PUT' && dry)) {
      const fresh = { ...(asked.body as Entry), id: id ?? `new-${this.counter + 1}` };
      const lessons = lessonsOfEntry(this.county, fresh, Date.now());
      for (const lesson of lessons) this.refuseClash(lesson, fresh.id);
      if (dry) return fresh;
      this.county.lessons.push(...lessons);
    }
    return this.rows(asked, entries, id, ({ term }, { term: wanted }) => !wanted || term === wanted);
  }

  private webhook(asked: Asked, id: string | undefined, part: string | undefined): unknown {
    if (part === 'deliveries') return paged(deliveries(Date.now()), asked.query);
    if (asked.method === 'POST' && (asked.body as Webhook).url.includes('127.0.0.1')) throw new Refusal(422, 'invalid', '地址 127.0.0.1 在内网，不能通知');
    const answer = this.rows(asked, this.webhooks, id);
    return asked.method === 'POST' ? { webhook: answer, secret: 'wh-secret-5Q2kd8vN1yTzR7pLm0Xc' } : answer;
  }

  private feedToken(asked: Asked, feed: string): unknown {
    if (asked.method === 'DELETE') {
      if (!this.feeds.delete(feed)) throw new Refusal(404, 'not_found');
      return undefined;
    }
    this.feeds.add(feed);
    return { path: `/api/v1/calendars/${feed}`, token: 'feed-7Hq2ZkT9' };
  }

  private audit(query: Record<string, string>): unknown {
    const { person, thing, thing_id } = query;
    const lines = auditLines(this.county, Date.now());
    return paged(
      lines.filter((line) => (!person || line.person?.id === person) && (!thing || line.thing === thing) && (!thing_id || line.thing_id === thing_id)),
      query,
    );
  }

  private headcount(asked: Asked, lesson: string): undefined {
    const { count, classroom } = asked.body as Headcount;
    const room = this.deviceOf(asked) ?? (this.person === null ? undefined : classroom);
    if (room === undefined) throw new Refusal(401, 'sign_in_needed');
    if (!(count >= 0 && count <= 500)) throw new Refusal(422, 'invalid', '人数须在 0 到 500 之间');
    this.heads.set(`${lesson} ${room}`, count);
    return undefined;
  }

  private changed(lesson: PlannedLessonView, draft: LessonDraft): PlannedLessonView {
    const { teacher, assistants: _, host_classroom, receivers: __, ...rest } = draft;
    const named = teacher === undefined ? lesson.teacher : { id: teacher, name: this.county.people.find((p) => p.id === teacher)?.name ?? '' };
    const host = host_classroom === undefined ? lesson.host : place(this.county, host_classroom);
    return { ...lesson, ...rest, teacher: named, host, changed_by_hand: true };
  }

  /** `entry`: its lessons are being made anew, and are in nobody's way. */
  private refuseClash(changed: PlannedLessonView, entry: string | null = null): void {
    const places = (lesson: PlannedLessonView) => [lesson.host, ...lesson.receivers].map((p) => p?.classroom);
    for (const other of this.county.lessons) {
      if (
        other.id === changed.id ||
        (entry !== null && other.entry === entry) ||
        other.state === 'cancelled' ||
        other.end_ms <= changed.start_ms ||
        other.start_ms >= changed.end_ms
      )
        continue;
      const minutes = Math.round((Math.min(other.end_ms, changed.end_ms) - Math.max(other.start_ms, changed.start_ms)) / 60_000);
      const tail = `已有《${other.title}》（${other.host?.school_name}），与《${changed.title}》重叠 ${minutes} 分钟`;
      if (other.teacher?.id === changed.teacher?.id) throw new Refusal(409, 'clash', `教师 ${changed.teacher?.name} ${tail}`);
      const room = places(changed).find((id) => places(other).includes(id));
      if (room) throw new Refusal(409, 'clash', `教室 ${place(this.county, room).school_name} ${place(this.county, room).name} ${tail}`);
    }
  }

  private windows(lesson: PlannedLessonView) {
    return lesson.receivers.map(({ interactive: _, ...where }) => {
      const point = this.county.schools.find(({ id }) => id === where.school)?.kind === 'point';
      const common_min = point ? 20 : 40;
      const message = point ? '与听讲学校第 3 节只重合 20 分钟，不足 30 分钟：请换节次或调整作息' : '与听讲学校第 3 节重合 40 分钟';
      return { place: where, common_min, short: point, message };
    });
  }

  private people(asked: Asked, id: string | undefined, part: string | undefined, more: string | undefined): unknown {
    const { people, grants } = this.county;
    if (part === 'reset') return { token: `reset-${id}`, expires_ms: Date.now() + 86_400_000 };
    if (part === 'second-factor') return undefined;
    if (part === 'grants') {
      if (asked.method === 'GET') return { items: grants.filter((grant) => grant.person === id), next: null };
      if (asked.method === 'DELETE') {
        grants.splice(
          grants.findIndex((grant) => grant.id === more),
          1,
        );
        return undefined;
      }
      return this.grant(id ?? '', asked.body as NewGrant);
    }
    if (asked.method === 'POST' && part !== 'reopen') {
      const body = asked.body as NewPerson;
      if (people.some(({ login }) => login === body.login)) throw new Refusal(409, 'exists', `“${body.login}”已经存在，请换一个`);
      const person = { id: body.login, login: body.login, name: body.name, school: body.school, region: body.region, closed_ms: null, version: 1 };
      people.push(person);
      for (const grant of body.grants) this.grant(person.id, grant);
      return { person, reset: { token: `reset-${person.id}`, expires_ms: Date.now() + 86_400_000 } };
    }
    const own = this.ownSchool();
    const found = this.rows(asked, people, id, ({ school }, query) => (!query.school || school === query.school) && (own === null || school === own));
    if (id !== undefined || asked.query.grants !== 'true') return found;
    const { items, next } = found as Page<PersonView>;
    return { items: items.map((person) => ({ ...person, grants: grants.filter((grant) => grant.person === person.id) })), next };
  }

  /** The school whose people alone are seen; null: all are. */
  private ownSchool(): string | null {
    const [grant] = this.county.grants.filter(({ person }) => person === this.person);
    return grant?.scope === 'school' ? grant.scope_id : null;
  }

  /** Who teaches or assists in the classroom's school, by name alone; the service tells it to allied schools. */
  private assistants(room: string): Page<PersonName> {
    const { people, grants, classrooms } = this.county;
    const school = classrooms.find(({ id }) => id === room)?.school;
    if (school === undefined) throw new Refusal(404, 'not_found');
    const works = (id: string) => grants.some(({ person, role, scope_id }) => person === id && scope_id === school && /teacher|assistant/.test(role));
    return { items: people.filter((person) => person.school === school && works(person.id)).map(({ id, name }) => ({ id, name })), next: null };
  }

  private grant(person: string, { role, scope, scope_id }: NewGrant): GrantView {
    this.counter += 1;
    const { schools, regions, alliances } = this.county;
    const scope_name = [...schools, ...regions, ...alliances].find((place) => place.id === scope_id)?.name ?? null;
    const made: GrantView = { id: `g${this.counter}`, person, role, scope, scope_id, from_ms: 0, to_ms: null, granted_by: this.person, scope_name };
    this.county.grants.push(made);
    return made;
  }

  private devices(asked: Asked, id: string | undefined): unknown {
    const all = this.county.devices;
    if (asked.method === 'GET') return { items: all.filter(({ place: where }) => !asked.query.school || where.school === asked.query.school), next: null };
    if (asked.method === 'DELETE') {
      const device = all.find((other) => other.id === id);
      if (device) device.revoked_ms = Date.now();
      return undefined;
    }
    const { code, classroom, name } = asked.body as BindDevice;
    const shown = [...this.codes.values()].find((other) => other.code === code);
    if (!shown) throw new Refusal(404, 'not_found', '没有这个绑定码');
    shown.room = classroom;
    this.counter += 1;
    const device = { id: `d-${this.counter}`, place: place(this.county, classroom), name, bound_ms: Date.now(), revoked_ms: null, seen_ms: null };
    all.push(device);
    return device;
  }

  private deviceCode(asked: Asked, id: string | undefined): unknown {
    if (asked.method === 'POST') {
      this.counter += 1;
      const made = { id: `c${this.counter}`, code: String(482_913 + this.counter), poll: `poll-${this.counter}` };
      this.codes.set(made.id, { code: made.code, poll: made.poll, room: null });
      return { id: made.id, code: made.code, poll_token: made.poll, expires_ms: Date.now() + 600_000 };
    }
    const code = this.codes.get(id ?? '');
    if (!code || asked.headers.authorization !== `Bearer ${code.poll}`) throw new Refusal(404, 'not_found');
    if (code.room === null) return { confirmed: false, token: null, place: null };
    this.deviceTokens.set(`device-${id}`, code.room);
    return { confirmed: true, token: `device-${id}`, place: place(this.county, code.room) };
  }

  private deviceOf(asked: Asked): string | null {
    const bearer = asked.headers.authorization;
    return typeof bearer === 'string' ? (this.deviceTokens.get(bearer.replace('Bearer ', '')) ?? null) : null;
  }

  private today(asked: Asked): unknown {
    const room = this.deviceOf(asked);
    if (asked.headers.authorization && room === null) throw new Refusal(401, 'sign_in_needed');
    const person = room === null ? this.signedIn() : null;
    const day = new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
    const mine = (lesson: PlannedLessonView) =>
      room === null ? lesson.teacher?.id === person : [lesson.host, ...lesson.receivers].some((where) => where?.classroom === room);
    const lessons = this.county.lessons.filter((lesson) => mine(lesson) && lesson.day === day).sort((a, b) => a.start_ms - b.start_ms);
    return { place: room === null ? null : place(this.county, room), day, now_ms: Date.now(), time_zone: ZONE, lessons };
  }
}
