import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addDays, instantOf, mondayOf, wallOf } from '../../src/api/zone';
import { place, ZONE } from '../county';
import { Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const nextMonday = () => addDays(mondayOf(wallOf(Date.now(), ZONE).day), 7);
const SMALL = { width: 1366, height: 768 };
const LARGE = { width: 1920, height: 1080 };

async function pick(page: Page, field: string, text: string): Promise<void> {
  await page.focus(`[data-test=${field}] input`);
  await page.keyboard.type(text);
  await page.waitForSelector(`[data-test=${field}] [role=option]`);
  await page.keyboard.press('Enter');
}

async function nextWeek(options = LARGE): Promise<Page> {
  h.server.api.person = 'admin';
  const page = await h.open('/school', options);
  await page.waitForSelector('[data-test=grid]');
  await page.click('[data-test=week-next]');
  await page.waitForSelector(`[data-cell-day="${nextMonday()}"] [data-test=lesson]`);
  return page;
}

test('every week, from an empty cell with the keyboard: a clash is shown while it is filled in', async () => {
  const { county } = h.server.api;
  const day = addDays(nextMonday(), 1);
  const start_ms = instantOf(day, 910, ZONE);
  const other = county.lessons[0];
  if (!other) throw new Error('no lesson');
  const busy = { ...place(county, 's2-r2'), interactive: true };
  county.lessons = county.lessons.filter((lesson) => lesson.host?.school !== 's1' || lesson.day !== day);
  county.lessons.push({
    ...other,
    id: 'x',
    entry: null,
    title: '四年级音乐',
    state: 'scheduled',
    day,
    period: 6,
    start_ms,
    end_ms: start_ms + 2_400_000,
    host: place(county, 's9-r1'),
    teacher: { id: 's9-t1', name: '王丽华' },
    receivers: [busy],
  });
  const page = await nextWeek();
  await page.focus(`[data-cell-day="${day}"][data-cell-period="6"] [data-test=cell-add]`);
  await h.shot(page, 'school-cell-add');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=lesson-form]');
  expect(await page.inputValue('[data-test=weekday]')).toBe('2');
  expect(await page.inputValue('[data-test=period]')).toBe('6');
  await h.shot(page, 'school-new-empty-1920');
  expect(await page.isDisabled('[data-test=send]')).toBe(true);
  await pick(page, 'teacher', '陈晓梅');
  await pick(page, 'lesson-form] [data-test=room', '录播');
  await page.click('[data-test=fill-paired]');
  await page.fill('[data-test=subject]', '英语');
  await page.waitForSelector('[data-check=clash]');
  const told = await page.textContent('[data-test=check]');
  expect(told).toContain('四年级音乐');
  expect(told).toContain('英语');
  expect(await page.isDisabled('[data-test=send]')).toBe(true);
  await page.waitForSelector('[data-test=short-window]');
  await h.shot(page, 'school-new-clash-1920');
  await page.setViewportSize(SMALL);
  await h.shot(page, 'school-new-clash-1366');
  expect(h.server.api.asked.filter(({ method, query }) => method === 'POST' && query.dry_run !== 'true')).toEqual([]);
  await page.click('[data-classroom="s2-r2"] [data-test=receiver-remove]');
  await page.waitForSelector('[data-check=free]');
  await page.fill('[data-test=title]', '五年级英语');
  await page.waitForSelector('[data-check=free]');
  await h.shot(page, 'school-new-free-1366');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=said]');
  const post = h.server.api.asked.filter(({ method, path, query }) => method === 'POST' && path === '/entries' && query.dry_run !== 'true');
  expect(post.length).toBe(1);
  expect(post[0]?.body).toMatchObject({ term: 't1', weekday: 2, period: 6, weeks: '全', kind: 'dedicated', title: '五年级英语', host_classroom: 's1-r1' });
  await expect
    .poll(() => page.locator(`[data-cell-day="${day}"][data-cell-period="6"] [data-test=lesson]`).allTextContents())
    .toEqual(expect.arrayContaining([expect.stringContaining('五年级英语')]));
  await h.shot(page, 'school-new-made-1366');
});

test('once, from the button above the grid; what is past is refused before it is asked', async () => {
  const page = await nextWeek(SMALL);
  await page.click('[data-test=new-lesson-open]');
  await page.waitForSelector('[data-test=lesson-form]');
  await page.check('[data-test=repeat-once]');
  await page.fill('[data-test=day]', '2020-01-06');
  await page.waitForSelector('[data-test=past]');
  await page.fill('[data-test=day]', addDays(nextMonday(), 2));
  await page.selectOption('[data-test=period]', '6');
  await page.fill('[data-test=subject]', '科学');
  await pick(page, 'teacher', 's1-t6');
  await pick(page, 'lesson-form] [data-test=room', '三（1）');
  await page.selectOption('[data-test=kind]', 'famous_school');
  for (const name of ['红旗镇中心', '青石岭教学点']) await pick(page, 'receiver-add', name);
  await page.waitForSelector('[data-check=free]');
  await h.shot(page, 'school-once-1366');
  await page.setViewportSize(LARGE);
  await h.shot(page, 'school-once-1920');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=said]');
  const post = h.server.api.asked.find(({ method, path, query }) => method === 'POST' && path === '/lessons' && query.dry_run !== 'true');
  const start_ms = instantOf(addDays(nextMonday(), 2), 910, ZONE);
  expect(post?.body).toMatchObject({ title: '科学', kind: 'famous_school', start_ms, end_ms: start_ms + 2_400_000 });
  const { receivers } = (post?.body ?? {}) as { receivers?: { interactive: boolean }[] };
  expect(receivers?.map(({ interactive }) => interactive)).toEqual([false, false]);
});

