// What the classroom panel shows. Pure.
import type { ConnectionPhase } from '../connection';
import type { ParticipantView } from '../generated/protocol';
import type { MediaPhase } from '../media';
import { type Barrier, barrierOf } from '../problem';
import { hostOf, type Session, slotFor } from '../session';

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
export type Link = { kind: 'fine' } | { kind: 'lost' | 'restarting' | 'refused'; retryAt: number } | { kind: 'reconnecting' } | { kind: 'media' };

export function linkOf(phase: ConnectionPhase, media: MediaPhase, mediaEver: boolean): Link {
  if (phase.kind === 'waiting')
    return { kind: phase.cause === 'restart' ? 'restarting' : phase.cause === 'refused' ? 'refused' : 'lost', retryAt: phase.retryAt };
  if (phase.kind === 'connecting' && phase.attempt > 0) return { kind: 'reconnecting' };
  return phase.kind === 'joined' && mediaEver && media !== 'connected' ? { kind: 'media' } : { kind: 'fine' };
}

/** One picture of the lesson: a slot, or our own camera. */
export interface Picture {
  readonly key: string;
  /** Null: nothing arrives for it (own camera, or no slot free). */
  readonly slot: string | null;
  readonly kind: 'teacher' | 'courseware' | 'class' | 'own';
  readonly participant: ParticipantView;
}

/** The large picture and those beside it. `cameraLarge`: somebody touched to see the teacher large. */
export function picturesOf(session: Session, cameraLarge: boolean): { main: Picture | null; beside: Picture[] } {
  const host = hostOf(session);
  const screenSlot = host ? slotFor(session, host.id, 'screen') : null;
  const teacher: Picture | null = host && { key: 'teacher', slot: slotFor(session, host.id, 'camera'), kind: 'teacher', participant: host };
  const courseware: Picture | null = host && screenSlot !== null ? { key: 'courseware', slot: screenSlot, kind: 'courseware', participant: host } : null;
  const main = courseware && !cameraLarge ? courseware : teacher;
  const other = main === courseware ? teacher : courseware;
  return { main, beside: [...(other ? [other] : []), ...stageOf(session)] };
}

/** The classes on stage in the order they were called; ours from our own camera. */
function stageOf(session: Session): Picture[] {
  const pictures: Picture[] = [];
  for (const id of session.stage) {
    const participant = session.participants.find((p) => p.id === id);
    if (!participant || participant.role === 'host') continue;
    const own = id === session.you;
    pictures.push({ key: `class ${id}`, slot: own ? null : slotFor(session, id, 'camera'), kind: own ? 'own' : 'class', participant });
  }
  return pictures;
}
