// A class's line in one colour. Pure.
import type { ParticipantStats, ParticipantView } from '../generated/protocol';

export type Health = 'offline' | 'no_media' | 'good' | 'fair' | 'poor';

/** The same limits as on the operator's board. */
export function healthOf(participant: ParticipantView, stats: ParticipantStats | undefined): Health {
  if (!participant.online) return 'offline';
  if (!participant.media) return 'no_media';
  if (!stats) return 'good';
  const loss = Math.max(stats.up_loss, stats.down_loss);
  const rtt = stats.rtt_ms ?? 0;
  if (loss > 0.05 || rtt > 400) return 'poor';
  return loss > 0.02 || rtt > 200 ? 'fair' : 'good';
}
