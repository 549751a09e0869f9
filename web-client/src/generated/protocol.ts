// Generated from signaling/protocol by `make types`. Do not edit.

/** The version of the protocol these types describe. */
export const VERSION = 1;

/** The longest text frame the service reads, in bytes. */
export const MAX_FRAME_BYTES = 262144;

/**
 * The answer to an offer.
 */
export type Answer = { 
/**
 * The offer's.
 */
id: number, 
/**
 * The SDP, with the server's candidates.
 */
sdp: string, 
/**
 * Which receiving m-line is which slot.
 */
slots: Array<SlotLine>, };

/**
 * Somebody who may not join this lesson any more: neither with the identity nor with the classroom it had.
 */
export type BlockView = { 
/**
 * Who it was; to be named by `unblock`.
 */
participant: ParticipantId, 
/**
 * The name on screen then.
 */
name: string, 
/**
 * When, in milliseconds since 1970 (UTC).
 */
at_ms: number, };

/**
 * One line of the lesson's chat.
 */
export type ChatLine = { 
/**
 * Grows by one with every line of the lesson.
 */
seq: number, 
/**
 * Who wrote it.
 */
from: ParticipantId, 
/**
 * The writer's name when it was written.
 */
name: string, 
/**
 * The text, 1 to 500 characters.
 */
text: string, 
/**
 * When, in milliseconds since 1970 (UTC).
 */
at_ms: number, };

/**
 * What a page may say. The first message is `join`; anything before it is refused with [`crate::ErrorCode::JoinFirst`].
 */
export type ClientMessage = { "type": "join" } & Join | { "type": "offer" } & Offer | { "type": "want", 
/**
 * Slots not named keep what they had.
 */
slots: Array<SlotWant>, } | { "type": "sources", 
/**
 * All that are on.
 */
on: Array<Source>, } | { "type": "hand", 
/**
 * Up or down.
 */
raised: boolean, } | { "type": "call_on", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "type": "dismiss", 
/**
 * Whom.
 */
participant: ParticipantId, } | { "type": "mute", 
/**
 * Whom.
 */
participant: ParticipantId, 
/**
 * On or off.
 */
muted: boolean, } | { "type": "mute_all" } | { "type": "lesson", 
/**
 * What to do.
 */
action: LessonAction, } | { "type": "switches" } & SwitchChange | { "type": "remove", 
/**
 * Whom: a classroom or an observer.
 */
participant: ParticipantId, } | { "type": "block", 
/**
 * Whom: a classroom or an observer.
 */
participant: ParticipantId, } | { "type": "unblock", 
/**
 * Whom, as named by `blocks`.
 */
participant: ParticipantId, } | { "type": "chat", 
/**
 * 1 to 500 characters, no control characters but line ends and tabs, and none that override the direction of writing.
 */
text: string, } | { "type": "watch_stats", 
/**
 * On or off.
 */
on: boolean, } | { "type": "ping" } | { "type": "leave" };

/**
 * Why a message was refused.
 */
export type ErrorCode = "malformed" | "unknown_type" | "version" | "join_first" | "token_invalid" | "token_expired" | "lesson_unknown" | "lesson_closed" | "host_present" | "forbidden" | "participant_unknown" | "wrong_state" | "offer_invalid" | "full" | "rate_limited" | "text_invalid" | "switched_off" | "blocked" | "store_unavailable" | "internal";

/**
 * What was refused and why.
 */
export type ErrorNotice = { 
/**
 * For programs.
 */
code: ErrorCode, 
/**
 * For people: names the thing, the value and the remedy. English; pages translate by `code`.
 */
message: string, 
/**
 * The `id` of the offer that was refused.
 */
id?: number, };

/**
 * Why the service closes a connection.
 */
export type GoodbyeReason = "shutdown" | "replaced" | "lesson_ended" | "refused" | "too_slow" | "left" | "removed" | "blocked";

/**
 * A STUN or TURN server.
 */
export type IceServer = { 
/**
 * `stun:` and `turn:` addresses.
 */
urls: Array<string>, 
/**
 * For TURN.
 */
username?: string, 
/**
 * For TURN.
 */
credential?: string, };

