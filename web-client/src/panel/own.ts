import type { Lesson } from '../lesson';
import type { OwnSound } from './scene';

/** What this page has to be heard with now. */
export function ownSound({ mediaPhase, capture, micOn }: Lesson): OwnSound {
  return { connected: mediaPhase.value === 'connected', microphone: capture.tracks.microphone.value !== null, on: micOn.value };
}
