import type { Capture } from '../capture';
import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { LangSwitch } from '../ui/LangSwitch';
import { Meter } from '../ui/Meter';
import { OwnVideo } from '../ui/SlotVideo';
import { CaptureNotice } from './CaptureNotice';
import { keepChoices } from './choices';

type Kind = 'camera' | 'microphone' | 'speaker';
const INPUT: Record<Kind, MediaDeviceKind> = { camera: 'videoinput', microphone: 'audioinput', speaker: 'audiooutput' };

/** Before the lesson: see and hear oneself, choose devices, go in. */
export function Lobby({ onEnter }: { onEnter: () => void }) {
  const { capture } = useLesson();
  return (
    <main class="lobby" data-test="lobby">
      <header class="lobby-head">
        <h1>{t('title.console')}</h1>
        <LangSwitch />
      </header>
      <div class="lobby-body">
        <div class="lobby-preview">
          <OwnVideo track={capture.tracks.camera.value} mirror source="camera" />
          {!capture.tracks.camera.value && <p class="lobby-dark">{t(capture.problems.camera.value ? 'device.no_camera_picture' : 'device.opening')}</p>}
        </div>
        <section class="lobby-side">
          <h2>{t('lobby.heading')}</h2>
          <p class="muted">{t('lobby.text')}</p>
          <DeviceChoice capture={capture} kind="camera" />
          <CaptureNotice source="camera" />
          <DeviceChoice capture={capture} kind="microphone" />
          <Meter track={capture.tracks.microphone.value} />
          <CaptureNotice source="microphone" />
          <DeviceChoice capture={capture} kind="speaker" />
          <button type="button" class="button primary large" onClick={onEnter} data-test="enter">
            {t('lobby.enter')}
          </button>
        </section>
      </div>
    </main>
  );
}

/** One list of devices; hidden for loudspeakers where the browser cannot choose them. */
export function DeviceChoice({ capture, kind }: { capture: Capture; kind: Kind }) {
  const devices = capture.devices.value.filter((device) => device.kind === INPUT[kind]);
  if (kind === 'speaker' && (devices.length === 0 || !('setSinkId' in HTMLMediaElement.prototype))) return null;
  const wanted = kind === 'speaker' ? capture.chosen.speaker.value : (capture.tracks[kind].value?.getSettings().deviceId ?? capture.chosen[kind].value);
  const current = devices.some((device) => device.deviceId === wanted) ? wanted : devices[0]?.deviceId;
  const choose = (id: string) => {
    keepChoices({ [kind]: id });
    if (kind === 'speaker') capture.chosen.speaker.value = id;
    else void capture.choose(kind, id);
  };
  return (
    <label class="field">
      <span>{t(`device.${kind}`)}</span>
      <select value={current} disabled={devices.length === 0} onChange={(event) => choose(event.currentTarget.value)} data-test={`device-${kind}`}>
        {devices.length === 0 && <option value="">{t('device.none')}</option>}
        {devices.map((device, index) => (
          <option key={device.deviceId} value={device.deviceId}>
            {device.label || t('device.unnamed', { n: index + 1 })}
          </option>
        ))}
      </select>
    </label>
  );
}
