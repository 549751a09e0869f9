// What a test puts into a page to see what a person would see: which pictures are painted, when, and what their time code says.

import { ROW, read } from './timecode.mjs';

/** Runs in the page before its own scripts. Keeps, for every video element, the last 2,000 pictures painted: {at: ms since 1970, camera, frame}. */
function install(readCode, row, viaCanvas) {
  const CELLS = 32;
  const seen = new Map();

  /** The luminance of the cells; green is luminance enough for black and white. */
  const cellsOf = viaCanvas ? paintedCells : copiedCells;

  let canvas;
  /** From the row with the time code, painted so small that each cell is one pixel. */
  async function paintedCells(video) {
    canvas ??= new OffscreenCanvas(CELLS, 1).getContext('2d', { willReadFrequently: true });
    canvas.imageSmoothingEnabled = false;
    canvas.drawImage(video, 0, 0, video.videoWidth, video.videoHeight * row, 0, 0, CELLS, 1);
    const { data } = canvas.getImageData(0, 0, CELLS, 1);
    return Array.from({ length: CELLS }, (_, cell) => data[4 * cell + 1]);
  }

  /** From the picture's own luminance plane: only the row with the time code is copied, nothing is converted. */
  async function copiedCells(video) {
    const frame = new VideoFrame(video, { timestamp: 0 });
    try {
      return await copyOf(frame);
    } finally {
      frame.close();
    }
  }

  async function copyOf(frame) {
    const { width, height } = frame.visibleRect;
    const x = frame.visibleRect.x + (frame.visibleRect.x % 2);
    const rows = Math.max(2, Math.round((height * row) / 2) * 2);
    const rect = { x, y: frame.visibleRect.y, width, height: rows };
    const buffer = new Uint8Array(frame.allocationSize({ rect }));
    const [plane] = await frame.copyTo(buffer, { rect });
    // RGB formats hold four bytes a pixel.
    const [step, offset] = /^(I4|NV)/.test(frame.format) ? [1, 0] : [4, 1];
    const line = plane.offset + Math.floor(rows / 2) * plane.stride + offset;
    return Array.from({ length: CELLS }, (_, cell) => buffer[line + step * Math.floor(((2 * cell + 1) * width) / (2 * CELLS))]);
  }

  function watch(video) {
    if (seen.has(video)) return;
    const pictures = [];
    seen.set(video, pictures);
    const painted = (now, meta) => {
      video.requestVideoFrameCallback(painted);
      if (video.videoWidth === 0) return;
      const picture = { at: performance.timeOrigin + (meta.presentationTime ?? now), width: video.videoWidth, camera: null, frame: null };
      pictures.push(picture);
      if (pictures.length > 2000) pictures.shift();
      cellsOf(video)
        .then((luma) => Object.assign(picture, readCode(luma)))
        .catch((error) => { probe.trouble = String(error); });
    };
    video.requestVideoFrameCallback(painted);
  }

  const connections = [];
  const offers = [];
  if (window.RTCPeerConnection) {
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
      constructor(...args) {
        super(...args);
        connections.push(this);
      }
      setLocalDescription(...args) {
        offers.push(performance.timeOrigin + performance.now());
        return super.setLocalDescription(...args);
      }
    };
  }

  const joins = [];
  const NativeSocket = window.WebSocket;
  window.WebSocket = class extends NativeSocket {
    constructor(...args) {
      super(...args);
      joins.push(performance.timeOrigin + performance.now());
    }
  };

  const clicks = [];
  window.addEventListener('click', () => clicks.push(performance.timeOrigin + performance.now()), { capture: true });

  new MutationObserver(() => document.querySelectorAll('video').forEach(watch)).observe(document, { childList: true, subtree: true });

  const probe = {
    /** Why the last unreadable picture could not be read. */
    trouble: null,
    started: performance.timeOrigin,
    now: () => performance.timeOrigin + performance.now(),
    /** When the page described itself to the server (an offer), when it opened a WebSocket, when somebody clicked. */
    offers,
    joins,
    clicks,
    /** Every video on the page with its attributes and the pictures painted since `since` (ms since 1970). */
    videos: (since = 0) =>
      [...seen].filter(([video]) => video.isConnected).map(([video, pictures]) => ({
        ...video.dataset,
        shown: video.checkVisibility?.() !== false && video.clientWidth > 0,
        pictures: pictures.filter((picture) => picture.at >= since),
      })),
    /** What the page receives: every `inbound-rtp` report of its open connections (getStats). */
    received: async () => {
      const open = connections.filter((connection) => connection.connectionState !== 'closed');
      const reports = await Promise.all(open.map((connection) => connection.getStats()));
      return reports.flatMap((report) => [...report.values()].filter(({ type }) => type === 'inbound-rtp').map((inbound) => ({ ...inbound })));
    },
    /** The energy of all sound received so far (it counts what the decoder gave to the loudspeaker). */
    sound: async () => (await probe.received()).filter(({ kind }) => kind === 'audio').reduce((energy, { totalAudioEnergy }) => energy + (totalAudioEnergy ?? 0), 0),
  };
  window.__probe = probe;
}

/**
 * The script to run in a page before its own. `viaCanvas`: pictures are read by painting them, which costs Firefox a third of what copying their luminance
 * costs it, and Chromium several times as much.
 */
export const probe = ({ viaCanvas }) => `(${install})(${read}, ${ROW}, ${viaCanvas});`;