import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { useLesson } from '../ui/context';
import type { Freshness } from '../ui/freshness';
import { OwnVideo, SlotVideo } from '../ui/SlotVideo';
import { type Picture, picturesOf } from './scene';

/** Teacher, courseware and the called classes. Touching the small one of teacher and courseware makes it large. */
export function Pictures() {
  const { session } = useLesson();
  const [cameraLarge, setCameraLarge] = useState(false);
  const { main, beside } = picturesOf(session.value, cameraLarge);
  return (
    <main class={beside.length > 0 ? `pictures beside-${Math.min(beside.length, 5)}` : 'pictures'} data-test="pictures">
      {main && <Frame key={main.key} picture={main} place="main" />}
      {beside.length > 0 && (
        <div class="beside">
          {beside.map((picture) => (
            <Frame
              key={picture.key}
              picture={picture}
              place="beside"
              {...(picture.kind === 'teacher' || picture.kind === 'courseware' ? { onSwap: () => setCameraLarge(picture.kind === 'teacher') } : {})}
            />
          ))}
        </div>
      )}
    </main>
  );
}

function Frame({ picture, place, onSwap }: { picture: Picture; place: 'main' | 'beside'; onSwap?: () => void }) {
  const label = labelOf(picture);
  const inside = (
    <>
      <Moving picture={picture} />
      <span class={picture.kind === 'class' || picture.kind === 'own' ? 'frame-label on-stage' : 'frame-label'}>{label}</span>
    </>
  );
  const style = `frame ${place} ${picture.kind}`;
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
  const content = picture.slot === null ? undefined : lesson.session.value.slots[picture.slot];
  if (picture.slot === null || !content) return <p class="frame-text">{t(missing(picture))}</p>;
  return (
    <SlotVideo key={picture.slot} slot={picture.slot} content={content}>
      {(freshness: Freshness) =>
        freshness !== 'fresh' && <p class="frame-text">{t(freshness === 'waiting' ? 'panel.picture.waiting' : 'panel.picture.stalled')}</p>
      }
    </SlotVideo>
  );
}

function missing(picture: Picture) {
  if (!picture.participant.online || !picture.participant.media) return 'panel.picture.lost' as const;
  return picture.participant.sources.includes('camera') ? ('panel.picture.waiting' as const) : ('panel.picture.none' as const);
}

function labelOf({ kind, participant }: Picture): string {
  if (kind === 'courseware') return t('panel.courseware');
  return kind === 'own' ? t('panel.own') : participant.name;
}
