import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { LONG_SCHOOL } from '../county';
import { Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const SMALL = { width: 1366, height: 768 };

test('today: where every lesson stands; only some of them', async () => {
  h.server.api.person = 'op';
  const { lessons } = h.server.api.county;
  const running = lessons.filter(({ start_ms }) => Math.abs(start_ms - Date.now()) < 12 * 3_600_000);
  for (const [i, lesson] of running.entries()) lesson.state = (['live', 'ended', 'cancelled', 'scheduled', 'paused', 'open'] as const)[i % 6] ?? 'live';
  for (const lesson of running) if (lesson.state === 'cancelled') lesson.reason = '停电检修';
  const page = await h.open('/county', { width: 1920, height: 1080 });
  await page.waitForSelector('[data-test=lesson-row]');
  await h.shot(page, 'county-today-1920');
  await page.click('[data-test=state-live]');
  await expect.poll(() => page.locator('[data-test=lesson-row]:not([data-state=live])').count()).toBe(0);
  await page.setViewportSize(SMALL);
  await h.shot(page, 'county-today-1366');
});

test('the opening rate: by alliance, school, week; the export is of what is shown', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=statistics', SMALL);
  await page.waitForSelector('[data-test=rate]');
  await h.shot(page, 'county-rate-alliance');
  const rates = await page.locator('[data-test=rate] .rate strong').allTextContents();
  expect(rates.map(Number.parseFloat)).toEqual(rates.map(Number.parseFloat).sort((a, b) => a - b));
  await page.click('[data-test=by-school]');
  await expect.poll(() => page.locator('[data-test=rate]').count()).toBe(40);
  await page.fill('[data-test=search]', '大杨树');
  await expect.poll(() => page.locator('[data-test=rate]').count()).toBe(1);
  expect(await page.getAttribute('[data-test=export-csv]', 'href')).toBe('/api/v1/statistics/export?term=t1&by=school&format=csv');
  await page.click('[data-test=by-week]');
  await page.waitForSelector('[data-test=week-chart]');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await h.shot(page, 'county-rate-week-1920');
  await page.click('[data-test=by-teacher]');
  await page.fill('[data-test=search]', '');
  await page.waitForSelector('[data-test=more]');
  expect(await page.locator('[data-test=rate]').count()).toBe(100);
});

test('alliances and their members; a school leaves and another comes', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=alliances', SMALL);
  await expect.poll(() => page.locator('[data-test=alliance]').count()).toBe(12);
  await h.shot(page, 'county-alliances');
  await page.fill('[data-test=search]', LONG_SCHOOL.slice(-10));
  await expect.poll(() => page.locator('[data-test=alliance]').count()).toBeLessThan(5);
  await page.fill('[data-test=search]', '');
  await page.click('[data-alliance=a1] [data-test=edit]');
  await page.click('[data-test=member] >> nth=1 >> [data-test=member-end]');
  await page.focus('[data-test=member-add] input');
  await page.keyboard.type('花园镇');
  await page.keyboard.press('Enter');
  await page.waitForTimeout(200);
  await h.shot(page, 'county-alliance-edit');
  await page.click('[data-test=alliance-dialog] [data-test=send]');
  await page.waitForSelector('[data-test=said]');
  const put = h.server.api.asked.find(({ method, path }) => method === 'PUT' && path === '/alliances/a1');
  expect(put?.headers['if-match']).toBe('"1"');
  const members = (put?.body as { members: { to_day: string | null }[] } | undefined)?.members ?? [];
  expect(members.length).toBe(5);
  expect(members.filter(({ to_day }) => to_day !== null).length).toBe(1);
});

test('schools: forty of them, with a search box; one is changed, and somebody was quicker', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=schools', SMALL);
  await expect.poll(() => page.locator('[data-test=school-row]').count()).toBe(40);
  await h.shot(page, 'county-schools');
  await page.fill('[data-test=search]', '大杨树');
  await page.click('[data-test=edit]');
  const school = h.server.api.county.schools[5];
  if (school) school.version = 3;
  await page.fill('[data-test=uplink]', '50');
  await page.click('[data-test=send]');
  await expect.poll(() => page.textContent('[data-test=problem]')).toContain('别人改过');
  await h.shot(page, 'county-school-conflict');
});

test('a term with its holidays: what contradicts itself is said at once', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=terms', SMALL);
  await page.waitForSelector('[data-test=term-card]');
  await h.shot(page, 'county-terms');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', '2026—2027学年第二学期');
  await page.fill('[data-test=first-day]', '2027-03-01');
  await page.fill('[data-test=last-day]', '2027-07-02');
  await page.click('[data-test=day-add]');
  await page.fill('[data-test=term-day] input[type=date]', '2027-07-05');
  await page.fill('[data-test=day-name]', '清明节');
  await expect.poll(() => page.textContent('[data-test=term-fault]')).toContain('7月5日 不在学期内');
  await page.fill('[data-test=term-day] input[type=date]', '2027-04-05');
  await h.shot(page, 'county-term-edit');
  await page.click('[data-test=term-dialog] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=term-card]').count()).toBe(2);
  expect(h.server.api.county.terms[1]?.days).toEqual([{ day: '2027-04-05', kind: 'holiday', weekday: null, week: null, name: '清明节' }]);
});
