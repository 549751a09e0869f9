import type { Capture } from '../capture';
import { t } from '../i18n';
import { keepChoices } from './choices';

type Kind = 'camera' | 'microphone' | 'speaker';
const INPUT: Record<Kind, MediaDeviceKind> = { camera: 'videoinput', microphone: 'audioinput', speaker: 'audiooutput' };

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
