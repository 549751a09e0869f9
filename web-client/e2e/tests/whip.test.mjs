// WHIP and WHEP with clients that are not ours: aiortc, and a few lines of JavaScript in Chromium.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { cameraFile } from '../camera.mjs';
import { startDemo } from '../demo.mjs';
import { eventually, sleep } from '../figures.mjs';
import { firstPicture, openPanel } from '../pages.mjs';

const HOST = 4;
let demo;
let browser;

before(async () => {
  demo = await startDemo();
  browser = await launchChromium({ camera: cameraFile(join(tmpdir(), 'tongke-cameras'), HOST) });
});
after(async () => {
  await browser?.close();
  await demo?.remove();
});

/** Runs peer.py; `next()` gives its lines of JSON one by one, `end()` closes its standard input and waits. */
function aiortc(...words) {
  const python = process.env.PYTHON ?? resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '../../../target'), 'python/bin/python');
  const child = spawn(python, [join(import.meta.dirname, '../peer.py'), ...words.map(String)], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (data) => { complaint += data; });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ended = new Promise((done) => child.once('exit', done));
  child.once('error', (error) => { complaint += `${python}: ${error.message}; run .ci/setup`; });
  return {
    async next() {
      const { value, done } = await lines.next();
      assert.ok(!done, `aiortc said nothing more:\n${complaint}`);
      return JSON.parse(value);
    },
    async end() {
      child.stdin.end();
      return ended;
    },
  };
}

/**
 * Publishes from plain JavaScript; resolves to {status, location, etag, state}. The page is of the server's own origin, as fetch needs it.
 * With another `fingerprint` the offer is of a certificate that the browser does not have.
 */
async function plainPublisher(fingerprint = null) {
  const page = await browser.page();
  await page.open(`${demo.url}/`);
  const answer = await page.run(
    async ([url, token, fingerprint]) => {
      const media = await navigator.mediaDevices.getUserMedia({ audio: true, video: { width: 1280, height: 720, frameRate: 30 } });
      const peer = new RTCPeerConnection();
      window.peer = peer;
      for (const track of media.getTracks()) peer.addTransceiver(track, { direction: 'sendonly', streams: [media] });
      await peer.setLocalDescription();
      const offer = fingerprint ? peer.localDescription.sdp.replaceAll(/^a=fingerprint:.*$/gm, `a=fingerprint:sha-256 ${fingerprint}`) : peer.localDescription.sdp;
      const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: offer });
      const body = await response.text();
      if (response.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp: body });
      return { status: response.status, location: response.headers.get('location'), etag: response.headers.get('etag'), type: response.headers.get('content-type'), body };
    },
    [`${demo.url}/whip/${demo.lesson}`, demo.tokens.host, fingerprint],
  );
  return { page, ...answer };
}

function post(path, token, body, type = 'application/sdp') {
  return fetch(demo.url + path, { method: 'POST', headers: { ...(token && { authorization: `Bearer ${token}` }), 'content-type': type }, body });
}

/** Ends a WHIP or WHEP session; resolves to the status. */
async function remove(location, token) {
  return (await fetch(new URL(location, demo.url), { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })).status;
}

test('WHIP and WHEP in plain JavaScript', async () => {
  const publisher = await plainPublisher();
  assert.equal(publisher.status, 201, publisher.body);
  assert.equal(publisher.type, 'application/sdp');
  assert.ok(publisher.location && publisher.etag, 'Location and ETag are there');
  await eventually('the publisher is connected', 5000, () => publisher.page.run(() => window.peer.connectionState === 'connected'));

  const panel = await openPanel(browser, demo, 0);
  await firstPicture(panel, HOST, { ms: 10_000 });

  const viewer = await browser.page();
  await viewer.open(`${demo.url}/`);
  const watched = await viewer.run(
    async ([url, token]) => {
      const peer = new RTCPeerConnection();
      window.peer = peer;
      const video = document.body.appendChild(document.createElement('video'));
      video.autoplay = true;
      const media = new MediaStream();
      video.srcObject = media;
      peer.ontrack = ({ track }) => media.addTrack(track);
      for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
      await peer.setLocalDescription();
      const response = await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/sdp' }, body: peer.localDescription.sdp });
      const body = await response.text();
      if (response.status === 201) await peer.setRemoteDescription({ type: 'answer', sdp: body });
      return { status: response.status, location: response.headers.get('location'), body };
    },
    [`${demo.url}/whep/${demo.lesson}`, demo.tokens.classrooms[1]],
  );
  assert.equal(watched.status, 201, watched.body);
  await eventually('the viewer sees the publisher move', 10_000, async () => {
    const [video] = await viewer.run(() => window.__probe.videos());
    return video && new Set(video.pictures.filter((picture) => picture.camera === HOST).map((picture) => picture.frame)).size > 20;
  });
  await eventually('the viewer hears something', 5000, () => viewer.run(async () => (await window.__probe.sound()) > 1e-4));

  assert.equal(await remove(watched.location, demo.tokens.classrooms[1]), 200);
  assert.equal(await remove(publisher.location, demo.tokens.host), 200);
  await Promise.all([panel, viewer, publisher.page].map((page) => page.close()));
});

