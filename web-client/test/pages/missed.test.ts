import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { Page as PageOf } from '../../src/generated/api';
import { LONG_SCHOOL } from '../county';
import { Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const LARGE = { width: 1920, height: 1080 };
const SMALL = { width: 1366, height: 768 };
const NONE: PageOf<never> = { items: [], next: null };
const asked = () => h.server.api.asked.filter(({ path }) => path === '/deliveries').map(({ query }) => query);

test('the county: why lessons were not delivered, which they were, and the record of one', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=statistics', LARGE);
  await page.click('[data-test=by-school]');
  await page.selectOption('[data-test=only-subject]', '音乐');
  const row = page.locator('[data-test=rate][data-key=s5]');
  await row.waitFor();
  expect(await row.textContent()).toMatch(/停电 \d+.*断网 \d+.*未到 \d+.*停课 \d+/);
  const label = (await row.locator('[data-test=missed]').getAttribute('aria-label')) ?? '';
  expect(label).toMatch(/未开成 \d+（停电 \d+、断网 \d+、/);
  await h.shot(page, 'county-missed-1920');
  await page.selectOption('[data-test=only-subject]', '');
  await row.locator('[data-test=missed]').click();
  await page.waitForSelector('[data-test=missed-line], [data-test=missed-none]');
  expect(asked()).toEqual([{ term: 't1', school: 's5', cause: 'any', limit: '50' }]);
  await page.click('[data-test=missed-dialog] [data-test=dialog-close]');
  // Focus goes back to the figure.
  expect(await row.locator('[data-test=missed]').evaluate((element) => element === document.activeElement)).toBe(true);

  await page.click('[data-test=missed-total] [data-test=missed]');
  await expect.poll(() => page.locator('[data-test=missed-line]').count()).toBe(50);
  await h.shot(page, 'county-missed-list-1920');
  await page.click('[data-test=missed-dialog] [data-test=more]');
  await expect.poll(() => page.locator('[data-test=missed-line]').count()).toBe(100);
  expect(asked().at(-1)).toEqual({ term: 't1', cause: 'any', limit: '50', cursor: '50' });
  await page.click('[data-test=cause-power]');
  await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', cause: 'power', limit: '50' });
  const first = page.locator('[data-test=missed-line]').first();
  await expect.poll(() => first.textContent()).toContain('停电');
  const lesson = (await first.getAttribute('data-lesson')) ?? '';
  h.server.api.fares.set(lesson, ['power', 'power', 'power']);
  await first.locator('[data-test=record-open]').click();
  await page.waitForSelector('[data-test=record-dialog] [data-verdict=power]');
  await h.shot(page, 'county-missed-record-1920');
  // One after the other.
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('[data-test=record-dialog]').count()).toBe(0);
  expect(await page.locator('[data-test=missed-dialog]').count()).toBe(1);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('[data-test=missed-dialog]').count()).toBe(0);
});

test('the list cannot be read, has nothing, or the lesson is not to be seen', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=statistics', LARGE);
  await page.waitForSelector('[data-test=rate]');
  h.server.api.before = ({ path }) => (path === '/deliveries' ? { status: 503, body: {} } : undefined);
  await page.click('[data-test=missed-total] [data-test=missed]');
  await page.waitForSelector('[data-test=missed-dialog] [data-test=problem]');
  await h.shot(page, 'county-missed-failed-1920');
  h.server.api.before = ({ path }) => (path === '/deliveries' ? { status: 200, body: NONE } : undefined);
  await page.click('[data-test=retry]');
  await page.waitForSelector('[data-test=missed-none]');
  h.server.api.before = ({ path }) => (path.startsWith('/lessons/') ? { status: 404, body: {} } : undefined);
  await page.click('[data-test=cause-network]');
  await page.locator('[data-test=record-open]').first().click();
  await page.waitForSelector('[data-test=missed-dialog] [data-test=problem]');
  expect(await page.locator('[data-test=record-dialog]').count()).toBe(0);
  h.server.api.before = () => undefined;
  await page.click('[data-test=retry]');
  await page.waitForSelector('[data-test=record-dialog]');
});

test('figures that cannot be asked for alone are told, not opened', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=statistics', SMALL);
  await page.click('[data-test=by-region]');
  const row = page.locator('[data-test=rate][data-key=qs]');
  await row.waitFor();
  expect(await row.textContent()).toContain('断网');
  expect(await row.locator('[data-test=missed]').count()).toBe(0);
});

test('the school: what it taught and what it received; a week; a long name; in English too', async () => {
  h.server.api.person = 'admin';
  const page = await h.open('/school#tab=statistics', { ...SMALL, lang: 'en' });
  const row = page.locator('[data-test=rate][data-key=s6]');
  await row.waitFor();
  await row.locator('[data-test=missed]').scrollIntoViewIfNeeded();
  await h.shot(page, 'school-missed-1366-en');
  await row.locator('[data-test=missed]').click();
  await page.waitForSelector('[data-test=missed-dialog]');
  expect(await page.textContent('[data-test=missed-dialog] h2')).toBe(`${LONG_SCHOOL}: lessons not delivered`);
  await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', host_school: 's1', school: 's6', cause: 'any', limit: '50' });
  await h.shot(page, 'school-missed-list-1366-en');
  await page.keyboard.press('Escape');
  await page.click('[data-test=side-received]');
  await page.click('[data-test=by-week]');
  await page.click('[data-test=rate][data-key="5"] [data-test=missed]');
  await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', school: 's1', first_week: '5', last_week: '5', cause: 'any', limit: '50' });
});
