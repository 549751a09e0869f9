// What the teacher switches off, and whom the teacher sends away, in real browsers.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { cameraFile } from '../camera.mjs';
import { startDemo } from '../demo.mjs';
import { eventually, sleep, within } from '../figures.mjs';
import { callOn, connected, firstPicture, forbid, offers, openConsole, openPanel, participantOf, picturesOf, says, sendAway, switchOver } from '../pages.mjs';

const CAMERAS = join(tmpdir(), 'tongke-cameras');
const [HOST, CLASS, OTHER] = [1, 2, 3];

const browsers = [];
let demo;
let teacher;
let called;
let watching;

async function chromium(camera, size) {
  const browser = await launchChromium({ camera: cameraFile(CAMERAS, camera, size) });
  browsers.push(browser);
  return browser;
}

before(async () => {
  demo = await startDemo();
  teacher = await openConsole(await chromium(HOST), demo);
  called = await openPanel(await chromium(CLASS, 'small'), demo, 0);
  watching = await openPanel(await chromium(OTHER, 'small'), demo, 1);
  for (const page of [called, watching]) await connected(page);
});

after(async () => {
  await Promise.allSettled(browsers.map((browser) => browser.close()));
  await demo?.remove();
});

/** Nobody is shown the class any more; the teacher is. */
async function classIsGone(participant) {
  await sleep(within(600));
  const since = Date.now();
  await sleep(1500);
  for (const page of [teacher, watching]) assert.deepEqual(await picturesOf(page, { participant, since }), []);
  await firstPicture(watching, HOST, { since, ms: within(3000) });
}

test('a switch takes the picture from everybody and gives it back, without an offer', async () => {
  const participant = await participantOf(called);
  await callOn(teacher, participant);
  for (const page of [teacher, watching]) await firstPicture(page, CLASS, { participant, ms: within(5000) });
  const before_ = await Promise.all([teacher, called, watching].map(offers));
  await switchOver(teacher, 'video');
  await says(called, 'off', within(2000));
  await classIsGone(participant);
  const since = Date.now();
  await switchOver(teacher, 'video');
  const back = await Promise.all([teacher, watching].map((page) => firstPicture(page, CLASS, { participant, since, ms: within(4000) })));
  console.log(`switched on again, the class is back after ${back.map((at) => `${Math.round(at - since)} ms`).join(' and ')}`);
  assert.deepEqual(await Promise.all([teacher, called, watching].map(offers)), before_);
});

test('forbidding interaction clears the stage; the teacher goes on', async () => {
  const participant = await participantOf(called);
  await forbid(teacher);
  await classIsGone(participant);
  assert.deepEqual(await called.run(() => window.__tongke.state.session.stage), []);
  await forbid(teacher);
  const since = Date.now();
  await firstPicture(teacher, CLASS, { participant, since, ms: within(4000) });
});

test('a removed class may come back, a blocked one may not', async () => {
  const participant = await participantOf(called);
  await sendAway(teacher, participant, 'remove');
  await says(called, 'barrier-removed', within(2000));
  await called.click('[data-test="retry"]');
  await connected(called);
  await eventually('the teacher sees it again', within(4000), () => teacher.run((id) => window.__tongke.state.session.participants.some((p) => p.id === id && p.online), participant));
  await sendAway(teacher, participant, 'block');
  await says(called, 'barrier-blocked', within(2000));
  await called.reload();
  await says(called, 'barrier-blocked', within(5000));
});
