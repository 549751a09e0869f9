import { t } from '../i18n';
import { switchesOf } from '../safety';
import { me } from '../session';
import { useLesson } from '../ui/context';
import { Meter } from '../ui/Meter';
import { OwnVideo } from '../ui/SlotVideo';
import { CaptureNotice } from './CaptureNotice';
import { DeviceChoice } from './DeviceChoice';

/** The teacher's own picture, sound and courseware. */
export function OwnColumn() {
  const lesson = useLesson();
  const { capture } = lesson;
  const { tracks } = capture;
  return (
    <section class="own" aria-label={t('own.heading')}>
      <div class="own-card">
        <div class="own-picture">
          <OwnVideo track={lesson.cameraOn.value ? tracks.camera.value : null} mirror source="camera" />
          {(!tracks.camera.value || !lesson.cameraOn.value) && <p class="own-dark">{t(tracks.camera.value ? 'own.camera_off' : 'device.no_camera_picture')}</p>}
          <span class="tag">{me(lesson.session.value)?.name ?? t('own.heading')}</span>
        </div>
        <Meter track={lesson.micOn.value ? tracks.microphone.value : null} />
        <div class="own-buttons">
          <Switch
            on={lesson.micOn.value}
            label={t('device.microphone')}
            test="toggle-microphone"
            disabled={!tracks.microphone.value}
            onToggle={(on) => lesson.setMicrophone(on)}
          />
          <Switch
            on={lesson.cameraOn.value}
            label={t('device.camera')}
            test="toggle-camera"
            disabled={!tracks.camera.value}
            onToggle={(on) => lesson.setCamera(on)}
          />
        </div>
        <CaptureNotice source="camera" />
        <CaptureNotice source="microphone" />
        <details class="own-devices" data-test="own-devices">
          <summary>{t('own.devices')}</summary>
          <DeviceChoice capture={capture} kind="camera" />
          <DeviceChoice capture={capture} kind="microphone" />
          <DeviceChoice capture={capture} kind="speaker" />
        </details>
      </div>
      <Courseware />
    </section>
  );
}

function Switch({ on, label, test, disabled, onToggle }: { on: boolean; label: string; test: string; disabled: boolean; onToggle: (on: boolean) => void }) {
  return (
    <button
      type="button"
      class={on || disabled ? 'button small' : 'button small off'}
      aria-pressed={on && !disabled}
      disabled={disabled}
      onClick={() => onToggle(!on)}
      data-test={test}
    >
      {t(disabled ? 'switch.unopened' : on ? 'switch.on' : 'switch.off', { what: label })}
    </button>
  );
}

function Courseware() {
  const { capture, session } = useLesson();
  const allowed = switchesOf(session.value).screen;
  const screen = capture.tracks.screen.value;
  return (
    <div class="own-card">
      {screen && (
        <div class="own-picture">
          <OwnVideo track={screen} source="screen" />
          <span class="tag live">{t('courseware.on')}</span>
        </div>
      )}
      {screen ? (
        <button type="button" class="button" onClick={() => capture.stopScreen()} data-test="stop-screen">
          {t('courseware.stop')}
        </button>
      ) : (
        <button type="button" class="button primary" disabled={!allowed} onClick={() => void capture.startScreen()} data-test="start-screen">
          {t('courseware.start')}
        </button>
      )}
      {(!screen || !allowed) && (
        <p class="muted small-text" data-test="courseware-hint">
          {t(allowed ? 'courseware.hint' : 'courseware.switched_off')}
        </p>
      )}
      <CaptureNotice source="screen" />
    </div>
  );
}