test('aiortc publishes by WHIP; a classroom sees and hears it', async () => {
  const publisher = aiortc('publish', '--url', `${demo.url}/whip/${demo.lesson}`, '--token', demo.tokens.host, '--camera', 9);
  const connected = await publisher.next();
  console.log(`aiortc connected after ${connected.ms} ms`);
  const panel = await openPanel(browser, demo, 0);
  await firstPicture(panel, 9, { ms: 10_000 });
  await sleep(2000);
  const frames = await panel.run(() => window.__probe.videos().flatMap((video) => video.pictures).filter((picture) => picture.camera === 9).map((picture) => picture.frame));
  assert.ok(new Set(frames).size > 15, `${new Set(frames).size} different pictures`);
  await eventually('its tone is heard', 3000, () => panel.run(async () => (await window.__probe.sound()) > 1e-3));
  assert.equal(await publisher.end(), 0);
  assert.equal((await publisher.next()).deleted, 200);
  await panel.close();
});

test('aiortc watches by WHEP what Chromium publishes', async () => {
  const publisher = await plainPublisher();
  assert.equal(publisher.status, 201, publisher.body);
  const viewer = aiortc('watch', '--url', `${demo.url}/whep/${demo.lesson}?source=camera`, '--token', demo.tokens.classrooms[2], '--seconds', 6);
  await viewer.next();
  const seen = await viewer.next();
  console.log(`aiortc saw ${JSON.stringify(seen)}`);
  assert.deepEqual(seen.cameras, [HOST]);
  assert.ok(seen.different > 60, `${seen.different} different pictures in 6 s`);
  assert.ok(seen.energy > 0.1, 'it heard something');
  assert.equal(seen.deleted, 200);

  const offer = readFileSync(join(import.meta.dirname, '../../../sfu/tests/fixtures/offer-aiortc-whip.sdp'), 'utf8');
  const second = await post(`/whip/${demo.lesson}`, demo.tokens.host, offer);
  assert.equal(second.status, 409, 'a second host is refused');
  assert.match((await second.json()).detail, /主讲老师/, 'and told who is there');
  assert.equal(await remove(publisher.location, demo.tokens.host), 200);
  await publisher.page.close();
});

test('whoever does not have the certificate of the offer is not let in', async () => {
  const failures = async () => Number((await (await fetch(`${demo.url}/metrics`)).text()).match(/^tongke_media_dtls_failures_total (\d+)/m)[1]);
  const before = await failures();
  const publisher = await plainPublisher(Array(32).fill('AB').join(':'));
  assert.equal(publisher.status, 201, publisher.body);
  await eventually('the handshake fails', 5000, async () => (await failures()) > before);
  assert.equal(await publisher.page.run(() => window.peer.connectionState === 'connected'), false);
  await eventually('the session is over', 5000, async () => {
    const live = await fetch(`${demo.url}/api/v1/live`, { headers: { authorization: `Bearer ${demo.tokens.operator}` } });
    const { participants } = (await live.json()).lessons.find(({ lesson }) => lesson.id === demo.lesson);
    return !participants.some(({ role, online }) => role === 'host' && online);
  });
  assert.equal(await remove(publisher.location, demo.tokens.host), 404);
  await publisher.page.close();
  const next = await plainPublisher();
  assert.equal(next.status, 201, next.body);
  await eventually('the right certificate connects', 5000, () => next.page.run(() => window.peer.connectionState === 'connected'));
  assert.equal(await remove(next.location, demo.tokens.host), 200);
  await next.page.close();
});

test('what is wrong is said', async () => {
  const whip = `/whip/${demo.lesson}`;
  const cases = [
    ['no token', await post(whip, null, 'v=0'), 401],
    ['a forged token', await post(whip, `${demo.tokens.host.slice(0, -4)}AAAA`, 'v=0'), 401],
    ['a token of another lesson', await post('/whip/another', demo.tokens.host, 'v=0'), 403],
    ['not SDP', await post(whip, demo.tokens.host, 'hello'), 400],
    ['a classroom publishing as host', await post(whip, demo.tokens.operator, 'v=0'), 403],
    ['a megabyte', await post(whip, demo.tokens.host, 'a'.repeat(1 << 20)), 413],
    ['not application/sdp', await post(whip, demo.tokens.host, '{}', 'application/json'), 415],
  ];
  for (const [what, response, status] of cases) {
    assert.equal(response.status, status, `${what}: ${response.status} ${await response.clone().text()}`);
    assert.match(response.headers.get('content-type') ?? '', /^application\/problem\+json/, what);
    const problem = await response.json();
    assert.ok(problem.detail.length > 10, `${what}: ${JSON.stringify(problem)}`);
  }
});
