// A file for Chromium's --use-file-for-fake-video-capture: 30 pictures a second with a time code, and enough movement to be worth encoding.
// Chromium plays it in a circle.

import { existsSync, mkdirSync, openSync, closeSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from './jpeg.mjs';
import { CELLS, ROW, cells } from './timecode.mjs';

const WIDTH = 1280;
const HEIGHT = 720;
/** Pictures in the file; 20 s. */
export const FRAMES = 600;
export const FRAME_MS = 1000 / 30;

/** The file of one camera, made when it is not there yet. */
export function cameraFile(folder, camera) {
  const path = join(folder, `camera-${camera}-v1.mjpeg`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const file = openSync(unfinished, 'w');
  for (let frame = 0; frame < FRAMES; frame++) writeSync(file, picture(camera, frame));
  closeSync(file);
  renameSync(unfinished, path);
  return path;
}

function picture(camera, frame) {
  const code = cells(camera, frame);
  const rows = (HEIGHT * ROW) / 8;
  const columns = WIDTH / CELLS / 8;
  const luma = (x, y) => {
    if (y < rows) return code[Math.floor(x / columns)] ? 235 : 16;
    return scene(x, y, frame);
  };
  const tint = 96 + ((camera * 37) % 64);
  return encode(WIDTH, HEIGHT, luma, (_x, y) => (y * 16 < HEIGHT * ROW + 16 ? [128, 128] : [tint, 224 - tint]));
}

/** A soft slope with a bright square that walks across it. */
function scene(x, y, frame) {
  const dx = x - ((frame * 0.5) % 160);
  const dy = y - 50;
  if (Math.abs(dx) < 12 && Math.abs(dy) < 12) return 200;
  return Math.round(90 + 40 * Math.sin((x + frame * 0.3) / 11) + 30 * Math.cos(y / 7));
}
