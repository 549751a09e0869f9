// What a page knows of its lesson: a pure reducer over the service's messages. No DOM, no clock.
import type { BlockView, ChatLine, LessonView, ParticipantId, ParticipantStats, ParticipantView, ServerMessage, SlotState, Source } from './generated/protocol';

/** Lines of chat kept in memory. */
export const CHAT_LINES = 200;

/** The lesson as last told. */
export interface Session {
  readonly you: ParticipantId | null;
  readonly lesson: LessonView | null;
  /** In the order they came; a changed participant keeps its place. */
  readonly participants: readonly ParticipantView[];
  readonly stage: readonly ParticipantId[];
  /** The class on stage that was called on last, until it is dismissed. Classes of a dedicated lesson come on stage by joining, which is no call. */
  readonly floor: ParticipantId | null;
  readonly hands: readonly ParticipantId[];
  /** By slot name; empty slots are left out. */
  readonly slots: Readonly<Record<string, SlotContent>>;
  readonly speakers: readonly ParticipantId[];
  /** Who may not join any more; known to the host alone. */
  readonly blocks: readonly BlockView[];
  readonly chat: readonly ChatLine[];
  readonly stats: Readonly<Record<ParticipantId, ParticipantStats>>;
  /** The service's clock minus this page's, in milliseconds. */
  readonly clockOffset: number;
}

/** What a video slot shows. */
export interface SlotContent {
  readonly participant: ParticipantId;
  readonly source: Source;
}

export const EMPTY: Session = {
  you: null,
  lesson: null,
  participants: [],
  stage: [],
  floor: null,
  hands: [],
  slots: {},
  speakers: [],
  blocks: [],
  chat: [],
  stats: {},
  clockOffset: 0,
};

/** The session after one message that came at `now` (milliseconds since 1970). Messages that tell nothing of the lesson change nothing. */
export function reduce(session: Session, message: ServerMessage, now: number): Session {
  switch (message.type) {
    case 'welcome':
      return {
        ...EMPTY,
        // A resumed place keeps its slots until the next notice: the picture did not stop.
        slots: message.resumed && session.you === message.you.id ? session.slots : {},
        you: message.you.id,
        lesson: message.lesson,
        participants: withParticipant(message.participants, message.you),
        stage: message.stage,
        floor: message.floor,
        hands: message.hands,
        blocks: message.blocks,
        chat: message.chat.slice(-CHAT_LINES),
        clockOffset: message.now_ms - now,
      };
    case 'participant':
      return { ...session, participants: withParticipant(session.participants, message.participant) };
    case 'left':
      return withoutParticipant(session, message.participant);
    case 'lesson':
      return { ...session, lesson: message.lesson };
    case 'stage':
      return { ...session, stage: message.participants, floor: message.floor };
    case 'hands':
      return { ...session, hands: message.participants };
    case 'blocks':
      return { ...session, blocks: message.blocks };
    case 'slots':
      return { ...session, slots: slotsOf(session.slots, message.video) };
    case 'speakers':
      return { ...session, speakers: message.participants };
    case 'chat':
      return withLine(session, message.line);
    case 'stats':
      return { ...session, stats: statsOf(message.participants) };
    case 'pong':
      return { ...session, clockOffset: message.now_ms - now };
    default:
      return session;
  }
}

function withParticipant(list: readonly ParticipantView[], participant: ParticipantView): ParticipantView[] {
  const known = list.some((p) => p.id === participant.id);
  return known ? list.map((p) => (p.id === participant.id ? participant : p)) : [...list, participant];
}

function withoutParticipant(session: Session, id: ParticipantId): Session {
  const others = (list: readonly ParticipantId[]) => list.filter((p) => p !== id);
  return {
    ...session,
    participants: session.participants.filter((p) => p.id !== id),
    stage: others(session.stage),
    floor: session.floor === id ? null : session.floor,
    hands: others(session.hands),
    speakers: others(session.speakers),
  };
}

/** Unchanged slots keep their object, so that what shows them is not touched. */
function slotsOf(before: Session['slots'], video: readonly SlotState[]): Session['slots'] {
  const slots: Record<string, SlotContent> = {};
  for (const { slot, participant, source } of video) {
    if (participant === null || source === null) continue;
    const old = before[slot];
    slots[slot] = old && old.participant === participant && old.source === source ? old : { participant, source };
  }
  return slots;
}

/** A line already known (told again after a resume) is not shown twice. */
function withLine(session: Session, line: ChatLine): Session {
  if (session.chat.some((known) => known.seq === line.seq)) return session;
  return { ...session, chat: [...session.chat, line].slice(-CHAT_LINES) };
}

function statsOf(list: readonly ParticipantStats[]): Session['stats'] {
  const stats: Record<ParticipantId, ParticipantStats> = {};
  for (const entry of list) if (entry.participant !== null) stats[entry.participant] = entry;
  return stats;
}

/** The page's own entry. */
export function me(session: Session): ParticipantView | null {
  return find(session, session.you);
}

/** Whether the page's own class was called on, and is to speak. */
export function hasFloor({ you, floor }: Session): boolean {
  return you !== null && floor === you;
}

export function find(session: Session, id: ParticipantId | null): ParticipantView | null {
  return id === null ? null : (session.participants.find((p) => p.id === id) ?? null);
}

/** The lead teacher, when known. */
export function hostOf(session: Session): ParticipantView | null {
  return session.participants.find((p) => p.role === 'host') ?? null;
}

/** The slot that shows a participant's source; null when none does. */
export function slotFor(session: Session, participant: ParticipantId, source: Source): string | null {
  for (const [slot, content] of Object.entries(session.slots)) if (content.participant === participant && content.source === source) return slot;
  return null;
}

/** The classes in the order of the console's tiles: on stage first, then those with a picture, then the others as they came. */
export function classTiles(session: Session): ParticipantView[] {
  const rank = (p: ParticipantView): number => {
    const stage = session.stage.indexOf(p.id);
    if (stage >= 0) return stage - session.stage.length;
    return slotFor(session, p.id, 'camera') ? 0 : p.online ? 1 : 2;
  };
  return session.participants
    .filter((p) => p.role === 'classroom')
    .map((participant, index) => ({ participant, index, rank: rank(participant) }))
    .sort((a, b) => a.rank - b.rank || a.index - b.index)
    .map((entry) => entry.participant);
}

/** Seconds since the lesson went live; null before. */
export function lessonSeconds(session: Session, now: number): number | null {
  const since = session.lesson?.live_since_ms ?? null;
  return since === null ? null : Math.max(0, Math.floor((now + session.clockOffset - since) / 1000));
}
