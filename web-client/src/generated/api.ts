// Generated from signaling and signaling/store by `make types`. Do not edit.

/**
 * An alliance (联盟) of schools.
 */
export type Alliance = { 
/**
 * Its id.
 */
id: string, 
/**
 * The region it is of.
 */
region: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * Who is or was in it, by school and day.
 */
members: Array<Member>, 
/**
 * When it was closed, in milliseconds since 1970 (UTC).
 */
closed_ms: number | null, 
/**
 * Counted up with each change, also of members; 1 when made.
 */
version: number, };

/**
 * What a receiving classroom got of a lesson.
 */
export type AttendanceView = { 
/**
 * Which.
 */
place: Place, 
/**
 * When it was connected, in the order of joining.
 */
intervals: Array<Interval>, 
/**
 * Pupils, as counted last.
 */
headcount: number | null, 
/**
 * In the order of time.
 */
interactions: Array<InteractionView>, 
/**
 * In the order of time; a minute in which the server was started anew has two.
 */
minutes: Array<MinuteView>, 
/**
 * None before it is decided.
 */
delivery: DeliveryView | null, };

/**
 * A row of the audit log.
 */
export type AuditView = { 
/**
 * Its id.
 */
id: string, 
/**
 * When, in milliseconds since 1970 (UTC).
 */
at_ms: number, 
/**
 * Who; none: the machine's operator, or a device.
 */
person: PersonName | null, 
/**
 * From which address.
 */
address: string, 
/**
 * What: `create`, `update`, `close`, …
 */
act: string, 
/**
 * To what kind of thing.
 */
thing: string, 
/**
 * To which.
 */
thing_id: string, 
/**
 * In words.
 */
detail: string, };

/**
 * A period (节次).
 */
export type BellPeriod = { 
/**
 * 1 to 20.
 */
number: number, 
/**
 * Minutes from midnight, less than `end_min`.
 */
start_min: number, 
/**
 * Minutes from midnight, at most 1,440.
 */
end_min: number, };

/**
 * The bells of a school, for a season.
 */
export type BellPlan = { 
/**
 * Its id.
 */
id: string, 
/**
 * The school's id.
 */
school: string, 
/**
 * Its name on screen, for example 夏季作息.
 */
name: string, 
/**
 * Its first day, as `YYYY-MM-DD`; none: from always. A plan without both days is for the whole year, but for the days of plans with dates.
 */
from_day: string | null, 
/**
 * Its last day, as `YYYY-MM-DD`; none: for ever.
 */
to_day: string | null, 
/**
 * By number.
 */
periods: Array<BellPeriod>, 
/**
 * Counted up with each change, also of periods; 1 when made.
 */
version: number, };

/**
 * `POST /devices`: an administrator confirms the code that a panel shows.
 */
export type BindDevice = { 
/**
 * 6 digits.
 */
code: string, 
/**
 * Where the panel is.
 */
classroom: string, 
/**
 * What to call it: 1 to 200 characters.
 */
name: string, };

/**
 * `POST /lessons/{id}/cancel`.
 */
export type CancelLesson = { 
/**
 * Why: 1 to 200 characters.
 */
reason: string, };

/**
 * `PUT /session/password`.
 */
export type ChangePassword = { 
/**
 * The present one.
 */
old: string, 
/**
 * The new one: 10 to 256 characters.
 */
new: string, };

/**
 * A classroom of a school.
 */
export type Classroom = { 
/**
 * Its id.
 */
id: string, 
/**
 * The school's id.
 */
school: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * How it is equipped.
 */
kind: ClassroomKind, 
/**
 * When it was closed, in milliseconds since 1970 (UTC).
 */
closed_ms: number | null, 
/**
 * Counted up with each change; 1 when made.
 */
version: number, };

/**
 * What kind of classroom.
 */
export type ClassroomKind = "recording" | "ordinary";

/**
 * A row of `GET /deliveries`: a lesson as one classroom received it, or did not.
 */