/**
 * The first message.
 */
export type Join = { 
/**
 * [`crate::VERSION`].
 */
version: number, 
/**
 * The signed token that names lesson, role and name.
 */
token: string, 
/**
 * From an earlier `welcome`: takes the same place again.
 */
resume?: string, 
/**
 * Which lesson, for an operator whose token is for all lessons; otherwise the token says it.
 */
lesson?: string, };

/**
 * What a host may do to the lesson.
 */
export type LessonAction = "start" | "pause" | "resume" | "end" | "shut_down";

/**
 * Which of the three classrooms a lesson is.
 */
export type LessonKind = "dedicated" | "famous_teacher" | "famous_school";

/**
 * `GET /api/v1/live`, with an operator's token: the lessons that are open, live or paused.
 */
export type LessonList = { 
/**
 * Oldest first.
 */
lessons: Array<LessonOverview>, };

/**
 * One lesson with the figures an operator watches.
 */
export type LessonOverview = { 
/**
 * The lesson.
 */
lesson: LessonView, 
/**
 * The name of the school it is taught from; none for one without a classroom.
 */
host_school: string | null, 
/**
 * Everybody in it.
 */
participants: Array<ParticipantView>, 
/**
 * The figures of the last second.
 */
stats: Array<ParticipantStats>, };

/**
 * Where a lesson stands. `scheduled → open → live ⇄ paused → ended`, or `cancelled`.
 */
export type LessonState = "scheduled" | "open" | "live" | "paused" | "ended" | "cancelled";

/**
 * A lesson as everybody in it may see it.
 */
export type LessonView = { 
/**
 * Its id, as in a token and in `/whip/{lesson}`.
 */
id: string, 
/**
 * Its title, as text.
 */
title: string, 
/**
 * Where it stands.
 */
state: LessonState, 
/**
 * When it went live first, in milliseconds since 1970 (UTC).
 */
live_since_ms: number | null, 
/**
 * What kind of lesson; none for one that is not in the timetable.
 */
kind: LessonKind | null, 
/**
 * When it is to begin, in milliseconds since 1970 (UTC); it opens 10 minutes before.
 */
planned_start_ms: number | null, 
/**
 * When it is to end, in milliseconds since 1970 (UTC).
 */
planned_end_ms: number | null, 
/**
 * What is allowed in it.
 */
switches: Switches, };

/**
 * An SDP offer with what its m-lines mean.
 */
export type Offer = { 
/**
 * Chosen by the page, 0 to 2^53 − 1; returned in the answer.
 */
id: number, 
/**
 * The SDP. Its candidates are ignored: the server is ICE-lite and learns addresses from authenticated checks.
 */
sdp: string, 
/**
 * Which sending m-line carries which source. Receiving m-lines become slots `a0…`, `v0…` in their order.
 */
sources: Array<SourceLine>, };

/**
 * A participant's identity within one lesson. Given by the service at `join`; the same again after a resume. Never reused.
 */
export type ParticipantId = string;

/**
 * The media figures of one participant over the last second, for operators and the host.
 */
export type ParticipantStats = { 
/**
 * Who.
 */
participant: ParticipantId | null, 
/**
 * From the participant to the server, in bits per second (RTP payload and header, without UDP and IP).
 */
up_bps: number, 
/**
 * From the server to the participant, in bits per second.
 */
down_bps: number, 
/**
 * Share of packets lost upwards, 0 to 1, before repair.
 */
up_loss: number, 
/**
 * Share of packets lost downwards, 0 to 1, from its receiver reports.
 */
down_loss: number, 
/**
 * Round trip in milliseconds; none before the first report.
 */
rtt_ms: number | null, 
/**
 * How long it spoke within that second, in milliseconds, while it was allowed to be heard.
 */
speech_ms: number, 
/**
 * What each filled video slot forwards now.
 */
layers: Array<SlotLayer>, 
/**
 * `udp` or `tcp`; none without a transport.
 */
path: string | null, };

/**
 * A participant as others see it. The host, observers and operators see everybody; a classroom sees the host, the stage and itself.
 */
