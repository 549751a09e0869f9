import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { lessonView } from '../fake-server';
import { Harness, has, hurry } from './harness';
import { HOST, toPanel } from './lesson';
import { soon } from './soon';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch('--autoplay-policy=no-user-gesture-required');
});
afterAll(() => h.close());
afterEach(() => h.reset());

/** What is too small, too high or beyond the edge. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    for (const button of document.querySelectorAll('button')) {
      const box = button.getBoundingClientRect();
      if (box.height < 64 || box.width < 64) found.push(`${button.textContent}: ${box.width}x${box.height}`);
      if (box.top < innerHeight / 2) found.push(`${button.textContent}: too high up`);
      if (box.right > innerWidth || box.bottom > innerHeight + 1) found.push(`${button.textContent}: beyond the edge`);
    }
    for (const element of document.querySelectorAll('#app *')) {
      const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent?.trim());
      if (own && element.getClientRects().length > 0 && Number.parseFloat(getComputedStyle(element).fontSize) < 28)
        found.push(`small text: ${element.textContent}`);
    }
    const next = document.querySelector('.kiosk-next');
    if (next && next.scrollHeight > next.clientHeight + 1) found.push(`the next lesson does not fit: ${next.scrollHeight} in ${next.clientHeight}`);
    if (document.documentElement.scrollHeight > innerHeight + 1) found.push('the page is higher than the screen');
    return found;
  });
}

async function atEverySize(page: Page, name: string): Promise<void> {
  for (const [width, height] of [
    [1366, 768],
    [1920, 1080],
    [3840, 2160],
  ] as const) {
    await page.setViewportSize({ width, height });
    if (width < 3840) await h.shot(page, `${name}-${width}`);
    expect(await faults(page), `${name} ${width}x${height}`).toEqual([]);
  }
  await page.setViewportSize({ width: 1920, height: 1080 });
}

/** A panel that is bound to a classroom. */
async function bound(room: string, clock = false): Promise<Page> {
  h.server.api.deviceTokens.set('device-x', room);
  return h.open('/panel', { clock, before: () => localStorage.getItem('tongke.panel.device') ?? localStorage.setItem('tongke.panel.device', 'device-x') });
}

const ours = (room: string) => {
  const { county } = h.server.api;
  county.lessons = county.lessons.filter(({ host, receivers }) => host?.classroom !== room && receivers.every(({ classroom }) => classroom !== room));
};

describe('binding', () => {
  test('shows a code and a QR without a secret, and goes to the day once it is confirmed', async () => {
    ours('s2-r2');
    const page = await h.open('/panel', { clock: true });
    await expect.poll(() => page.textContent('[data-test=code]')).toBe('482 914');
    await atEverySize(page, 'panel-binding');
    const html = await page.content();
    expect(html).not.toContain('poll-1');
    expect(page.url()).toBe(`${h.url}/panel`);
    const code = h.server.api.codes.get('c1');
    if (code) code.room = 's2-r2';
    await hurry(page, () => has(page, '[data-test=today]'));
    await expect.poll(() => page.textContent('[data-test=place]')).toContain('四年级');
    expect(await page.evaluate(() => localStorage.getItem('tongke.panel.device'))).toBe('device-c1');
    await page.reload();
    await page.waitForSelector('[data-test=nothing-next]');
  });

  test('without the service it says so and tries again', async () => {
    h.server.api.before = ({ path }) =>
      path === '/device-codes' ? { status: 429, headers: { 'retry-after': '20' }, body: { type: 'urn:tongke:problem:rate_limited' } } : undefined;
    const page = await h.open('/panel');
    await expect.poll(() => page.textContent('[data-test=binding-hint]')).toMatch(/(20|19) 秒后自动重试/);
    await h.shot(page, 'panel-binding-failed');
  });
});

test('an old link that was kept and is dead asks to be bound; a link that is given says what is wrong', async () => {
  h.server.join = () => ({ refuse: 'token_expired' });
  const page = await h.open('/panel#token=old');
  await page.waitForSelector('[data-test=barrier-token_expired]');
  await page.goto(`${h.url}/blank`);
  await page.goto(`${h.url}/panel`);
  await page.waitForSelector('[data-test=binding]');
  expect(await page.evaluate(() => localStorage.getItem('tongke.panel.token'))).toBe(null);
});

