import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { useLesson } from '../ui/context';
import type { Freshness } from '../ui/freshness';
import { OwnVideo, SlotVideo } from '../ui/SlotVideo';
import { ownSound } from './own';
import { layoutOf, type Picture, picturesOf, silenceOf } from './scene';

/** Teacher, courseware, the class that has the floor, and the others on stage. Touching the small one of teacher and courseware makes it large. */
export function Pictures() {
  const { session } = useLesson();
  const [cameraLarge, setCameraLarge] = useState(false);
  const pictures = picturesOf(session.value, cameraLarge);
  const { layout, small } = layoutOf(pictures);
  // Places for three small ones in a row at least; fewer stand in the middle.
  const half = Math.max(3, small);
  const first = pictures.find((picture) => picture.place === 'stage');
  return (
    <main class={`pictures ${layout} small-${small}`} style={{ '--small': small, '--half': half }} data-test="pictures">
      {pictures.map((picture) => (
        <Frame
          key={picture.key}
          picture={picture}
          first={picture === first}
          {...(picture.place === 'beside' ? { onSwap: () => setCameraLarge(picture.kind === 'teacher') } : {})}
        />
      ))}
    </main>
  );
}

function Frame({ picture, first, onSwap }: { picture: Picture; first: boolean; onSwap?: () => void }) {
  const lesson = useLesson();
  const silent = picture.kind === 'own' ? silenceOf(lesson.session.value, ownSound(lesson)) !== null : picture.participant.muted;
  const label = labelOf(picture, silent);
  const inside = (
    <>
      <Moving picture={picture} />
      <span class="frame-label">{label}</span>
    </>
  );
  const style = `frame ${picture.place} ${picture.kind}${first ? ' first' : ''}`;
  if (!onSwap) return <figure class={style}>{inside}</figure>;
  return (
    <button type="button" class={style} onClick={onSwap} aria-label={t('panel.swap', { what: label })} data-test="swap">
      {inside}
    </button>
  );
}

function Moving({ picture }: { picture: Picture }) {
  const lesson = useLesson();
  if (picture.kind === 'own') {
    const camera = lesson.capture.tracks.camera.value;
    return camera ? <OwnVideo track={camera} source="camera" /> : <p class="frame-text">{t('device.no_camera_picture')}</p>;
  }
  const unreached = lesson.unreached.value !== null;
  const content = picture.slot === null ? undefined : lesson.session.value.slots[picture.slot];
  if (picture.slot === null || !content) return <p class="frame-text">{t(unreached ? 'picture.unreached' : missing(picture))}</p>;
  return (
    <SlotVideo key={picture.slot} slot={picture.slot} content={content}>
      {(freshness: Freshness) =>
        freshness !== 'fresh' && (
          <p class="frame-text">{t(unreached ? 'picture.unreached' : freshness === 'waiting' ? 'panel.picture.waiting' : 'panel.picture.stalled')}</p>
        )
      }
    </SlotVideo>
  );
}

function missing(picture: Picture) {
  if (!picture.participant.online || !picture.participant.media) return 'panel.picture.lost' as const;
  return picture.participant.sources.includes('camera') ? ('panel.picture.waiting' as const) : ('panel.picture.none' as const);
}

function labelOf({ kind, participant, place }: Picture, silent: boolean): string {
  if (kind === 'courseware') return t('panel.courseware');
  const what = kind === 'own' ? t('panel.own') : participant.name;
  return place === 'floor' ? t(silent ? 'panel.floor_silent' : 'panel.floor', { what }) : what;
}
