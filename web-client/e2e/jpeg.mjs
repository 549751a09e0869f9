// Baseline JPEG of pictures made of flat 8x8 blocks: only the DC coefficient of each block differs from zero, so there is no transform to compute.
// Colour with half resolution (4:2:0), as cameras deliver it. ITU-T T.81.

/** Bits per code length 1…16, then the symbols: T.81 table K.3, and a table of our own for AC that holds the end-of-block symbol alone. */
const DC = { counts: [0, 1, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0], symbols: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] };
const AC = { counts: [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], symbols: [0] };

/** Symbol → [code, length]: the canonical Huffman codes of T.81 annex C. */
function codes({ counts, symbols }) {
  const table = new Map();
  let code = 0;
  let next = 0;
  counts.forEach((count, index) => {
    for (let i = 0; i < count; i++) table.set(symbols[next++], [code++, index + 1]);
    code <<= 1;
  });
  return table;
}

const DC_CODES = codes(DC);

function segment(marker, bytes) {
  const length = bytes.length + 2;
  return [0xff, marker, length >> 8, length & 0xff, ...bytes];
}

function header(width, height) {
  const quantization = new Array(64).fill(8); // A DC step of 8/8 = 1 in luminance: every level is exact.
  const huffman = (id, { counts, symbols }) => [id, ...counts, ...symbols];
  return Buffer.from([
    0xff,
    0xd8,
    ...segment(0xe0, [0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0]),
    ...segment(0xdb, [0, ...quantization]),
    ...segment(0xc0, [8, height >> 8, height & 0xff, width >> 8, width & 0xff, 3, 1, 0x22, 0, 2, 0x11, 0, 3, 0x11, 0]),
    ...segment(0xc4, [...huffman(0x00, DC), ...huffman(0x10, AC)]),
    ...segment(0xda, [3, 1, 0, 2, 0, 3, 0, 0, 63, 0]),
  ]);
}

class Bits {
  constructor(capacity) {
    this.bytes = Buffer.alloc(capacity);
    this.length = 0;
    this.pending = 0;
    this.count = 0;
  }

  put(value, bits) {
    this.pending = (this.pending << bits) | value;
    this.count += bits;
    while (this.count >= 8) {
      this.count -= 8;
      const byte = (this.pending >> this.count) & 0xff;
      this.bytes[this.length++] = byte;
      if (byte === 0xff) this.bytes[this.length++] = 0;
    }
    this.pending &= (1 << this.count) - 1;
  }

  /** One flat block: the difference to the block before, then end of block. */
  block(difference) {
    const size = 32 - Math.clz32(Math.abs(difference));
    const [code, length] = DC_CODES.get(size);
    this.put(code, length);
    if (size) this.put(difference < 0 ? difference + (1 << size) - 1 : difference, size);
    this.put(0, 1);
  }

  end() {
    if (this.count) this.put((1 << (8 - this.count)) - 1, 8 - this.count);
    return this.bytes.subarray(0, this.length);
  }
}

/**
 * One picture. Width and height are multiples of 16. `luma(x, y)` gives the level 0…255 of the 8x8 block at that column and row,
 * `chroma(x, y)` the [blue, red] difference, 128 for none, of the 16x16 square at that column and row.
 */
export function encode(width, height, luma, chroma) {
  const bits = new Bits((width * height) / 16 + 1024);
  const last = [0, 0, 0];
  const put = (component, level) => {
    const dc = level - 128;
    bits.block(dc - last[component]);
    last[component] = dc;
  };
  for (let row = 0; row < height / 16; row++) {
    for (let column = 0; column < width / 16; column++) {
      for (let half = 0; half < 4; half++) put(0, luma(column * 2 + (half & 1), row * 2 + (half >> 1)));
      const [blue, red] = chroma(column, row);
      put(1, blue);
      put(2, red);
    }
  }
  return Buffer.concat([header(width, height), bits.end(), Buffer.from([0xff, 0xd9])]);
}
