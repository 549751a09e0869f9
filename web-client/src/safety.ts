// What the lesson's switches let this page do, and what is switched off. Pure.
import type { ServerMessage, Source, SwitchChange, Switches } from './generated/protocol';
import type { Key } from './i18n';
import { me, type Session } from './session';

/** Switches that are on or off. */
export type SwitchName = Exclude<keyof SwitchChange, 'sending' | 'interaction'>;

/** In the order they are shown. */
export const SWITCHES: readonly SwitchName[] = ['voice', 'video', 'text', 'annotation', 'screen', 'file'];

/** Before the first word of the service. */
const ALL: Switches = { video: true, voice: true, annotation: true, screen: true, file: true, text: true, interaction: true, sending: 'everybody' };

export function switchesOf(session: Session): Switches {
  return session.lesson?.switches ?? ALL;
}

/** Whether this page offers sending m-lines at all. */
export function offersToSend(session: Session): boolean {
  return me(session)?.publish !== 'never';
}

/** Whether the page's class has its seat on stage, where it stays when it gives the floor back. */
export function hasSeat(session: Session): boolean {
  return switchesOf(session).sending === 'marked' && me(session)?.publish === 'now';
}

/** Whether this page is to send a source now. The service forwards nothing else, so sending more would only cost the school's line. */
export function sendsNow(session: Session, source: Source): boolean {
  const you = me(session);
  const switches = switchesOf(session);
  if (!you || you.role === 'host') return source !== 'screen' || switches.screen;
  if (you.publish === 'never' || !switches.interaction) return false;
  if (source === 'microphone' ? !switches.voice : !switches.video) return false;
  return you.publish === 'now' || session.stage.includes(you.id);
}

/** What a class is told, the widest first: what is implied by another is left out. */
export type Off = 'receive_only' | 'interaction' | 'voice_video' | 'voice' | 'video';

export function offFor(session: Session): Off | null {
  const you = me(session);
  if (you?.role !== 'classroom') return null;
  const { interaction, voice, video } = switchesOf(session);
  if (you.publish === 'never') return 'receive_only';
  if (!interaction) return 'interaction';
  if (!voice && !video) return 'voice_video';
  return voice ? (video ? null : 'video') : 'voice';
}

/** Whether a class may raise its hand, as far as the switches go. */
export function mayTakePart(session: Session): boolean {
  return switchesOf(session).interaction && offersToSend(session);
}

/** What somebody from outside of the lesson did to it. */
export type Ordered = Extract<ServerMessage, { type: 'ordered' }>;

/** The words for it. */
export function orderedKey({ action, switches }: Ordered): Key {
  if (action === 'pause' || action === 'resume' || action === 'shut_down') return `ordered.${action}`;
  if (switches?.interaction === undefined) return 'ordered.switches';
  return switches.interaction ? 'ordered.allow' : 'ordered.forbid';
}