export type DeliveryLine = { 
/**
 * The lesson's id.
 */
lesson: string, 
/**
 * Its title.
 */
title: string, 
/**
 * When it was planned to begin, in milliseconds since 1970 (UTC).
 */
start_ms: number, 
/**
 * The period of the host's school.
 */
period: number | null, 
/**
 * Where it was taught.
 */
host: Place | null, 
/**
 * Where it was to be received.
 */
place: Place, 
/**
 * Who taught.
 */
teacher: PersonName | null, 
/**
 * What was at fault: `power`, `network`, `absent`, `host` or `cancelled`; none: it was delivered.
 */
cause: string | null, 
/**
 * The period, in seconds, as are the others.
 */
planned_s: number, 
/**
 * How long the host's media came to the classroom.
 */
received_s: number, 
/**
 * How long the classroom's media came to the server.
 */
sent_s: number, };

/**
 * What became of a delivery.
 */
export type DeliveryState = "waiting" | "delivered" | "failed";

/**
 * Whether a lesson was delivered to a classroom, once that is decided.
 */
export type DeliveryView = { 
/**
 * Media flowed for 80 % of the period.
 */
delivered: boolean, 
/**
 * What was at fault: `power`, `network`, `absent`, `cancelled` or `host`.
 */
cause: string | null, 
/**
 * The period, in seconds, as are the others.
 */
planned_s: number, 
/**
 * How long the host's media came to the classroom.
 */
received_s: number, 
/**
 * How long the classroom's media came to the server.
 */
sent_s: number, 
/**
 * How long something was at fault.
 */
fault_s: number, 
/**
 * There within a minute of the bell.
 */
punctual: boolean, };

/**
 * `GET /device-codes/{id}`.
 */
export type DeviceCodeView = { 
/**
 * Whether an administrator confirmed it.
 */
confirmed: boolean, 
/**
 * The device's token, told once with the confirmation; the panel keeps it.
 */
token: string | null, 
/**
 * Where the panel is.
 */
place: Place | null, };

/**
 * A bound device.
 */
export type DeviceView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Where it is.
 */
place: Place, 
/**
 * What it is called.
 */
name: string, 
/**
 * In milliseconds since 1970 (UTC).
 */
bound_ms: number, 
/**
 * Since when its token lets nobody in.
 */
revoked_ms: number | null, 
/**
 * When it was last heard of.
 */
seen_ms: number | null, };

/**
 * An entry of the timetable.
 */
export type Entry = { 
/**
 * Its id, of at most 55 characters: in those of its lessons the day follows it.
 */
id: string, 
/**
 * The term's id.
 */
term: string, 
/**
 * 1 (Monday) to 7.
 */
weekday: number, 
/**
 * The period of the host's school, 1 to 20.
 */
period: number, 
/**
 * The subject.
 */
subject: string, 
/**
 * The title on screen.
 */
title: string, 
/**
 * The lead teacher's id.
 */
teacher: string, 
/**
 * The assisting teachers' ids, sorted.
 */
assistants: Array<string>, 
/**
 * The host's classroom.
 */
host_classroom: string, 
/**
 * Who receives it, by classroom.
 */
receivers: Array<Receiver>, 
/**
 * What kind of lesson.
 */
kind: LessonKind, 
/**
 * In which weeks, in the notation of the timetable: 全, 单, 双, 1-8,10.
 */
weeks: string, 
/**
 * Its first day, as `YYYY-MM-DD`; none: the term's.
 */
from_day: string | null, 
/**
 * Its last day, as `YYYY-MM-DD`; none: the term's.
 */
to_day: string | null, 
/**
 * When it was closed, in milliseconds since 1970 (UTC).
 */
closed_ms: number | null, 
/**
 * Counted up with each change, also of its lists; 1 when made.
 */
version: number, };

/**
 * `POST /calendars/…/{id}/token`: shown once.
 */
