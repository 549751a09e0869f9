// Which devices a page opens, which it leaves alone, and a browser that cannot connect.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { ParticipantView } from '../../src/generated/protocol';
import { connected, Harness } from './harness';
import { HOST, toConsole, toPanel } from './lesson';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterEach(() => h.reset());
afterAll(() => h.close());

/** Keeps what the page was given when it asked for devices. */
function watchDevices(): void {
  const given: MediaStream[] = [];
  Object.assign(window, { given });
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (constraints) => {
    const stream = await ask(constraints);
    given.push(stream);
    return stream;
  };
}

/** Of each time it asked: whether the devices are open. */
const devices = (page: Page) =>
  page.evaluate(() =>
    (window as unknown as { given: MediaStream[] }).given.map((stream) => stream.getTracks().every(({ readyState }) => readyState === 'live')),
  );

/** The camera in the preview, and the one that the list names. */
const cameras = (page: Page) =>
  page.evaluate(() => {
    const shown = (document.querySelector('video')?.srcObject as MediaStream | null)?.getVideoTracks()[0]?.label;
    const list = document.querySelector<HTMLSelectElement>('[data-test=device-camera]');
    return [shown, list?.selectedOptions[0]?.textContent];
  });

describe('the teacher’s devices', () => {
  test('the camera that is chosen is the one that is opened', async () => {
    h.server.join = () => ({ welcome: toConsole(1) });
    const page = await h.open('/console#token=t1');
    const labels = () => page.evaluate(() => [...document.querySelectorAll('[data-test=device-camera] option')].map((option) => option.textContent));
    await expect.poll(async () => (await labels()).length).toBe(2);
    const [first, second] = await labels();
    expect(second).not.toBe(first);
    for (const [index, label] of [
      [1, second],
      [0, first],
      [1, second],
    ] as const) {
      await page.selectOption('[data-test=device-camera]', { index });
      await expect.poll(() => cameras(page)).toEqual([label, label]);
    }
  });

  test('in the lesson another one is taken without a new offer', async () => {
    await h.answerOffers(['一班']);
    h.server.join = () => ({ welcome: toConsole(1) });
    const page = await h.open('/console#token=t1');
    await page.click('[data-test=enter]');
    await connected(page);
    await page.click('[data-test=own-devices] summary');
    await expect.poll(() => page.locator('[data-test=device-camera] option').count()).toBe(2);
    const label = async () => (await cameras(page))[0];
    const before = await label();
    await page.selectOption('[data-test=device-camera]', { index: 1 });
    await expect.poll(label).not.toBe(before);
    expect(h.server.heard.filter((message) => message.type === 'offer').length).toBe(1);
    await h.shot(page, 'console-devices');
  });

  test('a chosen device that is not there any more is done without', async () => {
    h.server.join = () => ({ welcome: toConsole(1) });
    const page = await h.open('/console#token=t1', {
      before: () => sessionStorage.setItem('tongke.console.choices', JSON.stringify({ camera: 'gone', microphone: 'gone' })),
    });
    await expect.poll(async () => (await cameras(page))[0]).toBeTruthy();
    expect(await page.locator('[data-test^=problem-]').count()).toBe(0);
  });
});

describe('a page that never sends', () => {
  for (const [what, you] of [
    ['an observer', { role: 'observer', publish: 'never' }],
    ['a class that only receives', { publish: 'never' }],
  ] as const) {
    test(`${what} is not asked for camera and microphone, and says nothing of them`, async () => {
      await h.answerOffers(['老师']);
      const me = { ...(toPanel().you as ParticipantView), ...you, sources: [] };
      h.server.join = () => ({ welcome: toPanel({ you: me, participants: [HOST, me] }) });
      const page = await h.open('/panel#token=t1', { before: watchDevices });
      await connected(page);
      h.server.say({ type: 'slots', video: [{ slot: 'v0', participant: 'h1', source: 'camera' }] });
      await page.waitForSelector('[data-slot=v0][data-fresh=fresh]');
      expect(await devices(page)).toEqual([]);
      expect(h.server.heard.filter((message) => message.type === 'sources')).toEqual([]);
    });
  }

  test('a class that is allowed to send opens them, and gives them back when it may not any more', async () => {
    await h.answerOffers(['老师']);
    const you = toPanel().you as ParticipantView;
    h.server.join = () => ({ welcome: toPanel() });
    const page = await h.open('/panel#token=t1', { before: watchDevices });
    await expect.poll(() => devices(page)).toEqual([true]);
    await connected(page);
    h.server.say({ type: 'participant', participant: { ...you, publish: 'never' } });
    await expect.poll(() => devices(page)).toEqual([false]);
    const offered = () => h.server.heard.filter((message) => message.type === 'offer').map(({ sources }) => sources.length);
    await expect.poll(offered).toEqual([2, 0]);
    await connected(page);
    h.server.say({ type: 'participant', participant: you });
    await expect.poll(() => devices(page)).toEqual([false, true]);
    await expect.poll(offered).toEqual([2, 0, 2]);
    await connected(page);
  });
});

describe('a browser that can make no transport', () => {
  for (const where of ['console', 'panel'] as const) {
    test(`is told to the ${where}`, async () => {
      h.server.join = () => ({ welcome: where === 'console' ? toConsole(1) : toPanel() });
      const page = await h.open(`/${where}#token=t1`, { before: () => Reflect.deleteProperty(window, 'RTCPeerConnection') });
      if (where === 'console') await page.click('[data-test=enter]');
      await page.waitForSelector('text=这台电脑的浏览器连不上音视频');
      await h.shot(page, `${where}-no-transport`);
    });
  }
});
