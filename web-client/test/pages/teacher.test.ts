import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Harness } from './harness';
import { toConsole } from './lesson';
import { localDay, soon } from './soon';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

test('today large, one click into the console; the token goes in the fragment and leaves it', async () => {
  h.server.api.person = 'chen';
  h.server.api.county.lessons = h.server.api.county.lessons.filter(({ teacher, day }) => teacher?.id !== 'chen' || day !== localDay());
  soon(h, 'now', 4);
  soon(h, 'later', 50, { title: '四年级英语', reason: '与教研活动对调', changed_by_hand: true });
  soon(h, 'moved', 150, { title: '四年级书法', reason: null, changed_by_hand: true });
  soon(h, 'off', 100, { title: '六年级英语', state: 'cancelled', reason: '县运动会彩排' });
  const page = await h.open('/teacher', { width: 1366, height: 768 });
  await page.waitForSelector('[data-test=today-lesson].large');
  await page.waitForSelector('[data-test=week]');
  const moved = page.locator('[data-test=week-lesson]', { hasText: '四年级书法' }).locator('.week-mark');
  await expect.poll(() => moved.textContent()).toBe('有调整');
  await h.shot(page, 'teacher-1366');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await h.shot(page, 'teacher-1920');
  h.server.join = () => ({ welcome: toConsole(3) });
  await page.click('.large [data-test=start]');
  await page.waitForURL('**/console');
  await page.click('[data-test=enter]');
  await expect.poll(() => h.server.heard).toContainEqual(expect.objectContaining({ type: 'join', token: 'lesson-token-now' }));
});

test('no lesson today; the server is away and comes back; a refusal to join is told', async () => {
  h.server.api.person = 'chen';
  h.server.api.county.lessons = [];
  const page = await h.open('/teacher', { width: 1366, height: 768 });
  await page.waitForSelector('[data-test=no-lessons]');
  await h.shot(page, 'teacher-empty');
  soon(h, 'now', 4);
  h.server.api.before = ({ path }) =>
    path.endsWith('/join') ? { status: 403, body: { type: 'urn:tongke:problem:not_permitted', title: '', status: 403 } } : undefined;
  await page.reload();
  await page.click('[data-test=start]');
  await expect.poll(() => page.textContent('[data-test=problem]')).toContain('权限');
  await h.server.kill();
  await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
  await expect.poll(() => page.textContent('.teacher > [data-test=problem]')).toContain('连不上');
  await page.waitForSelector('[data-test=today-lesson]');
  await h.shot(page, 'teacher-away');
  await h.server.start();
  await page.click('.teacher > [data-test=problem] [data-test=retry]');
  await page.waitForSelector('.teacher > [data-test=problem]', { state: 'detached' });
});

test('names are text, whatever they look like', async () => {
  h.server.api.person = 's1-html';
  soon(h, 'now', 30, { title: '<b>五年级</b><script>alert(1)</script>', teacher: { id: 's1-html', name: '<img src=x onerror=alert(1)>' } });
  const page = await h.open('/teacher', { width: 1366, height: 768, lang: 'en' });
  await expect.poll(() => page.textContent('[data-test=today-lesson] h2')).toBe('<b>五年级</b><script>alert(1)</script>');
  expect(await page.locator('#app img, #app b, #app script').count()).toBe(0);
  await h.shot(page, 'teacher-english');
});