export type ParticipantView = { 
/**
 * Its id.
 */
id: ParticipantId, 
/**
 * Its role.
 */
role: Role, 
/**
 * The name on screen: of a classroom or of a teacher, as text.
 */
name: string, 
/**
 * Whether its WebSocket is up now; a lost one is kept for the resume time before it counts as left.
 */
online: boolean, 
/**
 * Whether the media plane holds a working transport for it.
 */
media: boolean, 
/**
 * The sources it publishes now and has not switched off.
 */
sources: Array<Source>, 
/**
 * Its microphone was switched off by the host.
 */
muted: boolean, 
/**
 * When it is to send.
 */
publish: Publish, };

/**
 * An RFC 9457 problem: the body of every HTTP error (`application/problem+json`).
 */
export type Problem = { 
/**
 * `about:blank`, or `urn:tongke:problem:` and an [`crate::ErrorCode`].
 */
type: string, 
/**
 * Short.
 */
title: string, 
/**
 * The HTTP status.
 */
status: number, 
/**
 * Names the thing, the value and the remedy.
 */
detail: string, };

/**
 * When a participant is to send. The service forwards nothing that it sends otherwise.
 */
export type Publish = "now" | "called" | "never";

/**
 * What a participant is in the lesson; named by its token.
 */
export type Role = "host" | "classroom" | "observer" | "operator";

/**
 * Which classes of a lesson send camera and microphone.
 */
export type Sending = "everybody" | "marked" | "called" | "nobody";

/**
 * What the service may say.
 */
export type ServerMessage = { "type": "welcome" } & Welcome | { "type": "answer" } & Answer | { "type": "participant", 
/**
 * As it is now.
 */
participant: ParticipantView, } | { "type": "left", 
/**
 * Who.
 */
participant: ParticipantId, } | { "type": "lesson", 
/**
 * As it is now.
 */
lesson: LessonView, } | { "type": "ordered", 
/**
 * The name.
 */
by: string, 
/**
 * What was done, where it was that.
 */
action: LessonAction | null, 
/**
 * What was switched, where it was that.
 */
switches: SwitchChange | null, } | { "type": "stage", 
/**
 * All of them.
 */
participants: Array<ParticipantId>, 
/**
 * The class among them that was called on last, until it is dismissed.
 */
floor: ParticipantId | null, } | { "type": "hands", 
/**
 * All of them.
 */
participants: Array<ParticipantId>, } | { "type": "blocks", 
/**
 * All of them, first blocked first.
 */
blocks: Array<BlockView>, } | { "type": "slots", 
/**
 * All of them.
 */
video: Array<SlotState>, } | { "type": "demand", 
/**
 * Highest spatial layer of the camera that somebody gets, 0 the smallest; `null`: nobody sees it.
 */
camera: number | null, 
/**
 * The same for the courseware.
 */
screen: number | null, } | { "type": "speakers", 
/**
 * All of them.
 */
participants: Array<ParticipantId>, } | { "type": "chat", 
/**
 * The line.
 */
line: ChatLine, } | { "type": "stats", 
/**
 * When they were taken, in milliseconds since 1970 (UTC).
 */
at_ms: number, 
/**
 * Everybody with a transport.
 */
participants: Array<ParticipantStats>, } | { "type": "media_lost", 
/**
 * What happened, for a log.
 */
reason: string, } | { "type": "error" } & ErrorNotice | { "type": "goodbye", 
/**
 * Why.
 */
reason: GoodbyeReason, 
/**
 * When to come back, in milliseconds from now; none: do not come back by yourself.
 */
retry_ms: number | null, } | { "type": "pong", 
/**
 * The service's clock, in milliseconds since 1970 (UTC).
 */
now_ms: number, };

/**
 * The layer a video slot forwards.
 */
export type SlotLayer = { 
/**
 * The slot's name.
 */
slot: string, 
/**
 * Spatial layer, 0 the smallest.
 */
spatial: number, 
/**
 * Highest temporal layer, 0 the lowest frame rate.
 */
temporal: number, };

/**
 * One receiving m-line.
 */
