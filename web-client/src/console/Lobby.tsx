import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { LangSwitch } from '../ui/LangSwitch';
import { Meter } from '../ui/Meter';
import { OwnVideo } from '../ui/SlotVideo';
import { CaptureNotice } from './CaptureNotice';
import { DeviceChoice } from './DeviceChoice';

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