export type FeedTokenView = { 
/**
 * Where the feed is, on this server.
 */
path: string, 
/**
 * The password that calendar programs give, with any user name.
 */
token: string, };

/**
 * What became of the lessons that followed something which is there no more.
 */
export type Followed = { 
/**
 * What was done.
 */
lessons: MakeReport, };

/**
 * A grant with the name of where it holds.
 */
export type GrantView = { 
/**
 * The name of the region, alliance, school or classroom.
 */
scope_name: string | null, 
/**
 * Its id.
 */
id: string, 
/**
 * Whose.
 */
person: string, 
/**
 * As what.
 */
role: PersonRole, 
/**
 * Where.
 */
scope: Scope, 
/**
 * The region, alliance, school or classroom; none for everything.
 */
scope_id: string | null, 
/**
 * From when, in milliseconds since 1970 (UTC).
 */
from_ms: number, 
/**
 * Until when; none: until it is ended.
 */
to_ms: number | null, 
/**
 * Who gave it; none: the operator of the machine.
 */
granted_by: string | null, };

/**
 * `PUT /lessons/{id}/headcount`.
 */
export type Headcount = { 
/**
 * Pupils, 0 to 500.
 */
count: number, 
/**
 * The receiving classroom; a device's own where it is missing.
 */
classroom?: string, };

/**
 * `POST /terms/{id}/import`: what was read. Nothing is stored where there is an error.
 */
export type ImportReport = { 
/**
 * Entries made.
 */
created: number, 
/**
 * Entries that were there already, with the same content.
 */
unchanged: number, 
/**
 * What is wrong, by row; empty when all was stored.
 */
errors: Array<RowError>, 
/**
 * What making the lessons did; none where nothing was stored.
 */
lessons: MakeReport | null, };

/**
 * What somebody did in a lesson.
 */
export type InteractionKind = "hand" | "call" | "answer";

/**
 * A raised hand, a call or an answer.
 */
export type InteractionView = { 
/**
 * Which.
 */
kind: InteractionKind, 
/**
 * In milliseconds since 1970 (UTC).
 */
at_ms: number, 
/**
 * In milliseconds since 1970 (UTC); none while it lasts.
 */
until_ms: number | null, 
/**
 * How long it spoke in that time, in milliseconds.
 */
speech_ms: number, };

/**
 * A time in which a classroom was connected.
 */
export type Interval = { 
/**
 * In milliseconds since 1970 (UTC).
 */
joined_ms: number, 
/**
 * In milliseconds since 1970 (UTC); none while connected.
 */
left_ms: number | null, 
/**
 * It left by itself, or the lesson ended with it; otherwise it vanished, or is there.
 */
goodbye: boolean, };

/**
 * `POST /lessons/{id}/join`: how to come into the lesson over the WebSocket.
 */
export type JoinView = { 
/**
 * The token for `join`; holds for the lesson, until a while after its end.
 */
token: string, 
/**
 * What one is in the lesson: `host`, `classroom`, `observer` or `operator`.
 */
role: string, 
/**
 * The page to open; the token goes behind `#token=`.
 */
page: string, };

/**
 * `POST /lessons` and `PUT /lessons/{id}`: a lesson outside the timetable, or changed by hand. On a change what is missing stays.
 */
export type LessonDraft = { 
/**
 * 1 to 200 characters.
 */
title?: string, 
/**
 * The subject: 1 to 40 characters.
 */
subject?: string, 
/**
 * One of the three classrooms.
 */
kind?: LessonKind, 
/**
 * In milliseconds since 1970 (UTC).
 */
start_ms?: number, 
/**
 * In milliseconds since 1970 (UTC); a minute to a day after the beginning.
 */
end_ms?: number, 
/**
 * The lead teacher's id.
 */
teacher?: string, 
/**
 * The assisting teachers' ids.
 */
assistants?: Array<string>, 
/**
 * The host's classroom.
 */
host_classroom?: string, 
/**
 * Who receives it.
 */
receivers?: Array<Receiver>, 
/**
 * Why it is not as planned: 1 to 200 characters.
 */
reason?: string, };

