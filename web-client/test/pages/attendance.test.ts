import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addDays, mondayOf, wallOf } from '../../src/api/zone';
import type { PlannedLessonView } from '../../src/generated/api';
import { LONG_SCHOOL, ZONE } from '../county';
import { Harness } from './harness';
import { soon } from './soon';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const SMALL = { width: 1366, height: 768 };
const LARGE = { width: 1920, height: 1080 };

const lastMonday = () => addDays(mondayOf(wallOf(Date.now(), ZONE).day), -7);

/** A lesson of last Monday that `of` says. */
function past(of: (lesson: PlannedLessonView) => boolean): PlannedLessonView {
  const found = h.server.api.county.lessons.find((lesson) => lesson.day === lastMonday() && of(lesson));
  if (!found) throw new Error('no such lesson');
  return found;
}

/** The dialog of a lesson of last week, at the school's page. */
async function atSchool(lesson: PlannedLessonView): Promise<Page> {
  h.server.api.person = 'admin';
  const page = await h.open('/school', LARGE);
  await page.waitForSelector('[data-test=grid]');
  await page.click('[data-test=week-before]');
  await page.click(`[data-lesson="${lesson.id}"]`);
  return page;
}

const verdicts = (page: Page) => page.locator('[data-test=record-row]').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.verdict));

describe('the school', () => {
  test('a past lesson: a power cut in the middle, a line that came back; what to do, bars and figures', async () => {
    const lesson = past(({ host }) => host?.school === 's1');
    h.server.api.fares.set(lesson.id, ['cut', 'power']);
    const page = await atSchool(lesson);
    await page.waitForSelector('[data-test=record-row]');
    expect(await verdicts(page)).toEqual(['power', 'delivered']);
    expect(await page.textContent('[data-test=record-sum]')).toBe('2 间听讲教室 · 1 间已开课 · 1 间没开成');
    const cut = page.locator('[data-verdict=power]');
    expect(await cut.locator('[data-test=record-verdict]').textContent()).toBe('没开成 · 停电或关机');
    expect(await cut.textContent()).toContain('当时是否停电');
    expect(await cut.locator('[data-piece]').evaluateAll((pieces) => pieces.map((piece) => (piece as SVGElement).dataset.piece))).toEqual(['there', 'lost']);
    expect(await cut.locator('.minute.received').count()).toBe(18);
    expect(await cut.locator('[data-test=record-bar]').getAttribute('aria-label')).toMatch(/进入、\d\d:\d\d 断开。收到 18 分，送出 18 分。/);
    expect(await cut.textContent()).toContain('18 分 / 40 分（45%）');
    const back = page.locator('[data-verdict=delivered]');
    expect(await back.textContent()).toContain('晚 3 分钟');
    expect(await back.textContent()).toContain('举手 2 · 点名 1 · 回答 1');
    expect(await back.textContent()).toContain('4.6 %');
    // The classrooms are of other schools: their pupils are counted there.
    expect(await page.locator('[data-test=heads-edit]').count()).toBe(0);
    await h.shot(page, 'record-school-1920');
    await page.setViewportSize(SMALL);
    await h.shot(page, 'record-school-1366');
  });

  test('pupils are counted afterwards: what is no number is told, a refusal too, and the figure stays', async () => {
    const lesson = past(({ receivers }) => receivers.some(({ school }) => school === 's1'));
    const own = lesson.receivers.find(({ school }) => school === 's1')?.classroom ?? '';
    h.server.api.fares.set(
      lesson.id,
      lesson.receivers.map(({ school }) => (school === 's1' ? 'network' : 'well')),
    );
    const page = await atSchool(lesson);
    await page.waitForSelector('[data-verdict=network]');
    expect(await page.locator('[data-test=heads-edit]').count()).toBe(1);
    await page.click('[data-test=heads-edit]');
    await page.fill('[data-test=heads-input]', '501');
    await expect.poll(() => page.textContent('[data-test=heads-fault]')).toContain('0 到 500');
    expect(await page.isDisabled('[data-test=heads-send]')).toBe(true);
    const refusal = { type: 'urn:tongke:problem:not_permitted', title: '', status: 403 };
    h.server.api.before = ({ method }) => (method === 'PUT' ? { status: 403, body: refusal } : undefined);
    await page.fill('[data-test=heads-input]', '38');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.textContent('[data-test=heads-fault]')).toContain('权限');
    await h.shot(page, 'record-heads-refused');
    h.server.api.before = () => undefined;
    await page.click('[data-test=heads-send]');
    await expect.poll(() => page.locator('[data-verdict=network] [data-test=heads]').textContent()).toBe('38 人');
    expect(h.server.api.asked.filter(({ method }) => method === 'PUT').at(-1)?.body).toEqual({ count: 38, classroom: own });
    await page.click('[data-test=heads-edit]');
    expect(await page.inputValue('[data-test=heads-input]')).toBe('38');
  });

  test('a lesson to come has no record', async () => {
    const monday = addDays(lastMonday(), 14);
    const lesson = h.server.api.county.lessons.find(({ host, day }) => host?.school === 's1' && day === monday);
    h.server.api.person = 'admin';
    const page = await h.open('/school', SMALL);
    await page.waitForSelector('[data-test=grid]');
    await page.click('[data-test=week-next]');
    await page.click(`[data-lesson="${lesson?.id}"]`);
    await page.waitForSelector('[data-test=lesson-dialog] [data-test=act-move]');
    expect(await page.locator('[data-test=record]').count()).toBe(0);
  });
});

