// What a test puts into a page to see what a person would see: which pictures are painted, when, and what their time code says.

import { ROW, read } from './timecode.mjs';

/** Runs in the page before its own scripts. Keeps, for every video element, the last 2,000 pictures painted: {at: ms since 1970, camera, frame}. */
function install(readCode, row) {
  const CELLS = 32;
  const SAMPLES = 4;
  const seen = new Map();
  const canvas = document.createElement('canvas');
  canvas.width = CELLS * SAMPLES;
  canvas.height = SAMPLES;
  const context = canvas.getContext('2d', { willReadFrequently: true });

  function code(video) {
    context.drawImage(video, 0, 0, video.videoWidth, video.videoHeight * row, 0, 0, canvas.width, canvas.height);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const luma = [];
    for (let cell = 0; cell < CELLS; cell++) {
      let sum = 0;
      for (const y of [1, 2]) {
        for (const x of [1, 2]) {
          const at = 4 * (y * canvas.width + cell * SAMPLES + x);
          sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
        }
      }
      luma.push(sum / 4);
    }
    return readCode(luma);
  }

  function watch(video) {
    if (seen.has(video)) return;
    const pictures = [];
    seen.set(video, pictures);
    const painted = (now, meta) => {
      if (video.videoWidth > 0) {
        const at = performance.timeOrigin + (meta.presentationTime ?? now);
        pictures.push({ at, width: video.videoWidth, ...(code(video) ?? { camera: null, frame: null }) });
        if (pictures.length > 2000) pictures.shift();
      }
      video.requestVideoFrameCallback(painted);
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

  window.__probe = {
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
    /** The energy of all sound received so far, by receiving m-line (getStats; it counts what the decoder gave to the loudspeaker). */
    sound: async () => {
      let energy = 0;
      for (const connection of connections) {
        if (connection.connectionState === 'closed') continue;
        for (const report of (await connection.getStats()).values()) {
          if (report.type === 'inbound-rtp' && report.kind === 'audio') energy += report.totalAudioEnergy ?? 0;
        }
      }
      return energy;
    },
    /** The figures of all received pictures: decoded, freezes. */
    decoded: async () => {
      const sum = { frames: 0, freezes: 0, packetsLost: 0 };
      for (const connection of connections) {
        if (connection.connectionState === 'closed') continue;
        for (const report of (await connection.getStats()).values()) {
          if (report.type !== 'inbound-rtp' || report.kind !== 'video') continue;
          sum.frames += report.framesDecoded ?? 0;
          sum.freezes += report.freezeCount ?? 0;
          sum.packetsLost += report.packetsLost ?? 0;
        }
      }
      return sum;
    },
  };
}

/** The script to run in a page before its own. */
export const PROBE = `(${install})(${read}, ${ROW});`;