/**
 * One of the three classrooms (三个课堂).
 */
export type LessonKind = "dedicated" | "famous_teacher" | "famous_school";

/**
 * Where a lesson stands. `scheduled → open → live ⇄ paused → ended`, or `cancelled`.
 */
export type LessonState = "scheduled" | "open" | "live" | "paused" | "ended" | "cancelled";

/**
 * `POST /terms/{id}/lessons`: what making the lessons of a term did.
 */
export type MakeReport = { 
/**
 * Lessons made.
 */
created: number, 
/**
 * Lessons changed.
 */
updated: number, 
/**
 * Lessons cancelled.
 */
cancelled: number, 
/**
 * Lessons that differ from the timetable and stay, with the reason, in the language asked for; the first 1,000.
 */
kept: Array<string>, 
/**
 * Dates on which an entry is not taught, with the reason; the first 1,000.
 */
skipped: Array<string>, 
/**
 * Dates that got no lesson because their time is past.
 */
past: number, 
/**
 * What could not be done and stays as it was, with the reason: a lesson that clashes, an entry or a school's bells that break a rule; the first 1,000.
 */
failed: Array<string>, };

/**
 * A school in an alliance, for a time.
 */
export type Member = { 
/**
 * The school's id.
 */
school: string, 
/**
 * As what.
 */
role: MemberRole, 
/**
 * Its first day, as `YYYY-MM-DD`.
 */
from_day: string, 
/**
 * Its last day, as `YYYY-MM-DD`; none while it lasts.
 */
to_day: string | null, };

/**
 * What a school is in an alliance.
 */
export type MemberRole = "lead" | "collaborating" | "paired";

/**
 * What passed between the server and a classroom in one minute.
 */
export type MinuteView = { 
/**
 * Its beginning, in milliseconds since 1970 (UTC).
 */
minute_ms: number, 
/**
 * Seconds in which media came to the classroom.
 */
received_s: number, 
/**
 * Seconds in which media came from the classroom.
 */
sent_s: number, 
/**
 * Bits per second to the classroom, over those seconds.
 */
received_bps: number, 
/**
 * Bits per second from the classroom, over those seconds.
 */
sent_bps: number, 
/**
 * Share of packets lost on the way to the classroom, 0 to 1.
 */
received_loss: number, 
/**
 * Share of packets lost on the way from the classroom, 0 to 1.
 */
sent_loss: number, 
/**
 * Mean round trip, in milliseconds.
 */
rtt_ms: number | null, 
/**
 * How long nothing came although the host sent, in milliseconds.
 */
freeze_ms: number, 
/**
 * How long the class spoke, in milliseconds.
 */
speech_ms: number, };

/**
 * `POST /device-codes`: what a panel shows until somebody confirms it.
 */
export type NewDeviceCode = { 
/**
 * Its id.
 */
id: string, 
/**
 * 6 digits, to be shown.
 */
code: string, 
/**
 * The bearer token the panel asks `GET /device-codes/{id}` with; not to be shown.
 */
poll_token: string, 
/**
 * Until when, in milliseconds since 1970 (UTC).
 */
expires_ms: number, };

/**
 * `POST /people/{id}/grants`.
 */
export type NewGrant = { 
/**
 * As what.
 */
role: PersonRole, 
/**
 * Where.
 */
scope: Scope, 
/**
 * The region, alliance, school or classroom; none for everything.
 */
scope_id: string | null, };

/**
 * `POST /people`: a person, and a first password that is to be changed.
 */
export type NewPerson = { 
/**
 * Given by the service where it is missing.
 */
id?: string, 
/**
 * What the person signs in with; 1 to 64 characters without spaces.
 */
login: string, 
/**
 * The name on screen.
 */
name: string, 
/**
 * The school it belongs to.
 */
school: string | null, 
/**
 * The region it belongs to.
 */
region: string | null, 
/**
 * Roles to begin with.
 */
grants: Array<NewGrant>, };

