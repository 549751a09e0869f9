import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { OwnVideo } from '../ui/SlotVideo';
import type { Scene } from './scene';
import { troublesOf, troubleText } from './troubles';

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
          <DeviceChecks />
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

/** What works, what is being opened, and what does not work for which cause. */
function DeviceChecks() {
  const lesson = useLesson();
  if (lesson.me.value?.role === 'observer') return null;
  const { problems, tracks } = lesson.capture;
  const problem = (source: 'camera' | 'microphone') => (tracks[source].value === null ? problems[source].value : null);
  return (
    <>
      {(['camera', 'microphone'] as const).map((source) => {
        const ready = tracks[source].value !== null;
        return problem(source) === null && <Check key={source} ok={ready} text={t(ready ? `panel.check.${source}` : 'device.opening')} />;
      })}
      {troublesOf(problem('camera'), problem('microphone')).map((trouble) => (
        <Check key={trouble.what} ok={false} text={troubleText(trouble)} />
      ))}
    </>
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
