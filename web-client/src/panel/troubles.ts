// What a panel says of a camera or microphone that it cannot use. Pure but for the words.
import type { CaptureProblem } from '../capture';
import { t } from '../i18n';

/** A device, or both at once, and why it cannot be had. */
export interface Trouble {
  readonly what: 'camera' | 'microphone' | 'both';
  readonly problem: CaptureProblem;
}

/** One cause that keeps both devices away is told once. */
export function troublesOf(camera: CaptureProblem | null, microphone: CaptureProblem | null): Trouble[] {
  if (camera !== null && camera === microphone) return [{ what: 'both', problem: camera }];
  const troubles: Trouble[] = [];
  if (camera !== null) troubles.push({ what: 'camera', problem: camera });
  if (microphone !== null) troubles.push({ what: 'microphone', problem: microphone });
  return troubles;
}

/** The cause and the remedy in one line: what is not refused by the browser is tried again by itself. */
export function troubleText({ what, problem }: Trouble): string {
  return t(`panel.device.${problem}`, { what: t(`device.${what}`) });
}