/**
 * A person that was made, and how it comes in for the first time.
 */
export type NewPersonView = { 
/**
 * The person.
 */
person: Person, 
/**
 * Shown this once: with it the person sets its password.
 */
reset: ResetView, };

/**
 * `POST /webhooks`: a webhook that was made.
 */
export type NewWebhookView = { 
/**
 * The webhook.
 */
webhook: Webhook, 
/**
 * What is told is signed with it; shown this once.
 */
secret: string, };

/**
 * `GET /oidc`: whether one can sign in through the district's identity provider.
 */
export type OidcView = { 
/**
 * What the button that leads to `/api/v1/oidc/start` says; none: there is no provider.
 */
name: string | null, };

/**
 * A part of a list, in a fixed order.
 */
export type Page<T> = { 
/**
 * The rows.
 */
items: Array<T>, 
/**
 * Give it as `cursor` for the next page; none: this is the last.
 */
next: string | null, };

/**
 * A host classroom and one of its receiving classrooms.
 */
export type Pairing = { 
/**
 * Its id.
 */
id: string, 
/**
 * The host classroom's id.
 */
host_classroom: string, 
/**
 * The receiving classroom's id.
 */
receiving_classroom: string, 
/**
 * The subject.
 */
subject: string, 
/**
 * The term, for example `2026-autumn`.
 */
term: string, 
/**
 * Its first day, as `YYYY-MM-DD`; none: the term's.
 */
from_day: string | null, 
/**
 * Its last day, as `YYYY-MM-DD`; none: the term's.
 */
to_day: string | null, 
/**
 * Counted up with each change; 1 when made.
 */
version: number, };

/**
 * A person; what it proves itself with is a [`Credentials`].
 */
export type Person = { 
/**
 * Its id; never given to another person.
 */
id: string, 
/**
 * What it is called at login, as it is to be compared; no two have the same.
 */
login: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * The school it belongs to.
 */
school: string | null, 
/**
 * The region it belongs to.
 */
region: string | null, 
/**
 * When it was closed, in milliseconds since 1970 (UTC); a closed person is not let in.
 */
closed_ms: number | null, 
/**
 * Counted up with each change of what is here; 1 when made.
 */
version: number, };

/**
 * A person by name.
 */
export type PersonName = { 
/**
 * The id.
 */
id: string, 
/**
 * The name.
 */
name: string, };

/**
 * What a person may be.
 */
export type PersonRole = "teacher" | "assistant" | "observer" | "inspector" | "school_admin" | "alliance_admin" | "county_operator" | "library_editor";

/**
 * A person as the list of people tells of it.
 */
export type PersonView = { 
/**
 * What it may, where `grants=true` was asked for.
 */
grants?: Array<GrantView>, 
/**
 * Its id; never given to another person.
 */
id: string, 
/**
 * What it is called at login, as it is to be compared; no two have the same.
 */
login: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * The school it belongs to.
 */
school: string | null, 
/**
 * The region it belongs to.
 */
region: string | null, 
/**
 * When it was closed, in milliseconds since 1970 (UTC); a closed person is not let in.
 */
closed_ms: number | null, 
/**
 * Counted up with each change of what is here; 1 when made.
 */
version: number, };

/**
 * A classroom with the names a person knows it by.
 */
export type Place = { 
/**
 * The classroom's id.
 */
classroom: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its school's id.
 */
school: string, 
/**
 * Its school's name.
 */
school_name: string, };

/**
 * A lesson of the timetable, with names.
 */
