// Cameras, microphones and shared screens of this machine.
import { signal } from '@preact/signals';
import type { Source } from './generated/protocol';

/** Why a source cannot be had; the dictionaries say what to do. */
export type CaptureProblem = 'denied' | 'missing' | 'busy' | 'insecure' | 'unsupported' | 'gone' | 'other';

/** A lost or missing device is looked for this often. */
const RETRY_MS = 5_000;

/** Three layers of 1080 lines need about two cores to themselves; a computer with fewer sends 720 lines. */
const STRONG_CORES = 4;

/** The picture size asked for; the camera gives its nearest. */
export function cameraSize(kind: 'host' | 'classroom', cores: number): MediaTrackConstraints {
  const frameRate = { ideal: kind === 'host' ? 25 : 20, max: 30 };
  // Panels are weak and share their school's line: 720 lines are plenty for a class.
  const large = kind === 'host' && cores >= STRONG_CORES;
  return { width: { ideal: large ? 1920 : 1280 }, height: { ideal: large ? 1080 : 720 }, frameRate };
}

const MICROPHONE: MediaTrackConstraints = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };

/** The name of a `getUserMedia` error, as one of ours. */
export function problemOf(error: unknown): CaptureProblem {
  switch ((error as { name?: unknown } | null)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
    case 'PermissionDeniedError':
      return 'denied';
    case 'NotFoundError':
    case 'DevicesNotFoundError':
    case 'OverconstrainedError':
      return 'missing';
    case 'NotReadableError':
    case 'TrackStartError':
    case 'AbortError':
      return 'busy';
    default:
      return 'other';
  }
}

/** Why this browser cannot capture at all; null when it can. */
function barrier(): CaptureProblem | null {
  if (navigator.mediaDevices) return null;
  return window.isSecureContext ? 'unsupported' : 'insecure';
}

type Live = 'microphone' | 'camera';

/** The page's captured sources. Signals change as devices come and go. */
export class Capture {
  readonly tracks = {
    microphone: signal<MediaStreamTrack | null>(null),
    camera: signal<MediaStreamTrack | null>(null),
    screen: signal<MediaStreamTrack | null>(null),
  };
  readonly problems = {
    microphone: signal<CaptureProblem | null>(null),
    camera: signal<CaptureProblem | null>(null),
    screen: signal<CaptureProblem | null>(null),
  };
  readonly devices = signal<readonly MediaDeviceInfo[]>([]);
  readonly chosen = { microphone: signal(''), camera: signal(''), speaker: signal('') };
  private wanted = new Set<Live>();
  private retryTimer = 0;

  constructor(
    private readonly kind: 'host' | 'classroom',
    private readonly changed: (source: Source, track: MediaStreamTrack | null) => void,
  ) {
    if (navigator.mediaDevices) navigator.mediaDevices.addEventListener('devicechange', () => void this.devicesChanged());
  }

  /** Whether devices were asked for and not given back. */
  get opened(): boolean {
    return this.wanted.size > 0;
  }

