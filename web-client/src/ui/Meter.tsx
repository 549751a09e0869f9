import { useEffect, useRef } from 'preact/hooks';
import { t } from '../i18n';

/** A live level bar of a microphone. It paints by itself, without rendering. */
export function Meter({ track }: { track: MediaStreamTrack | null }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => (track ? follow(track, (level) => paint(bar.current, level)) : paint(bar.current, 0)), [track]);
  return (
    <div class="meter" role="img" aria-label={t('device.level')}>
      <div ref={bar} class="meter-bar" data-test="meter" />
    </div>
  );
}

function paint(bar: HTMLDivElement | null, level: number): undefined {
  if (!bar) return;
  bar.style.clipPath = `inset(0 ${(100 - level * 100).toFixed(1)}% 0 0)`;
  bar.dataset.level = level.toFixed(2);
}

/** Calls with 0 to 1 about fifteen times a second until stopped. */
function follow(track: MediaStreamTrack, tell: (level: number) => void): () => void {
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    tell(levelOf(samples));
  }, 66);
  // A context made before any touch sleeps until one.
  const wake = () => void context.resume();
  wake();
  document.addEventListener('pointerdown', wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener('pointerdown', wake);
    void context.close();
  };
}

/** Loudness of a block on a scale where speech fills the bar: -60 dB is 0, -10 dB is 1. */
function levelOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / samples.length + 1e-10);
  return Math.min(1, Math.max(0, (decibels + 60) / 50));
}