export type PlannedLessonView = { 
/**
 * The id.
 */
id: string, 
/**
 * The title.
 */
title: string, 
/**
 * The subject.
 */
subject: string | null, 
/**
 * One of the three classrooms.
 */
kind: LessonKind | null, 
/**
 * Where it stands.
 */
state: LessonState, 
/**
 * The day of the entry it stands for, as `YYYY-MM-DD`.
 */
day: string | null, 
/**
 * The period of the host's school.
 */
period: number | null, 
/**
 * Planned, in milliseconds since 1970 (UTC).
 */
start_ms: number, 
/**
 * Planned, in milliseconds since 1970 (UTC).
 */
end_ms: number, 
/**
 * Who teaches.
 */
teacher: PersonName | null, 
/**
 * Who assists.
 */
assistants: Array<PersonName>, 
/**
 * Where it is taught.
 */
host: Place | null, 
/**
 * Who receives it.
 */
receivers: Array<ReceiverView>, 
/**
 * Why it is cancelled or not as planned.
 */
reason: string | null, 
/**
 * Whether a person changed it, so that the timetable does so no more.
 */
changed_by_hand: boolean, 
/**
 * The entry it came from.
 */
entry: string | null, 
/**
 * For `If-Match`.
 */
version: number, };

/**
 * A classroom that receives an entry's lessons.
 */
export type Receiver = { 
/**
 * Its id.
 */
classroom: string, 
/**
 * Whether it may be called on and is heard.
 */
interactive: boolean, };

/**
 * A classroom that receives.
 */
export type ReceiverView = { 
/**
 * Whether it may be called on and is heard.
 */
interactive: boolean, 
/**
 * The classroom's id.
 */
classroom: string, 
/**
 * Its name.
 */
name: string, 
/**
 * Its school's id.
 */
school: string, 
/**
 * Its school's name.
 */
school_name: string, };

/**
 * A region.
 */
export type Region = { 
/**
 * Its id.
 */
id: string, 
/**
 * The region it is a part of.
 */
parent: string | null, 
/**
 * How large it is.
 */
level: RegionLevel, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * Counted up with each change; 1 when made.
 */
version: number, };

/**
 * How large a region is, from the largest on: one lies in a larger one only.
 */
export type RegionLevel = "province" | "city" | "county";

/**
 * `POST /people/{id}/reset`: shown once.
 */
export type ResetView = { 
/**
 * To be told to the person; holds once.
 */
token: string, 
/**
 * Until when, in milliseconds since 1970 (UTC).
 */
expires_ms: number, };

/**
 * A bad cell or row of a sheet.
 */
export type RowError = { 
/**
 * From 1, as the sheet counts.
 */
row: number | null, 
/**
 * As the sheet names it: `C`.
 */
column: string | null, 
/**
 * Names the value and the remedy, in the language asked for.
 */
message: string, };

/**
 * A school.
 */
export type School = { 
/**
 * Its id.
 */
id: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * Main school or teaching point.
 */
kind: SchoolKind, 
/**
 * The region it is in.
 */
region: string | null, 
/**
 * What its line carries upwards, in kbit/s: a budget for all its classrooms.
 */
uplink_kbit: number | null, 
/**
 * When it was closed, in milliseconds since 1970 (UTC).
 */
closed_ms: number | null, 
/**
 * Counted up with each change; 1 when made.
 */
version: number, };

/**
 * What kind of school.
 */
export type SchoolKind = "main" | "point";

/**
 * Where a grant holds.
 */
export type Scope = "everything" | "region" | "alliance" | "school" | "classroom";

/**
 * Whether a person has a second factor, and whether this session proved it.
 */
export type SecondFactor = "not_needed" | "to_be_set_up" | "given";

/**
 * `PUT /session/second-factor`.
 */
export type SecondFactorCode = { 
/**
 * 6 digits.
 */
code: string, };

/**
 * `POST /session/second-factor`: a new secret, which holds once a code of it was given.
 */
export type SecondFactorSecret = { 
/**
 * In base 32, to be typed.
 */
secret: string, 
/**
 * `otpauth://…`, to be shown as a QR code.
 */
uri: string, };

/**
 * Who is signed in: `GET /session`.
 */
