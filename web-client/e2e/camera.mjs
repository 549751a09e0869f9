// A file for Chromium's --use-file-for-fake-video-capture: 30 pictures a second with a time code, and enough movement to be worth encoding.
// Chromium plays it in a circle.

import { existsSync, mkdirSync, openSync, closeSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encode } from './jpeg.mjs';
import { CELLS, ROW, cells } from './timecode.mjs';

/** Cells and row are whole blocks of 8 pixels in both. A small camera costs a machine with many browsers less. */
const SIZES = { large: [1024, 576], small: [512, 288] };
/** Pictures in the file; 20 s. */
export const FRAMES = 600;
export const FRAME_MS = 1000 / 30;

/** The file of one camera, made when it is not there yet. */
export function cameraFile(folder, camera, size = 'large') {
  const path = join(folder, `camera-${camera}-${SIZES[size].join('x')}.mjpeg`);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  const file = openSync(unfinished, 'w');
  for (let frame = 0; frame < FRAMES; frame++) writeSync(file, picture(...SIZES[size], camera, frame));
  closeSync(file);
  renameSync(unfinished, path);
  return path;
}

function picture(width, height, camera, frame) {
  const code = cells(camera, frame);
  const rows = (height * ROW) / 8;
  const columns = width / CELLS / 8;
  const luma = (x, y) => {
    if (y < rows) return code[Math.floor(x / columns)] ? 235 : 16;
    return scene((x * 160) / (width / 8), (y * 90) / (height / 8), frame);
  };
  const tint = 96 + ((camera * 37) % 64);
  return encode(width, height, luma, (_x, y) => (y * 16 < height * ROW + 16 ? [128, 128] : [tint, 224 - tint]));
}

/** A soft slope with a bright square that walks across it: little to encode, because the machine that runs the test encodes and decodes for everybody. */
function scene(x, y, frame) {
  if (Math.abs(x - ((frame * 0.5) % 160)) < 8 && Math.abs(y - 50) < 8) return 200;
  return 70 + Math.round(x / 4) + Math.round(y / 3);
}
