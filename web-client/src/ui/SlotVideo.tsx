import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import type { SlotContent } from '../session';
import { useLesson } from './context';
import { type Freshness, useFreshness } from './freshness';
import { useTrack } from './hooks';

interface Props {
  slot: string;
  content: SlotContent;
  /** What to say while there is no true picture. */
  children?: (freshness: Freshness) => ComponentChildren;
}

/** The picture of one receiving slot. It is hidden until a frame of what its label names has come. */
export function SlotVideo({ slot, content, children }: Props) {
  const lesson = useLesson();
  const track = lesson.slots.value.find((line) => line.slot === slot)?.track ?? null;
  const video = useTrack<HTMLVideoElement>(track);
  const freshness = useFreshness(video, `${track?.id} ${content.participant} ${content.source}`);

  useEffect(() => {
    const player = video.current;
    if (!player) return;
    const show = lesson.show(slot);
    const measure = () => show.width(Math.round(player.clientWidth * (window.devicePixelRatio || 1)));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(player);
    return () => {
      observer.disconnect();
      show.end();
    };
    // Said anew for a new transport and for new content: a slot that was paused while nothing was to be seen must not stay so.
  }, [slot, track?.id, content.participant, content.source]);

  return (
    <div class="slot-video">
      <video
        ref={video}
        playsInline
        autoPlay
        muted
        class={freshness === 'waiting' ? 'is-waiting' : ''}
        data-slot={slot}
        data-participant={content.participant}
        data-source={content.source}
        data-fresh={freshness}
        data-test="slot-video"
      />
      {children?.(freshness)}
    </div>
  );
}

/** Our own camera or screen. */
export function OwnVideo({ track, mirror, source }: { track: MediaStreamTrack | null; mirror?: boolean; source: 'camera' | 'screen' }) {
  const video = useTrack<HTMLVideoElement>(track);
  return <video ref={video} playsInline autoPlay muted class={mirror ? 'own-video mirror' : 'own-video'} data-source={source} data-test={`own-${source}`} />;
}
