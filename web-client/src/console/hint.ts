// What the classes get of the teacher now, in one sentence. Pure.
import type { LessonState, Source } from '../generated/protocol';
import type { Key } from '../i18n';

/** `sent`: what is captured, switched on and allowed; `joined`: whether the service is there to be told; `connected`: whether media flows at all. */
export function hintKey(state: LessonState, sent: readonly Source[], joined: boolean, connected: boolean): Key | null {
  if (!joined) return state === 'ended' || state === 'cancelled' ? null : 'hint.offline';
  if (state === 'open' || state === 'paused') return `hint.${state}`;
  if (state !== 'live') return null;
  if (!connected) return 'hint.not_connected';
  const heard = sent.includes('microphone');
  if (sent.includes('camera')) return heard ? 'hint.live' : 'hint.live_unheard';
  if (sent.includes('screen')) return heard ? 'hint.live_courseware' : 'hint.live_courseware_unheard';
  return heard ? 'hint.live_unseen' : 'hint.live_nothing';
}
