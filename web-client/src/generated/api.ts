// The bodies of `/api/v1`, as the service writes them: see the REST contract. Times are milliseconds since 1970 (UTC), days `YYYY-MM-DD`.
import type { LessonState } from './protocol';

export type RegionLevel = 'province' | 'city' | 'county';
export type SchoolKind = 'main' | 'point';
export type ClassroomKind = 'recording' | 'ordinary';
export type TermDayKind = 'holiday' | 'make_up';
export type MemberRole = 'lead' | 'collaborating' | 'paired';
export type LessonKind = 'dedicated' | 'famous_teacher' | 'famous_school';
export type PersonRole =
  | 'teacher'
  | 'assistant'
  | 'observer'
  | 'inspector'
  | 'school_admin'
  | 'alliance_admin'
  | 'county_operator'
  | 'library_editor';
export type Scope = 'everything' | 'region' | 'alliance' | 'school' | 'classroom';
export type SecondFactor = 'not_needed' | 'to_be_set_up' | 'given';

export type Page<T> = { items: Array<T>; next: string | null };

export type Region = { id: string; parent: string | null; level: RegionLevel; name: string; version: number };
export type School = {
  id: string;
  name: string;
  kind: SchoolKind;
  region: string | null;
  uplink_kbit: number | null;
  closed_ms: number | null;
  version: number;
};
export type Classroom = { id: string; school: string; name: string; kind: ClassroomKind; closed_ms: number | null; version: number };
export type Pairing = {
  id: string;
  host_classroom: string;
  receiving_classroom: string;
  subject: string;
  term: string;
  from_day: string | null;
  to_day: string | null;
  version: number;
};
export type TermDay = { day: string; kind: TermDayKind; weekday: number | null; week: number | null; name: string };
export type Term = { id: string; region: string | null; name: string; first_day: string; last_day: string; days: Array<TermDay>; version: number };
export type BellPeriod = { number: number; start_min: number; end_min: number };
export type BellPlan = {
  id: string;
  school: string;
  name: string;
  from_day: string | null;
  to_day: string | null;
  periods: Array<BellPeriod>;
  version: number;
};
export type Member = { school: string; role: MemberRole; from_day: string; to_day: string | null };
export type Alliance = { id: string; region: string; name: string; members: Array<Member>; closed_ms: number | null; version: number };
export type Receiver = { classroom: string; interactive: boolean };
export type Entry = {
  id: string;
  term: string;
  weekday: number;
  period: number;
  subject: string;
  title: string;
  teacher: string;
  assistants: Array<string>;
  host_classroom: string;
  receivers: Array<Receiver>;
  kind: LessonKind;
  weeks: string;
  from_day: string | null;
  to_day: string | null;
  closed_ms: number | null;
  version: number;
};
export type Person = {
  id: string;
  login: string;
  name: string;
  school: string | null;
  region: string | null;
  closed_ms: number | null;
  version: number;
};
export type Grant = {
  id: string;
  person: string;
  role: PersonRole;
  scope: Scope;
  scope_id: string | null;
  from_ms: number;
  to_ms: number | null;
  granted_by: string | null;
};
export type GrantView = { scope_name: string | null } & Grant;

export type SignIn = { login: string; password: string; code?: string };
export type SessionView = {
  person: Person;
  school_name: string | null;
  grants: Array<GrantView>;
  must_change_password: boolean;
  second_factor: SecondFactor;
  now_ms: number;
  time_zone: string;
};
export type ChangePassword = { old: string; new: string };
export type SecondFactorSecret = { secret: string; uri: string };
export type SecondFactorCode = { code: string };
export type NewPerson = { id?: string; login: string; name: string; school: string | null; region: string | null; grants: Array<NewGrant> };
export type NewPersonView = { person: Person; reset: ResetView };
export type NewGrant = { role: PersonRole; scope: Scope; scope_id: string | null };
export type ResetView = { token: string; expires_ms: number };
export type UseReset = { token: string; password: string };

export type Place = { classroom: string; name: string; school: string; school_name: string };
export type ReceiverView = { interactive: boolean } & Place;
export type PersonName = { id: string; name: string };
export type PlannedLessonView = {
  id: string;
  title: string;
  subject: string | null;
  kind: LessonKind | null;
  state: LessonState;
  day: string | null;
  period: number | null;
  start_ms: number;
  end_ms: number;
  teacher: PersonName | null;
  assistants: Array<PersonName>;
  host: Place | null;
  receivers: Array<ReceiverView>;
  reason: string | null;
  changed_by_hand: boolean;
  entry: string | null;
  version: number;
};
export type LessonDraft = {
  title?: string;
  subject?: string;
  kind?: LessonKind;
  start_ms?: number;
  end_ms?: number;
  teacher?: string;
  assistants?: Array<string>;
  host_classroom?: string;
  receivers?: Array<Receiver>;
  reason?: string;
};
export type CancelLesson = { reason: string };
export type JoinView = { token: string; role: string; page: string };
export type MakeReport = { created: number; updated: number; cancelled: number; kept: Array<string>; skipped: Array<string>; past: number };
export type ImportReport = { created: number; unchanged: number; errors: Array<RowError>; lessons: MakeReport | null };
export type RowError = { row: number | null; column: string | null; message: string };
export type WindowView = { place: Place; common_min: number; short: boolean; message: string };
export type NewDeviceCode = { id: string; code: string; poll_token: string; expires_ms: number };
export type DeviceCodeView = { confirmed: boolean; token: string | null; place: Place | null };
export type BindDevice = { code: string; classroom: string; name: string };
export type DeviceView = { id: string; place: Place; name: string; bound_ms: number; revoked_ms: number | null; seen_ms: number | null };
export type Today = { place: Place | null; day: string; now_ms: number; time_zone: string; lessons: Array<PlannedLessonView> };
export type AuditView = {
  id: string;
  at_ms: number;
  person: PersonName | null;
  address: string;
  act: string;
  thing: string;
  thing_id: string;
  detail: string;
};
export type StatisticsView = { total: StatisticsRow; rows: Array<StatisticsRow> };
export type StatisticsRow = {
  key: string;
  name: string;
  planned: number;
  delivered: number;
  opening_rate: number | null;
  punctuality: number | null;
  coverage: number | null;
  interaction: number | null;
  cancelled: number;
  fault_minutes: number;
  headcount: number;
};
