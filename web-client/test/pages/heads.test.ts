import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { lessonView } from '../fake-server';
import { connected, Harness } from './harness';
import { toPanel } from './lesson';
import { soon } from './soon';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch('--autoplay-policy=no-user-gesture-required');
});
afterAll(() => h.close());
afterEach(() => h.reset());

const ROOM = 's2-r2';

async function inLesson(state: 'open' | 'live', lang: 'zh' | 'en' = 'zh'): Promise<Page> {
  const { api } = h.server;
  api.deviceTokens.set('device-x', ROOM);
  api.county.lessons = [];
  soon(h, 'now', 2);
  h.server.join = () => ({ welcome: toPanel({ lesson: lessonView({ id: 'now', state, live_since_ms: state === 'live' ? Date.now() : null }) }) });
  await h.answerOffers(['teacher', 'screen', 'class 2', 'class 3']);
  const page = await h.open('/panel', { lang, before: () => localStorage.setItem('tongke.panel.device', 'device-x') });
  await page.waitForSelector('[data-test=heads]');
  return page;
}

/** What a finger cannot hit or eyes cannot read, and a pad that covers the middle. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const button of document.querySelectorAll('.heads button')) {
      const box = button.getBoundingClientRect();
      if (box.height < 64 || box.width < 64) found.push(`${button.textContent}: ${box.width}x${box.height}`);
      if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight + 1) found.push(`${button.textContent}: beyond the edge`);
    }
    for (const element of document.querySelectorAll('.heads, .heads *'))
      if (Number.parseFloat(getComputedStyle(element).fontSize) < 28) found.push(`small text: ${element.textContent}`);
    const pad = document.querySelector('.pad')?.getBoundingClientRect();
    if (pad && pad.right > innerWidth / 2 - 20) found.push(`the pad covers the middle: ${pad.right} of ${innerWidth}`);
    if (pad && pad.top < 0) found.push(`the pad is too high: ${pad.top}`);
    const bar = document.querySelector('.bar') as HTMLElement;
    if (bar.scrollWidth > bar.clientWidth + 1) found.push('the strip is too wide');
    const name = document.querySelector('.bar-name')?.getBoundingClientRect();
    if (!name || name.width < 150) found.push(`no room for the name: ${name?.width}`);
    const heads = document.querySelector('[data-test=heads]') as HTMLElement;
    if (heads.scrollWidth > heads.clientWidth) found.push(`cut off: ${heads.textContent}`);
    const main = document.querySelector('.main-button')?.getBoundingClientRect();
    if (main && heads.getBoundingClientRect().right > main.left) found.push('under the main button');
    return found;
  });
}

async function atEverySize(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [1024, 768],
    [1366, 768],
    [1920, 1080],
    [3840, 2160],
  ] as const) {
    await page.setViewportSize({ width, height });
    await h.shot(page, `${name}-${width}`);
    expect(await faults(page), `${name} ${width}x${height}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1920, height: 1080 });
}

test('asked for once when the lesson has begun; entered on the pad; not asked for again after a power cut', async () => {
  const page = await inLesson('live');
  await page.waitForSelector('[data-test=heads][data-asking=true]');
  await atEverySize(page, 'panel-heads-ask');
  await page.click('[data-test=heads]');
  for (const key of ['2', '9', 'back', '8']) await page.click(`[data-test=key-${key}]`);
  expect(await page.textContent('[data-test=pad-shown]')).toBe('28');
  await atEverySize(page, 'panel-heads-pad');
  await page.click('[data-test=pad-send]');
  await page.waitForSelector('[data-test=pad]', { state: 'detached' });
  expect(await page.textContent('[data-test=heads]')).toContain('28');
  expect(h.server.api.heads.get(`now ${ROOM}`)).toBe(28);
  const put = h.server.api.asked.find(({ path }) => path === '/lessons/now/headcount');
  expect(put?.headers.authorization).toBe('Bearer device-x');
  expect(put?.body).toEqual({ count: 28 });
  await page.reload();
  await page.waitForSelector('[data-test=heads][data-asking=false]');
  expect(await page.textContent('[data-test=heads]')).toContain('28');
  await connected(page);
});

test('before the lesson there is a button and no question; a refusal keeps what was typed', async () => {
  const page = await inLesson('open', 'en');
  expect(await page.getAttribute('[data-test=heads]', 'data-asking')).toBe('false');
  h.server.api.before = ({ path }) => (path.endsWith('/headcount') ? { status: 503, body: { type: 'urn:tongke:problem:unavailable' } } : undefined);
  await page.click('[data-test=heads]');
  expect(await page.isDisabled('[data-test=pad-send]')).toBe(true);
  for (const key of ['5', '0', '1']) await page.click(`[data-test=key-${key}]`);
  expect(await page.textContent('[data-test=pad-note]')).toContain('500');
  expect(await page.isDisabled('[data-test=pad-send]')).toBe(true);
  await page.click('[data-test=key-back]');
  await page.click('[data-test=pad-send]');
  await expect.poll(() => page.textContent('[data-test=pad-note]')).toContain('Not saved');
  await atEverySize(page, 'panel-heads-failed');
  expect(await page.textContent('[data-test=pad-shown]')).toBe('50');
  h.server.api.before = () => undefined;
  await page.click('[data-test=pad-send]');
  await expect.poll(() => page.textContent('[data-test=heads]')).toContain('50');
});

test('a panel that came by a link is bound to nothing and counts nothing', async () => {
  h.server.join = () => ({ welcome: toPanel() });
  const page = await h.open('/panel#token=link');
  await page.waitForSelector('[data-test=hand]');
  expect(await page.locator('[data-test=heads]').count()).toBe(0);
});

for (const lang of ['zh', 'en'] as const) {
  test(`a class on stage finds the count and what it may do beside each other, ${lang}`, async () => {
    const page = await inLesson('live', lang);
    h.server.say({ type: 'stage', participants: ['c1'], floor: null });
    await page.waitForSelector('[data-test=seated]');
    await page.waitForSelector('[data-test=hand]:not([disabled])');
    await atEverySize(page, `heads-seated-${lang}`);
  });
}
