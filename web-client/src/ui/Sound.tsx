import { useEffect } from 'preact/hooks';
import type { ReceivingSlot } from '../media';
import { useLesson } from './context';
import { play, useTrack } from './hooks';

type Player = HTMLAudioElement & { setSinkId?: (id: string) => Promise<void> };

/** The audio slots, each on its own player, on the chosen loudspeaker. */
export function Sound() {
  const lesson = useLesson();
  const audio = lesson.slots.value.filter((slot) => slot.track.kind === 'audio');
  return (
    <div hidden>
      {audio.map((slot) => (
        <AudioSlot key={slot.slot} slot={slot} />
      ))}
    </div>
  );
}

function AudioSlot({ slot }: { slot: ReceivingSlot }) {
  const lesson = useLesson();
  const element = useTrack<HTMLAudioElement>(slot.track, () => {
    lesson.soundBlocked.value = true;
  });
  const speaker = lesson.capture.chosen.speaker.value;
  useEffect(() => {
    const player = element.current as Player | null;
    // A loudspeaker that is gone falls back to the system's.
    if (speaker !== '') player?.setSinkId?.(speaker).catch(() => undefined);
  }, [speaker, slot.track]);
  // biome-ignore lint/a11y/useMediaCaption: live speech has no caption track
  return <audio ref={element} autoPlay data-slot={slot.slot} data-test="slot-audio" />;
}

/** After a touch: every player may start. */
export function startSound(): void {
  for (const player of document.querySelectorAll('audio')) play(player);
}
