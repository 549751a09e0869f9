// The measuring itself: the code survives a codec, and a broken one is not taken for a number.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { FRAMES, cameraFile } from '../camera.mjs';
import { delays, eventually, quantile, sleep, within } from '../figures.mjs';
import { cells, read } from '../timecode.mjs';

const luma = (bits) => bits.map((white) => (white ? 220 : 30));

test('a time code reads back as it was written', () => {
  for (const [camera, frame] of [[0, 0], [15, 65535], [3, 599], [9, 32768]]) assert.deepEqual(read(luma(cells(camera, frame))), { camera, frame });
});

test('one wrong cell is noticed, wherever it is', () => {
  for (let wrong = 0; wrong < 32; wrong++) {
    const bits = cells(5, 1234);
    bits[wrong] = !bits[wrong];
    assert.equal(read(luma(bits)), null, `cell ${wrong}`);
  }
});

test('a grey picture holds no time code', () => {
  assert.equal(read(new Array(32).fill(128)), null);
});

test('delays pair the same picture and count each once', () => {
  const sent = [{ frame: 1, at: 100 }, { frame: 2, at: 133 }, { frame: null, at: 140 }, { frame: 2, at: 150 }];
  const received = [{ frame: null, at: 120 }, { frame: 1, at: 140 }, { frame: 1, at: 156 }, { frame: 2, at: 170 }, { frame: 7, at: 180 }];
  assert.deepEqual(delays(sent, received), [40, 37]);
});

test('a quantile is a value that was measured', () => {
  assert.equal(quantile([5, 1, 3], 0.5), 3);
  assert.equal(quantile([5, 1, 3], 0.95), 5);
  assert.ok(Number.isNaN(quantile([], 0.5)));
});

let server;
let browser;
before(async () => {
  server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><video id=sent muted autoplay></video><video id=got autoplay></video>'));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  browser = await launchChromium({ camera: cameraFile(join(tmpdir(), 'tongke-cameras'), 6) });
});
after(async () => {
  await browser?.close();
  server?.close();
});

test('the camera’s time code is read on both sides of a call, in the smallest layer too', async () => {
  const page = await browser.page();
  await page.open(`http://127.0.0.1:${server.address().port}/`);
  await page.run(async () => {
    const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } });
    document.querySelector('#sent').srcObject = media;
    const [a, b] = [new RTCPeerConnection(), new RTCPeerConnection()];
    a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate);
    b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate);
    b.ontrack = ({ track, streams }) => { if (track.kind === 'video') document.querySelector('#got').srcObject = streams[0]; };
    for (const track of media.getTracks()) {
      const sender = a.addTrack(track, media);
      if (track.kind !== 'video') continue;
      const parameters = sender.getParameters();
      parameters.encodings[0].scaleResolutionDownBy = 4;
      await sender.setParameters(parameters);
    }
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription);
  });
  const coded = (video) => video.pictures.filter((picture) => picture.frame !== null);
  await eventually('40 coded pictures came through', 15_000, async () => {
    const [, got] = await page.run(() => window.__probe.videos());
    return got && coded(got).length > 40;
  });
  await sleep(1000);
  const [sent, got] = await page.run(() => window.__probe.videos());
  assert.ok(coded(got).every((picture) => picture.camera === 6 && picture.frame < FRAMES));
  assert.equal(coded(got).at(-1).width, 256);
  const readable = coded(got).length / got.pictures.length;
  assert.ok(readable > 0.9, `${readable} of the pictures could be read`);
  const took = delays(sent.pictures, got.pictures);
  console.log(`browser to itself, no server: ${took.length} pictures, p50 ${quantile(took, 0.5).toFixed(0)} ms, p95 ${quantile(took, 0.95).toFixed(0)} ms`);
  assert.ok(took.length > 20);
  assert.ok(quantile(took, 0.5) < within(120));
  assert.ok((await page.run(() => window.__probe.sound())) > 0, 'the fake microphone’s beep is heard');
});
