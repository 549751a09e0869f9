// Small charts on a canvas: two lines on one scale, drawn once a second.
import type { Point } from './history';
import { SECONDS } from './history';

export interface Style {
  up: string;
  down: string;
  grid: string;
  /** Fill below the lines. */
  area: boolean;
}

/** A round figure at or above the largest value, so that the scale does not twitch. */
export function scaleOf(points: readonly Point[]): number {
  let largest = 1_000;
  for (const { up, down } of points) largest = Math.max(largest, up, down);
  const power = 10 ** Math.floor(Math.log10(largest));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= largest) ?? 10;
  return step * power;
}

/** Draws the last minute, newest at the right. */
export function draw(canvas: HTMLCanvasElement, points: readonly Point[], style: Style): void {
  const ratio = window.devicePixelRatio || 1;
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  const context = canvas.getContext('2d');
  if (!context) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  const scale = scaleOf(points);
  if (style.area) gridLines(context, width, height, style.grid);
  const line = (pick: (point: Point) => number, colour: string) => {
    if (points.length === 0) return;
    const x = (index: number) => width - ((points.length - 1 - index) * width) / (SECONDS - 1);
    const y = (value: number) => height - 1.5 - (value / scale) * (height - 3);
    context.beginPath();
    for (const [index, point] of points.entries()) context.lineTo(x(index), y(pick(point)));
    context.strokeStyle = colour;
    context.lineWidth = style.area ? 2 : 1.5;
    context.stroke();
    if (!style.area) return;
    context.lineTo(width, height);
    context.lineTo(x(0), height);
    context.globalAlpha = 0.12;
    context.fillStyle = colour;
    context.fill();
    context.globalAlpha = 1;
  };
  line((point) => point.down, style.down);
  line((point) => point.up, style.up);
}

function gridLines(context: CanvasRenderingContext2D, width: number, height: number, colour: string): void {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  for (const part of [0.25, 0.5, 0.75]) {
    const y = Math.round(height * part) + 0.5;
    context.beginPath();
    context.moveTo(0, y);
    context.lineTo(width, y);
    context.stroke();
  }
}