  /** Opens camera and microphone with one question to the user; each is tried alone when together they fail. */
  async open(): Promise<void> {
    this.wanted = new Set<Live>(['microphone', 'camera']);
    const problem = barrier();
    if (problem) return this.fail(['microphone', 'camera'], problem);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: this.constraints('microphone'), video: this.constraints('camera') });
      for (const track of stream.getTracks()) this.take(track.kind === 'audio' ? 'microphone' : 'camera', track);
    } catch {
      await this.openOne('microphone');
      await this.openOne('camera');
    }
    await this.listDevices();
  }

  /** Takes another device. */
  async choose(source: Live, deviceId: string): Promise<void> {
    this.chosen[source].value = deviceId;
    await this.openOne(source);
  }

  async startScreen(): Promise<void> {
    const problem = barrier() ?? ('getDisplayMedia' in navigator.mediaDevices ? null : 'unsupported');
    if (problem) return this.fail(['screen'], problem);
    try {
      const video = { frameRate: { ideal: 10, max: 15 }, width: { max: 1920 }, height: { max: 1080 } };
      const stream = await navigator.mediaDevices.getDisplayMedia({ video, audio: false });
      const track = stream.getVideoTracks()[0];
      if (!track) return this.fail(['screen'], 'missing');
      if ('contentHint' in track) track.contentHint = 'detail';
      this.take('screen', track);
    } catch (error) {
      // Closing the browser's own dialog is a choice, not a fault.
      const why = problemOf(error);
      this.problems.screen.value = why === 'denied' ? null : why;
    }
  }

  stopScreen(): void {
    this.release('screen');
  }

  /** Gives every device back. */
  close(): void {
    this.wanted.clear();
    clearTimeout(this.retryTimer);
    for (const source of ['microphone', 'camera', 'screen'] as const) {
      this.release(source);
      this.problems[source].value = null;
    }
  }

  /** `exact`: browsers do not heed a device that is merely preferred. */
  private constraints(source: Live, device: string = this.chosen[source].value): MediaTrackConstraints {
    const base = source === 'camera' ? cameraSize(this.kind, navigator.hardwareConcurrency ?? 2) : MICROPHONE;
    return device === '' ? base : { ...base, deviceId: { exact: device } };
  }

  /** Opens the chosen device, or any where that one is not there. */
  private async openOne(source: Live): Promise<void> {
    const problem = barrier();
    if (problem) return this.fail([source], problem);
    const open = (device?: string) => {
      const constraints = this.constraints(source, device);
      return navigator.mediaDevices.getUserMedia(source === 'camera' ? { video: constraints } : { audio: constraints });
    };
    try {
      const stream = await open().catch((error) => {
        if (this.chosen[source].value === '' || problemOf(error) !== 'missing') throw error;
        return open('');
      });
      const track = stream.getTracks()[0];
      if (track) this.take(source, track);
    } catch (error) {
      this.fail([source], problemOf(error));
    }
  }

  private take(source: Source, track: MediaStreamTrack): void {
    // Closed while the device was being opened.
    if (source !== 'screen' && !this.wanted.has(source)) return track.stop();
    const old = this.tracks[source].value;
    this.problems[source].value = null;
    this.tracks[source].value = track;
    track.onended = () => this.ended(source, track);
    this.changed(source, track);
    if (old && old !== track) {
      old.onended = null;
      old.stop();
    }
  }

  private release(source: Source): void {
    const track = this.tracks[source].value;
    if (!track) return;
    track.onended = null;
    track.stop();
    this.tracks[source].value = null;
    this.changed(source, null);
  }

  /** The device was pulled, or the user stopped sharing in the browser's bar. */
  private ended(source: Source, track: MediaStreamTrack): void {
    if (this.tracks[source].value !== track) return;
    this.release(source);
    if (source !== 'screen') this.fail([source], 'gone');
  }

  private fail(sources: readonly Source[], problem: CaptureProblem): void {
    if (!this.opened && !sources.includes('screen')) return;
    for (const source of sources) this.problems[source].value = problem;
    if (problem === 'insecure' || problem === 'unsupported') return;
    clearTimeout(this.retryTimer);
    this.retryTimer = window.setTimeout(() => void this.retry(), RETRY_MS);
  }

  /** Asks again only where that asks nobody: a refusal is retried by a person (or when devices change). */
  private async retry(): Promise<void> {
    for (const source of this.wanted) {
      const problem = this.problems[source].value;
      if (!this.tracks[source].value && problem !== null && problem !== 'denied') await this.openOne(source);
    }
  }

  private async devicesChanged(): Promise<void> {
    await this.listDevices();
    await this.retry();
  }

  private async listDevices(): Promise<void> {
    this.devices.value = await navigator.mediaDevices.enumerateDevices().catch(() => []);
  }
}
