import { useEffect, useRef } from 'preact/hooks';
import { draw, type Style } from './chart';
import type { Point } from './history';

/** The colours of the two directions, as in the style sheet. */
const COLOURS = { up: '#b45309', down: '#1f5fbf', grid: '#e3e8ef' };

export function Chart({ points, label, area }: { points: readonly Point[]; label: string; area: boolean }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const style: Style = { ...COLOURS, area };
    if (canvas.current) draw(canvas.current, points, style);
  }, [points]);
  return <canvas ref={canvas} class={area ? 'chart' : 'sparkline'} role="img" aria-label={label} />;
}
