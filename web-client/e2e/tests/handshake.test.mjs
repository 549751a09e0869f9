// A hundred browser sessions while every fifth packet is lost: all connect, none later than 5 s.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium, launchFirefox } from '../browsers.mjs';
import { startDemo } from '../demo.mjs';
import { quantile } from '../figures.mjs';
import { losePackets, refusal } from '../loss.mjs';

const SESSIONS = 100;
const LOSS = 0.2;

let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.remove());

/** Runs in the page: one WHEP session; resolves to the ms from the answer to `connected`, or to what went wrong. */
async function session([url, token]) {
  const peer = new RTCPeerConnection();
  for (const kind of ['audio', 'video']) peer.addTransceiver(kind, { direction: 'recvonly' });
  await peer.setLocalDescription();
  const authorization = `Bearer ${token}`;
  const response = await fetch(url, { method: 'POST', headers: { authorization, 'content-type': 'application/sdp' }, body: peer.localDescription.sdp });
  const body = await response.text();
  if (response.status !== 201) return `${response.status} ${body}`;
  const begin = performance.now();
  const done = new Promise((resolve) => {
    peer.onconnectionstatechange = () => {
      if (peer.connectionState === 'connected') resolve(performance.now() - begin);
      if (peer.connectionState === 'failed') resolve('failed');
    };
    setTimeout(() => resolve(`${peer.connectionState} after 15 s (ICE ${peer.iceConnectionState})`), 15_000);
  });
  await peer.setRemoteDescription({ type: 'answer', sdp: body });
  const took = await done;
  peer.close();
  await fetch(new URL(response.headers.get('location'), location.href), { method: 'DELETE', headers: { authorization } });
  return took;
}

for (const launch of [launchChromium, launchFirefox]) {
  test(`${SESSIONS / 2} sessions of ${launch.name.slice('launch'.length)} at ${LOSS * 100} % loss`, { skip: refusal() ?? false, timeout: 300_000 }, async () => {
    const browser = await launch();
    const page = await browser.page();
    await page.open(`${demo.url}/`);
    const end = losePackets(demo.mediaPort, demo.mediaPort + demo.workers - 1, LOSS);
    const results = [];
    let lost = 0;
    try {
      while (results.length < SESSIONS / 2) {
        const batch = demo.tokens.classrooms.slice(0, Math.min(5, SESSIONS / 2 - results.length));
        results.push(...(await Promise.all(batch.map((token) => page.run(session, [`${demo.url}/whep/${demo.lesson}`, token])))));
      }
    } finally {
      lost = end();
      await browser.close();
    }
    const failed = results.filter((result) => typeof result !== 'number');
    const took = results.filter((result) => typeof result === 'number');
    console.log(`${lost} packets lost; connected ${took.length} of ${results.length}: p50 ${quantile(took, 0.5).toFixed(0)} ms, p95 ${quantile(took, 0.95).toFixed(0)} ms, slowest ${Math.max(...took).toFixed(0)} ms`);
    // A session takes a dozen packets at least, so that one of five lost is two or more each.
    assert.ok(lost >= results.length, `only ${lost} packets were lost: they took another way`);
    assert.deepEqual(failed, []);
    assert.ok(Math.max(...took) <= 5000, `slowest ${Math.max(...took)} ms`);
  });
}