describe('the county', () => {
  test('a row opens, with the keyboard too: nobody came, the host failed to none, a long name', async () => {
    h.server.api.person = 'op';
    soon(h, 'past', -60, { state: 'ended' });
    h.server.api.fares.set('past', ['nobody', 'network', 'well']);
    const page = await h.open('/county', LARGE);
    await page.fill('[data-test=search]', 'Unit 3');
    await page.focus('[data-test=lesson-row] .row-open');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-test=record-row]');
    expect(await verdicts(page)).toEqual(['absent', 'network', 'delivered']);
    expect(await page.textContent('[data-verdict=absent]')).toContain('整节课没有进入');
    expect(await page.locator('[data-verdict=absent] [data-test=record-bar]').count()).toBe(0);
    expect(await page.textContent('[data-verdict=network]')).toContain(LONG_SCHOOL);
    expect(await page.textContent('[data-verdict=delivered]')).toContain('只听');
    // The county counts wherever it is.
    expect(await page.locator('[data-test=heads-edit]').count()).toBe(3);
    await h.shot(page, 'record-county-1920');
    await page.setViewportSize(SMALL);
    await h.shot(page, 'record-county-1366');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('[data-test=record-dialog]').count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe('row-open');
    await page.click('[data-test=lesson-row] td:first-child');
    await page.waitForSelector('[data-test=record-dialog]');
  });

  test('while it goes on: who is there, who is cut off; nothing is decided', async () => {
    h.server.api.person = 'op';
    soon(h, 'now', -20, { state: 'live' });
    h.server.api.fares.set('now', ['well', 'power', 'nobody']);
    const page = await h.open('/county', SMALL);
    await page.fill('[data-test=search]', 'Unit 3');
    await page.click('[data-test=lesson-row]');
    await page.waitForSelector('[data-test=record-row]');
    expect(await verdicts(page)).toEqual(['away', 'never', 'there']);
    expect(await page.textContent('[data-test=record-sum]')).toContain('3 间尚未判定');
    await h.shot(page, 'record-live');
    await page.setViewportSize({ width: 800, height: 768 });
    await h.shot(page, 'record-live-800');
  });

  test('nothing to show: not begun, not to be seen, cancelled', async () => {
    h.server.api.person = 'op';
    soon(h, 'later', 30, { title: '未开始的课' });
    soon(h, 'off', -60, { title: '停掉的课', state: 'cancelled', reason: '停电检修' });
    soon(h, 'other', -60, { title: '外校的课', state: 'ended' });
    h.server.api.fares.set('off', ['cancelled', 'cancelled', 'cancelled']);
    h.server.api.fares.set('later', ['nobody', 'nobody', 'nobody']);
    h.server.api.before = ({ path }) => (path === '/lessons/other/attendance' ? { status: 200, body: { items: [], next: null } } : undefined);
    const page = await h.open('/county', SMALL);
    for (const [title, words] of [
      ['未开始的课', '还没开始上课'],
      ['停掉的课', '已停课'],
      ['外校的课', '别的学校'],
    ] as const) {
      await page.fill('[data-test=search]', title);
      await page.click('[data-test=lesson-row]');
      await expect.poll(() => page.textContent('[data-test=record-empty]')).toContain(words);
      await h.shot(page, `record-empty-${words}`);
      await page.click('[data-test=dialog-close]');
    }
  });

  test('a record that cannot be read is asked for again; in English', async () => {
    h.server.api.person = 'op';
    soon(h, 'past', -60, { state: 'ended' });
    h.server.api.fares.set('past', ['host', 'host', 'left']);
    h.server.api.before = ({ path }) => (path.endsWith('/attendance') ? { status: 503, headers: { 'retry-after': '5' } } : undefined);
    const page = await h.open('/county', { ...SMALL, lang: 'en' });
    await page.fill('[data-test=search]', 'Unit 3');
    await page.click('[data-test=lesson-row]');
    await page.waitForSelector('[data-test=record] [data-test=problem]');
    await h.shot(page, 'record-failed');
    h.server.api.before = () => undefined;
    await page.click('[data-test=record] [data-test=retry]');
    await page.waitForSelector('[data-test=record-row]');
    expect(await verdicts(page)).toEqual(['host', 'host', 'partly']);
    expect(await page.textContent('[data-test=record-sum]')).toBe('3 receiving classrooms · 3 not delivered');
    await h.shot(page, 'record-english');
  });
});

test('the teacher sees what became of today’s and the week’s lessons, and counts', async () => {
  h.server.api.person = 'chen';
  soon(h, 'past', -60, { state: 'ended' });
  const page = await h.open('/teacher', SMALL);
  await page.click('[data-lesson=past] [data-test=record-open]');
  await page.waitForSelector('[data-test=record-row]');
  expect(await page.locator('[data-test=heads-edit]').count()).toBe(3);
  await page.click('[data-test=dialog-close]');
  await page.locator('[data-test=week-lesson]', { hasText: 'Unit 3' }).locator('[data-test=record-open]').click();
  await page.waitForSelector('[data-test=record-dialog] [data-test=record-row]');
  await page.click('[data-test=dialog-close]');
  await h.shot(page, 'record-teacher-1366');
});