export type SessionView = { 
/**
 * The person.
 */
person: Person, 
/**
 * The name of the person's school.
 */
school_name: string | null, 
/**
 * What the person may; an administrator's role does not hold before the second factor.
 */
grants: Array<GrantView>, 
/**
 * The password is to be changed before anything else.
 */
must_change_password: boolean, 
/**
 * The second factor.
 */
second_factor: SecondFactor, 
/**
 * The server's clock, in milliseconds since 1970 (UTC).
 */
now_ms: number, 
/**
 * The IANA name of the time zone that days and bells are in.
 */
time_zone: string, };

/**
 * `POST /session`.
 */
export type SignIn = { 
/**
 * The person's login.
 */
login: string, 
/**
 * The password.
 */
password: string, 
/**
 * The 6 digits of the second factor; asked for with the problem `second_factor_needed`.
 */
code?: string, };

/**
 * What became of the lessons planned for one region, alliance, school, host school, subject, teacher or week. A lesson counts once for each classroom that receives it.
 */
export type StatisticsRow = { 
/**
 * The id, subject or week's number; empty for the total.
 */
key: string, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * Deliveries planned until now.
 */
planned: number, 
/**
 * Deliveries during which media flowed for 80 % of the period.
 */
delivered: number, 
/**
 * `delivered ÷ planned` (开课率), 0 to 1; none where nothing was planned.
 */
opening_rate: number | null, 
/**
 * Share of the deliveries that began on time, 0 to 1.
 */
punctuality: number | null, 
/**
 * Share of the planned classrooms that got at least one delivery, 0 to 1.
 */
coverage: number | null, 
/**
 * Share of the deliveries in which the class was called on or raised its hand, 0 to 1.
 */
interaction: number | null, 
/**
 * Cancelled.
 */
cancelled: number, 
/**
 * Not delivered: the classroom went dark.
 */
power: number, 
/**
 * Not delivered: the classroom's line failed.
 */
network: number, 
/**
 * Not delivered: the classroom did not come, or was there for too short a time.
 */
absent: number, 
/**
 * Not delivered: the host was at fault.
 */
host: number, 
/**
 * Minutes lost to faults of power, network or host.
 */
fault_minutes: number, 
/**
 * Pupils' heads counted in the delivered lessons.
 */
headcount: number, 
/**
 * Different classrooms something was planned for.
 */
classrooms: number, 
/**
 * Those of them that got at least one delivery.
 */
covered: number, 
/**
 * Different lessons, whatever the number of their classrooms; only where it is asked who taught: by teacher or host school, or of one.
 */
lessons: number | null, };

/**
 * `GET /statistics`.
 */
export type StatisticsView = { 
/**
 * All rows together.
 */
total: StatisticsRow, 
/**
 * By what was asked for, in the order of names (weeks: of numbers).
 */
rows: Array<StatisticsRow>, };

/**
 * A term (学期).
 */
export type Term = { 
/**
 * Its id.
 */
id: string, 
/**
 * The region it is of; none: everybody's.
 */
region: string | null, 
/**
 * Its name on screen.
 */
name: string, 
/**
 * As `YYYY-MM-DD`.
 */
first_day: string, 
/**
 * As `YYYY-MM-DD`, not before the first.
 */
last_day: string, 
/**
 * Holidays and make-up days, by day.
 */
days: Array<TermDay>, 
/**
 * Counted up with each change, also of days; 1 when made.
 */
version: number, };

/**
 * A day of a term that is not what its date says.
 */
export type TermDay = { 
/**
 * As `YYYY-MM-DD`, within the term.
 */
day: string, 
/**
 * Why.
 */
kind: TermDayKind, 
/**
 * The weekday it is taught as, 1 (Monday) to 7; a make-up day has one.
 */
weekday: number | null, 
/**
 * The week it is taught as; none: its own.
 */
week: number | null, 
/**
 * Its name, for example 国庆节.
 */
name: string, };

/**
 * Why a day is not what its date says.
 */
export type TermDayKind = "holiday" | "make_up";