export type SlotLine = { 
/**
 * `a0`, `a1`, … or `v0`, `v1`, …
 */
slot: string, 
/**
 * The `a=mid` of the m-line.
 */
mid: string, };

/**
 * What a video slot of the receiving participant shows.
 */
export type SlotState = { 
/**
 * The slot's name: `v0`, `v1`, … in the order of the offer's receiving video m-lines.
 */
slot: string, 
/**
 * Whose source it shows; none when it is empty.
 */
participant: ParticipantId | null, 
/**
 * Which source; none when it is empty.
 */
source: Source | null, };

/**
 * The layer asked for in one slot.
 */
export type SlotWant = { 
/**
 * The slot's name.
 */
slot: string, 
/**
 * Highest spatial layer wanted, 0 the smallest; `null`: nothing, the slot pauses.
 */
spatial: number | null, 
/**
 * Highest temporal layer wanted; all when missing.
 */
temporal?: number, };

/**
 * One published source of a participant.
 */
export type Source = "microphone" | "camera" | "screen";

/**
 * One sending m-line.
 */
export type SourceLine = { 
/**
 * The `a=mid` of the m-line.
 */
mid: string, 
/**
 * What it carries.
 */
source: Source, };

/**
 * Switches to change; those that are missing stay as they are. Also what the store keeps: the difference from what the lesson's kind brings with it.
 */
export type SwitchChange = { 
/**
 * See [`Switches::video`].
 */
video?: boolean, 
/**
 * See [`Switches::voice`].
 */
voice?: boolean, 
/**
 * See [`Switches::annotation`].
 */
annotation?: boolean, 
/**
 * See [`Switches::screen`].
 */
screen?: boolean, 
/**
 * See [`Switches::file`].
 */
file?: boolean, 
/**
 * See [`Switches::text`].
 */
text?: boolean, 
/**
 * See [`Switches::interaction`].
 */
interaction?: boolean, 
/**
 * See [`Switches::sending`].
 */
sending?: Sending, };

/**
 * What is allowed in a lesson: `true` is allowed. Each is switched by the host, stored, and enforced by the service whatever a page does.
 *
 * They are meant for the participants: the host goes on to be seen and heard, and to write; it has buttons of its own, and the pause for everything at once.
 */
export type Switches = { 
/**
 * The classes' cameras.
 */
video: boolean, 
/**
 * The classes' microphones.
 */
voice: boolean, 
/**
 * Ink of the classes on the board.
 */
annotation: boolean, 
/**
 * The host's courseware.
 */
screen: boolean, 
/**
 * Files of the classes.
 */
file: boolean, 
/**
 * Chat of everybody but the host.
 */
text: boolean, 
/**
 * Anything at all from the participants: hands, chat, pictures, sound. While it is off, the stage is empty.
 */
interaction: boolean, 
/**
 * Which classes send.
 */
sending: Sending, };

/**
 * The whole state of the lesson for one participant.
 */
export type Welcome = { 
/**
 * [`crate::VERSION`] of the service.
 */
version: number, 
/**
 * Who the page is.
 */
you: ParticipantView, 
/**
 * Give it in the next `join` to take the same place again. A secret.
 */
resume: string, 
/**
 * Whether an earlier place was taken again.
 */
resumed: boolean, 
/**
 * The lesson.
 */
lesson: LessonView, 
/**
 * Everybody the page may see, itself included.
 */
participants: Array<ParticipantView>, 
/**
 * Who is on stage.
 */
stage: Array<ParticipantId>, 
/**
 * The class on stage that was called on last, until it is dismissed.
 */
floor: ParticipantId | null, 
/**
 * Whose hand is up.
 */
hands: Array<ParticipantId>, 
/**
 * The last 50 lines of chat.
 */
chat: Array<ChatLine>, 
/**
 * For a host: who may not join any more; empty for everybody else.
 */
blocks: Array<BlockView>, 
/**
 * For `RTCPeerConnection`.
 */
ice_servers: Array<IceServer>, 
/**
 * The service's clock, in milliseconds since 1970 (UTC).
 */
now_ms: number, };
