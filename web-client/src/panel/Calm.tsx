import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { OwnVideo } from '../ui/SlotVideo';
import type { Scene } from './scene';

/** The screen while nothing is taught: what is being waited for, and that camera and microphone are fine. */
export function Calm({ scene }: { scene: Exclude<Scene, { kind: 'barrier' | 'lesson' }> }) {
  const lesson = useLesson();
  const camera = lesson.capture.tracks.camera.value;
  const text = scene.kind === 'waiting' ? t(scene.hostHere ? 'panel.waiting.host_here' : 'panel.waiting.no_host') : t(`panel.${scene.kind}.text`);
  return (
    <main class="calm" data-test={`calm-${scene.kind}`}>
      <div class="calm-text" role="status" aria-live="polite">
        <p class="calm-lesson">{lesson.session.value.lesson?.title ?? t('brand')}</p>
        <h1>{t(`panel.${scene.kind}.title`)}</h1>
        <p>{text}</p>
        <ul class="checks">
          <LineCheck />
          <DeviceCheck source="camera" />
          <DeviceCheck source="microphone" />
        </ul>
      </div>
      <figure class="calm-own">
        {camera ? <OwnVideo track={camera} mirror source="camera" /> : <div class="calm-dark">{t('device.no_camera_picture')}</div>}
        <figcaption>{lesson.me.value?.name ?? t('panel.own')}</figcaption>
      </figure>
    </main>
  );
}

function LineCheck() {
  const lesson = useLesson();
  const line = lesson.phase.value.kind !== 'joined' ? 'no_network' : lesson.unreached.value ? 'unreached' : 'network';
  return <Check ok={line === 'network'} text={t(`panel.check.${line}`)} />;
}

function DeviceCheck({ source }: { source: 'camera' | 'microphone' }) {
  const lesson = useLesson();
  if (lesson.me.value?.role === 'observer') return null;
  const problem = lesson.capture.problems[source].value;
  const ready = lesson.capture.tracks[source].value !== null;
  return (
    <Check ok={ready} text={ready ? t(`panel.check.${source}`) : problem ? `${t(`device.${source}`)}：${t(`capture.${problem}`)}` : t('device.opening')} />
  );
}

function Check({ ok, text }: { ok: boolean; text: string }) {
  return (
    <li class={ok ? 'ok' : 'not-ok'}>
      <span class="check-mark" aria-hidden="true">
        {ok ? '✓' : '!'}
      </span>
      {text}
    </li>
  );
}