test('entries: searched, changed, changed by somebody quicker, closed', async () => {
  h.server.api.person = 'admin';
  const page = await h.open('/school#tab=entries', SMALL);
  await page.waitForSelector('[data-test=entry]');
  await h.shot(page, 'school-entries-1366');
  await page.setViewportSize(LARGE);
  await h.shot(page, 'school-entries-1920');
  const before = await page.locator('[data-test=entry]').count();
  await page.fill('[data-test=search]', '周二');
  await expect.poll(() => page.locator('[data-test=entry]').count()).toBeLessThan(before);
  await page.fill('[data-test=search]', '');
  const row = page.locator('[data-test=entry]', { has: page.locator('[data-test=edit]') }).first();
  const id = await row.getAttribute('data-entry');
  await row.locator('[data-test=edit]').click();
  await page.waitForSelector('[data-test=edit-entry] [data-check=free]');
  const entry = h.server.api.entries?.find((other) => other.id === id);
  if (!entry) throw new Error('no entry');
  entry.version = 4;
  await page.selectOption('[data-test=weeks]', 'list');
  await page.fill('[data-test=weeks-list]', '1-8，10');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=read-again]');
  await h.shot(page, 'school-entry-conflict');
  await page.selectOption('[data-test=weeks]', 'list');
  await page.fill('[data-test=weeks-list]', '1-8，10');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=edit-entry]', { state: 'detached' });
  expect(h.server.api.entries?.find((other) => other.id === id)).toMatchObject({ weeks: '1-8,10', version: 5 });
  await page.click(`[data-entry="${id}"] [data-test=close]`);
  await h.shot(page, 'school-entry-close');
  await page.click('[data-test=confirm] [data-test=send]');
  await page.waitForSelector(`[data-entry="${id}"]`, { state: 'detached' });
});

test('no entry yet; in English', async () => {
  h.server.api.person = 'admin';
  h.server.api.entries = [];
  const page = await h.open('/school#tab=entries', { ...SMALL, lang: 'en' });
  await page.waitForSelector('[data-test=no-entries]');
  await page.click('[data-test=add]');
  await page.waitForSelector('[data-test=lesson-form]');
  await h.shot(page, 'school-new-english');
});

test('assistants of the schools that receive it: by name alone, as their classrooms are chosen; a failure is told and tried again', async () => {
  const page = await nextWeek(SMALL);
  await page.click('[data-test=new-lesson-open]');
  await page.waitForSelector('[data-test=lesson-form]');
  await page.fill('[data-test=subject]', '音乐');
  await pick(page, 'teacher', '陈晓梅');
  await pick(page, 'lesson-form] [data-test=room', '三（1）');
  let refused = true;
  h.server.api.before = ({ path }) => (refused && path.endsWith('/assistants') ? { status: 503, headers: { 'retry-after': '2' } } : undefined);
  for (const name of ['大杨树', '青石岭教学点']) await pick(page, 'receiver-add', name);
  await page.waitForSelector('[data-test=lesson-form] [data-test=problem]');
  await h.shot(page, 'school-assistants-failed');
  refused = false;
  await page.click('[data-test=lesson-form] [data-test=retry]');
  await expect.poll(() => page.locator('[data-test=lesson-form] [data-test=problem]').count()).toBe(0);
  const guest = h.server.api.county.people.find(({ school }) => school === 's6');
  await page.focus('[data-test=assistants] input');
  await page.keyboard.type('大杨树');
  await expect.poll(() => page.locator('[data-test=assistants] [role=option]').count()).toBe(3);
  expect(await page.textContent('[data-test=assistants] [role=option]')).not.toContain(guest?.login);
  await h.shot(page, 'school-assistants-1366');
  await page.keyboard.press('Enter');
  await page.waitForSelector('[data-test=assistants] .chip');
  await page.setViewportSize({ width: 1024, height: 768 });
  await h.shot(page, 'school-assistants-1024');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=said]');
  const post = h.server.api.asked.find(({ method, path, query }) => method === 'POST' && path === '/entries' && query.dry_run !== 'true');
  const { assistants = [] } = (post?.body ?? {}) as { assistants?: string[] };
  expect(h.server.api.county.people.find(({ id }) => id === assistants[0])?.school).toBe('s6');
});