/**
 * `GET /today`, with a device's token or by a person who teaches or assists: the lessons of the day.
 */
export type Today = { 
/**
 * Where the panel is; none for a person.
 */
place: Place | null, 
/**
 * As `YYYY-MM-DD`, in the service's time zone.
 */
day: string, 
/**
 * The server's clock, in milliseconds since 1970 (UTC).
 */
now_ms: number, 
/**
 * The IANA name of the time zone.
 */
time_zone: string, 
/**
 * By beginning.
 */
lessons: Array<PlannedLessonView>, };

/**
 * `POST /password-resets`.
 */
export type UseReset = { 
/**
 * What the administrator told.
 */
token: string, 
/**
 * The new password: 10 to 256 characters.
 */
password: string, };

/**
 * Where events are told.
 */
export type Webhook = { 
/**
 * Its id.
 */
id: string, 
/**
 * Of whose schools events are told; none: of all.
 */
region: string | null, 
/**
 * What is posted to: 1 to 500 characters.
 */
url: string, 
/**
 * What is told; at least one.
 */
events: Array<WebhookEvent>, 
/**
 * Whether anything is told.
 */
active: boolean, 
/**
 * Counted up with each change; 1 when made.
 */
version: number, };

/**
 * A row of `GET /webhooks/{id}/deliveries`.
 */
export type WebhookDeliveryView = { 
/**
 * Its id, as in the header `Tongke-Delivery`.
 */
id: string, 
/**
 * What happened.
 */
event: WebhookEvent, 
/**
 * When, in milliseconds since 1970 (UTC).
 */
at_ms: number, 
/**
 * What became of it.
 */
state: DeliveryState, 
/**
 * How often it was tried.
 */
attempts: number, 
/**
 * The status that the last attempt was answered with.
 */
status: number | null, 
/**
 * Why the last attempt did not succeed.
 */
error: string | null, 
/**
 * When it is tried next, while it waits; in milliseconds since 1970 (UTC).
 */
next_ms: number | null, 
/**
 * When it was taken or given up, in milliseconds since 1970 (UTC).
 */
done_ms: number | null, };

/**
 * What is told.
 */
export type WebhookEvent = "lesson.opened" | "lesson.live" | "lesson.ended" | "classroom.joined" | "classroom.lost";

/**
 * A lesson as a webhook is told of it.
 */
export type WebhookLesson = { 
/**
 * The id.
 */
id: string, 
/**
 * The title.
 */
title: string, 
/**
 * The subject.
 */
subject: string | null, 
/**
 * One of the three classrooms; none for a lesson outside of the timetable.
 */
kind: LessonKind | null, 
/**
 * Planned, in milliseconds since 1970 (UTC).
 */
start_ms: number | null, 
/**
 * Planned, in milliseconds since 1970 (UTC).
 */
end_ms: number | null, 
/**
 * The id of who teaches.
 */
teacher: string | null, 
/**
 * Where it is taught.
 */
host: Place | null, 
/**
 * Where it is received.
 */
receivers: Array<Place>, };

/**
 * What a webhook is told: the body of each request to it.
 */
export type WebhookMessage = { 
/**
 * The event's id: the same for every webhook and every attempt.
 */
id: string, 
/**
 * What happened.
 */
event: WebhookEvent, 
/**
 * When, in milliseconds since 1970 (UTC).
 */
at_ms: number, 
/**
 * In which lesson.
 */
lesson: WebhookLesson, 
/**
 * Which classroom came or went.
 */
classroom: Place | null, };

/**
 * A time in which two schools' periods overlap (会合时段).
 */
export type WindowView = { 
/**
 * The receiving classroom.
 */
place: Place, 
/**
 * Minutes that the host's period and a period of the receiver have in common.
 */
common_min: number, 
/**
 * Fewer than 30 minutes.
 */
short: boolean, 
/**
 * In words, in the language asked for; where the bells of one of the two schools contradict each other, which school's and why.
 */
message: string, };