describe('the day', () => {
  test('the next lesson large with a countdown, the others in a list', async () => {
    ours('s6-r3');
    soon(h, 'one', -120, { title: '三年级音乐', state: 'ended' });
    soon(h, 'two', 25);
    soon(h, 'three', 80, { title: '六年级科学：月相变化的规律与观察记录（第二课时）' });
    soon(h, 'four', 130, { title: '五年级美术', state: 'cancelled', reason: '教师外出' });
    for (let n = 0; n < 5; n += 1) soon(h, `more${n}`, 180 + n * 50, { title: `晚托兴趣课 ${n + 1}` });
    const page = await bound('s6-r3');
    await page.waitForSelector('[data-test=next][data-lesson=two]');
    expect(await page.textContent('[data-test=countdown]')).toMatch(/^2[45]:\d\d$/);
    await expect.poll(() => page.textContent('[data-test=hint]')).toContain('自动进入');
    await atEverySize(page, 'panel-today');
  });

  test('joins by itself when the lesson opens, and comes back after its end', async () => {
    ours('s2-r2');
    soon(h, 'now', 5);
    h.server.join = () => ({
      welcome: toPanel({ participants: [HOST], lesson: lessonView({ id: 'now', title: '五年级英语', state: 'open', live_since_ms: null }) }),
    });
    const page = await bound('s2-r2', true);
    await page.waitForSelector('[data-test=panel][data-scene=waiting]');
    expect(h.server.heard.find(({ type }) => type === 'join')).toMatchObject({ token: 'lesson-token-now' });
    expect(page.url()).toBe(`${h.url}/panel`);
    // A power cut in the lesson: straight back in, without asking for the day.
    const before = h.server.api.asked.length;
    await page.reload();
    await page.waitForSelector('[data-test=panel][data-scene=waiting]');
    expect(h.server.api.asked.length).toBe(before);
    soon(h, 'now', 5, { state: 'ended' });
    h.server.goodbye('lesson_ended', null);
    await page.waitForSelector('[data-test=barrier-ended]');
    await hurry(page, () => has(page, '[data-test=today]'));
    await h.shot(page, 'panel-today-done');
    expect(await page.evaluate(() => localStorage.getItem('tongke.panel.token'))).toBe(null);
  });

  test('says why it cannot get in, and tries again', async () => {
    ours('s2-r2');
    soon(h, 'now', 5);
    h.server.api.before = ({ path }) => (path.endsWith('/join') ? { status: 403, body: { type: 'urn:tongke:problem:not_permitted' } } : undefined);
    const page = await bound('s2-r2');
    await expect.poll(() => page.textContent('[data-test=hint]')).toContain('这间教室不在这节课里');
    await atEverySize(page, 'panel-today-refused');
    h.server.api.before = () => undefined;
    h.server.join = () => ({ welcome: toPanel() });
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=panel]');
  });

  test('another screen took the place: it goes home and waits for a touch', async () => {
    ours('s2-r2');
    soon(h, 'now', 5);
    h.server.join = () => ({ welcome: toPanel() });
    const page = await bound('s2-r2');
    await page.waitForSelector('[data-test=panel]');
    h.server.goodbye('replaced', null);
    await page.waitForSelector('[data-test=today]');
    await expect.poll(() => page.textContent('[data-test=hint]')).toContain('另一个屏幕');
    expect(h.server.heard.filter(({ type }) => type === 'join').length).toBe(1);
    await h.shot(page, 'panel-today-replaced');
    await page.click('[data-test=enter]');
    await expect.poll(() => h.server.heard.filter(({ type }) => type === 'join').length).toBe(2);
  });

  test('the network is away: the day stays; an unbound panel asks to be bound again', async () => {
    ours('s6-r3');
    soon(h, 'two', 25);
    const page = await bound('s6-r3', true);
    await page.waitForSelector('[data-test=next]');
    await h.server.kill();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await page.waitForSelector('[data-test=today-problem]');
    expect(await page.locator('[data-test=next]').count()).toBe(1);
    await h.shot(page, 'panel-today-away');
    await h.server.start();
    await hurry(page, async () => !(await has(page, '[data-test=today-problem]')));
    h.server.api.deviceTokens.clear();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await hurry(page, () => has(page, '[data-test=revoked]'));
    await h.shot(page, 'panel-revoked');
    expect(await page.evaluate(() => localStorage.getItem('tongke.panel.device'))).toBe(null);
  });
});
