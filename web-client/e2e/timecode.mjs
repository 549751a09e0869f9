// A time code in the picture: one row of 32 black or white cells along the top edge, each 1/32 of the width.
//
//   2 cells  white, black      where it begins
//   4 bits   camera            whose picture this is
//  16 bits   frame             counts up
//   8 bits   CRC-8 of the 20 bits above, so that a torn or blurred row is not taken for a number
//   2 cells  black, white      where it ends
//
// `read` runs in the page under test as well: it is sent there as text, so it must not use anything outside itself.

export const CELLS = 32;
/** Height of the row as a share of the picture's height. */
export const ROW = 1 / 18;

/** CRC-8 (polynomial 0x07) of a number of 20 bits, most significant bit first. */
export function crc8(value) {
  let crc = 0;
  for (let bit = 19; bit >= 0; bit--) {
    const top = ((crc >> 7) & 1) ^ ((value >> bit) & 1);
    crc = (crc << 1) & 0xff;
    if (top) crc ^= 0x07;
  }
  return crc;
}

/** The 32 cells, true for white. */
export function cells(camera, frame) {
  const value = ((camera & 0xf) << 16) | (frame & 0xffff);
  const bits = (number, count) => Array.from({ length: count }, (_, i) => ((number >> (count - 1 - i)) & 1) === 1);
  return [true, false, ...bits(value, 20), ...bits(crc8(value), 8), false, true];
}

/** Reads the time code from the luminance (0 to 255) of the 32 cells; null where there is none. */
export function read(luma) {
  let low = 255;
  let high = 0;
  for (const y of luma) {
    low = Math.min(low, y);
    high = Math.max(high, y);
  }
  if (high - low < 80) return null;
  const white = (i) => luma[i] > (low + high) / 2;
  if (!white(0) || white(1) || white(30) || !white(31)) return null;
  const number = (from, count) => {
    let value = 0;
    for (let i = from; i < from + count; i++) value = value * 2 + (white(i) ? 1 : 0);
    return value;
  };
  const value = number(2, 20);
  let crc = 0;
  for (let bit = 19; bit >= 0; bit--) {
    const top = ((crc >> 7) & 1) ^ ((value >> bit) & 1);
    crc = (crc << 1) & 0xff;
    if (top) crc ^= 0x07;
  }
  if (crc !== number(22, 8)) return null;
  return { camera: value >> 16, frame: value & 0xffff };
}
