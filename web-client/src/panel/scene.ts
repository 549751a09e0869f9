// What the classroom panel shows. Pure.
import type { ConnectionPhase } from '../connection';
import type { ParticipantView } from '../generated/protocol';
import type { MediaPhase } from '../media';
import { type Barrier, barrierOf } from '../problem';
import { switchesOf } from '../safety';
import { hasFloor, hostOf, me, type Session, slotFor } from '../session';

/** The whole screen, or the lesson. */
export type Scene =
  | { kind: 'barrier'; barrier: Barrier }
  | { kind: 'connecting' }
  | { kind: 'waiting'; hostHere: boolean }
  | { kind: 'paused' }
  | { kind: 'teacher_lost' }
  | { kind: 'lesson' };

export function sceneOf(phase: ConnectionPhase, session: Session): Scene {
  const barrier = barrierOf(phase);
  if (barrier) return { kind: 'barrier', barrier };
  if (!session.lesson) return { kind: 'connecting' };
  const host = hostOf(session);
  switch (session.lesson.state) {
    case 'ended':
    case 'cancelled':
      return { kind: 'barrier', barrier: 'ended' };
    case 'scheduled':
    case 'open':
      return { kind: 'waiting', hostHere: host?.online === true };
    case 'paused':
      return { kind: 'paused' };
    case 'live':
      return host?.online && host.media ? { kind: 'lesson' } : { kind: 'teacher_lost' };
  }
}

/** What is wrong with the line while it mends itself. */
export type Link =
  | { kind: 'fine' }
  | { kind: 'lost' | 'restarting' | 'refused'; retryAt: number }
  | { kind: 'reconnecting' }
  | { kind: 'media' }
  | { kind: 'unreached' };

/** `unreached`: the service answers, and media gets nowhere. */
export function linkOf(phase: ConnectionPhase, media: MediaPhase, mediaEver: boolean, unreached: boolean): Link {
  if (phase.kind === 'waiting')
    return { kind: phase.cause === 'restart' ? 'restarting' : phase.cause === 'refused' ? 'refused' : 'lost', retryAt: phase.retryAt };
  if (phase.kind === 'connecting' && phase.attempt > 0) return { kind: 'reconnecting' };
  if (phase.kind !== 'joined' || media === 'connected') return { kind: 'fine' };
  return unreached ? { kind: 'unreached' } : mediaEver ? { kind: 'media' } : { kind: 'fine' };
}

/** Why nobody hears a class that may speak. */
export type Silence = 'paused' | 'teacher_lost' | 'voice_off' | 'muted' | 'no_media' | 'no_microphone' | 'microphone_off';

/** What the page itself has: `connected`: its media flows; `microphone`: the class has one; `on`: and has not switched it off. */
export interface OwnSound {
  readonly connected: boolean;
  readonly microphone: boolean;
  readonly on: boolean;
}

/** Null where the class is heard. What it cannot change comes first. */
export function silenceOf(session: Session, { connected, microphone, on }: OwnSound): Silence | null {
  if (session.lesson?.state === 'paused') return 'paused';
  const host = hostOf(session);
  if (!host?.online || !host.media) return 'teacher_lost';
  const { interaction, voice } = switchesOf(session);
  if (!interaction || !voice) return 'voice_off';
  if (me(session)?.muted) return 'muted';
  if (!connected) return 'no_media';
  if (!microphone) return 'no_microphone';
  return on ? null : 'microphone_off';
}

/** What the class that was called on is told: to speak, or why nobody would hear it; null where it was not called on. */
export function callOf(session: Session, own: OwnSound): 'speak' | Silence | null {
  return hasFloor(session) ? (silenceOf(session, own) ?? 'speak') : null;
}

/** Where a picture goes: the largest; of the teacher and the courseware the one that is not; the class that has the floor; the others on stage. */
export type Place = 'main' | 'beside' | 'floor' | 'stage';

/** One picture of the lesson: a slot, or our own camera. */
export interface Picture {
  readonly key: string;
  /** Null: nothing arrives for it (own camera, or no slot free). */
  readonly slot: string | null;
  readonly kind: 'teacher' | 'courseware' | 'class' | 'own';
  readonly participant: ParticipantView;
  readonly place: Place;
}

/** Teacher, courseware, then the stage, always in this order: a picture that changes its place is not taken down. `cameraLarge`: somebody touched to see
 * the teacher large. */
export function picturesOf(session: Session, cameraLarge: boolean): Picture[] {
  const host = hostOf(session);
  if (!host) return stageOf(session);
  const screenSlot = slotFor(session, host.id, 'screen');
  const teacherLarge = screenSlot === null || cameraLarge;
  const teacher: Picture = {
    key: 'teacher',
    slot: slotFor(session, host.id, 'camera'),
    kind: 'teacher',
    participant: host,
    place: teacherLarge ? 'main' : 'beside',
  };
  if (screenSlot === null) return [teacher, ...stageOf(session)];
  const place = teacherLarge ? 'beside' : 'main';
  return [teacher, { key: 'courseware', slot: screenSlot, kind: 'courseware', participant: host, place }, ...stageOf(session)];
}

/** How the pictures are laid out: the small ones in a column beside the main one; where a class has the floor under it, with the class as large as the
 * teacher: under each other beside the main one (`trio`), or side by side where there is nothing else to see (`duo`). */
export function layoutOf(pictures: readonly Picture[]): { layout: 'alone' | 'column' | 'duo' | 'trio'; small: number } {
  const count = (place: Place) => pictures.filter((picture) => picture.place === place).length;
  const stage = count('stage');
  if (count('floor') > 0) return { layout: count('beside') > 0 ? 'trio' : 'duo', small: stage };
  const small = stage + count('beside');
  return { layout: small > 0 ? 'column' : 'alone', small };
}

/** The classes on stage in the order they came on it; ours from our own camera. */
function stageOf(session: Session): Picture[] {
  const pictures: Picture[] = [];
  for (const id of session.stage) {
    const participant = session.participants.find((p) => p.id === id);
    if (!participant || participant.role === 'host') continue;
    const own = id === session.you;
    const place = id === session.floor ? 'floor' : 'stage';
    pictures.push({ key: `class ${id}`, slot: own ? null : slotFor(session, id, 'camera'), kind: own ? 'own' : 'class', participant, place });
  }
  return pictures;
}
