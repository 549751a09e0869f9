import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addDays, mondayOf } from '../../src/api/zone';
import { newcomer } from '../county';
import { Harness, has } from './harness';
import { localDay, soon } from './soon';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const WIDE = { width: 1920, height: 1080 };
const SCHOOL_PARTS = ['timetable', 'entries', 'rooms', 'people', 'devices', 'pairings', 'bells', 'statistics', 'exchange'] as const;

/** What is linked above and offered as tabs. */
async function offered(page: Page): Promise<{ pages: string[]; tabs: string[] }> {
  await page.waitForSelector('.office-tabs');
  return { pages: await page.locator('.office-nav a').allTextContents(), tabs: await page.locator('.office-tabs a').allTextContents() };
}

/** Goes to a tab and waits until it is read. */
async function turnTo(page: Page, tab: string): Promise<void> {
  await page.click(`[data-test=tab-${tab}]`);
  await page.waitForSelector(`[data-test=tab-${tab}][aria-current=true]`);
  await expect.poll(() => has(page, '[data-test=loading]')).toBe(false);
}

/** Nothing was refused, and nothing that would be is shown. */
async function expectNoDeadButtons(page: Page): Promise<void> {
  expect(await page.locator('[data-test=problem]').allTextContents()).toEqual([]);
  const changing = ['add', 'edit', 'close', 'remove', 'end', 'roles', 'reset', 'more-acts', 'revoke', 'bind-form', 'import-form', 'make-form', 'show-closed'];
  const shown = await Promise.all([...changing, 'new-lesson-open', 'cell-add'].map(async (name) => ((await has(page, `[data-test=${name}]`)) ? name : null)));
  expect(shown.filter((name) => name !== null)).toEqual([]);
}

describe('an alliance administrator', () => {
  test('lands on the alliance’s board: its lessons, opening rate and members, which may leave but not be added', async () => {
    newcomer(h.server.api.county, 'lian', 'alliance_admin', 'alliance', 'a1');
    const page = await h.open('/signin', WIDE);
    await page.fill('[data-test=login]', 'lian');
    await page.fill('[data-test=password]', 'correct horse');
    await page.click('[data-test=enter]');
    await page.waitForURL('**/county');
    expect(await offered(page)).toEqual({ pages: ['联盟看板', '学校管理', '我的课'], tabs: ['今日课堂', '开课率', '联盟'] });
    expect(await page.title()).toBe('联盟看板');
    await page.waitForSelector('[data-test=states]');
    expect(await has(page, '[data-test=operator], [data-test=steps]')).toBe(false);
    await h.shot(page, 'roles-alliance-today');
    await turnTo(page, 'statistics');
    await page.waitForSelector('[data-test=rate]');
    await turnTo(page, 'alliances');
    await page.waitForSelector('[data-alliance=a1] [data-test=edit]');
    // Others are its neighbours; none is made here.
    expect(await has(page, '[data-alliance=a2] [data-test=edit], [data-test=add]')).toBe(false);
    await h.shot(page, 'roles-alliance-alliances');
    await page.click('[data-alliance=a1] [data-test=edit]');
    await page.waitForSelector('[data-test=member-end]');
    expect(await has(page, '[data-test=member-add]')).toBe(false);
    await h.shot(page, 'roles-alliance-edit');
  });

  test('plans lessons and pairings of the members, and only looks at their rooms, people, screens and bells', async () => {
    newcomer(h.server.api.county, 'lian', 'alliance_admin', 'alliance', 'a1');
    h.server.api.person = 'lian';
    const page = await h.open('/school?school=s2#tab=rooms', WIDE);
    expect((await offered(page)).tabs.length).toBe(SCHOOL_PARTS.length);
    await page.waitForSelector('[data-test=room]');
    await expectNoDeadButtons(page);
    await h.shot(page, 'roles-alliance-rooms');
    for (const tab of ['people', 'devices', 'bells'] as const) {
      await turnTo(page, tab);
      await page.waitForSelector({ people: '[data-test=person]', devices: '[data-test=device], .office-empty', bells: '[data-test=bell-plan]' }[tab]);
      await expectNoDeadButtons(page);
    }
    await h.shot(page, 'roles-alliance-bells');
    await turnTo(page, 'pairings');
    await page.waitForSelector('[data-test=add]');
    await turnTo(page, 'exchange');
    await page.waitForSelector('[data-test=import-form]');
    expect(await has(page, '[data-test=only-reads]')).toBe(false);
  });
});

test('an inspector lands on the rounds: lessons to look into, the opening rate, alliances; schools only to be looked at', async () => {
  newcomer(h.server.api.county, 'xun', 'inspector', 'region', 'qs');
  h.server.api.person = 'xun';
  soon(h, 'now', -5, { state: 'live' });
  const page = await h.open('/signin', WIDE);
  await page.waitForURL('**/county');
  expect(await offered(page)).toEqual({ pages: ['巡课看板', '学校课表', '我的课'], tabs: ['今日课堂', '开课率', '联盟'] });
  await page.waitForSelector('[data-test=look-in]');
  await h.shot(page, 'roles-inspector-today');
  await turnTo(page, 'statistics');
  await page.waitForSelector('[data-test=rate]');
  await turnTo(page, 'alliances');
  await page.waitForSelector('[data-test=alliance]');
  await expectNoDeadButtons(page);
  await page.goto(`${h.url}/school`);
  expect((await offered(page)).tabs).toEqual(['课表', '课表条目', '教室', '结对', '作息', '统计', '导出']);
  await page.waitForSelector('[data-test=grid]');
  expect(await page.textContent('[data-test=only-reads]')).toBe('只能查看');
  await h.shot(page, 'roles-inspector-school');
  for (const tab of ['timetable', 'entries', 'rooms', 'pairings', 'bells', 'exchange'] as const) {
    await turnTo(page, tab);
    await expectNoDeadButtons(page);
  }
  await page.goto(`${h.url}/county`);
  await page.click('[data-test=look-in] >> nth=0');
  await page.waitForURL('**/console');
  expect(h.server.api.asked.some(({ method, path }) => method === 'POST' && path.endsWith('/join'))).toBe(true);
});

test('a school’s administrator sees a partner’s register, and nothing to be pressed', async () => {
  h.server.api.person = 'admin';
  const page = await h.open('/school?school=s2', WIDE);
  expect((await offered(page)).tabs).toEqual(['教室', '结对', '作息']);
  await page.waitForSelector('[data-test=room]');
  await h.shot(page, 'roles-partner-rooms');
  for (const tab of ['rooms', 'pairings', 'bells'] as const) {
    await turnTo(page, tab);
    await expectNoDeadButtons(page);
  }
  // Nobody hands out what is as high as one's own, nor resets who is.
  await page.goto(`${h.url}/school#tab=people`);
  await page.waitForSelector('[data-person=chen] [data-test=reset]');
  expect(await has(page, '[data-test=only-reads], [data-person=fresh] [data-test=reset]')).toBe(false);
  await page.click('[data-test=add]');
  expect(await page.locator('[data-test=role] option').allTextContents()).not.toContain('学校管理员');
});

test('who has nothing to read on a page is told so, and led to their own', async () => {
  h.server.api.person = 'chen';
  const page = await h.open('/county', WIDE);
  await page.waitForSelector('[data-test=not-yours]');
  await h.shot(page, 'roles-teacher-county');
  expect(await has(page, '.office-tabs')).toBe(false);
  expect(h.server.api.asked.map(({ path }) => path)).toEqual(['/session']);
  await page.click('[data-test=own-page]');
  await page.waitForURL('**/teacher');
  await page.goto(`${h.url}/school`);
  await page.waitForSelector('[data-test=not-yours]');
  // The school's administrator has a page, but not this one.
  h.server.api.person = 'admin';
  await page.goto(`${h.url}/county`);
  await page.click('[data-test=own-page]');
  await page.waitForURL('**/school');
});

test('a school without bells is said to have none, with the way to them for who makes them', async () => {
  const { county } = h.server.api;
  const lesson = county.lessons.find(({ host, day }) => host?.school === 's1' && day === addDays(mondayOf(localDay()), 7));
  const bare = lesson?.receivers[0]?.school ?? '';
  county.bells = county.bells.filter(({ school }) => school !== bare);
  h.server.api.before = ({ path }) => {
    if (!path.endsWith('/windows')) return undefined;
    const items = lesson?.receivers.map((place) => ({ place, common_min: 0, short: true, message: '听讲学校这段时间没有课：请换节次或调整作息' }));
    return { status: 200, body: { items, next: null } };
  };
  h.server.api.person = 'op';
  const page = await h.open('/school?school=s1', WIDE);
  await page.waitForSelector('[data-test=grid]');
  await page.click('[data-test=week-next]');
  await page.click(`[data-lesson="${lesson?.id}"]`);
  await page.waitForSelector('[data-test=bells-go]');
  const notes = await page.locator('[data-test=short-window]').allTextContents();
  expect(notes[0]).toContain('还没有作息');
  expect(notes[1]).toContain('这段时间没有课');
  expect(await page.getAttribute('[data-test=bells-go]', 'href')).toBe(`/school?school=${bare}#tab=bells`);
  await h.shot(page, 'school-no-bells');
  await page.click('[data-test=act-move]');
  await page.selectOption('[data-test=move-period]', '6');
  await page.waitForSelector('[data-test=move-form] [data-test=bells-go]');
  // The host's administrator does not make them.
  h.server.api.person = 'admin';
  await page.goto(`${h.url}/school`);
  await page.waitForSelector('[data-test=grid]');
  await page.click('[data-test=week-next]');
  await page.click(`[data-lesson="${lesson?.id}"]`);
  await page.waitForSelector('[data-test=short-window]');
  expect(await has(page, '[data-test=bells-go]')).toBe(false);
});

test('the import offers an empty sheet of the layout that is chosen', async () => {
  h.server.api.person = 'admin';
  const page = await h.open('/school#tab=exchange', WIDE);
  await page.waitForSelector('[data-test=template]');
  await h.shot(page, 'school-import-template');
  for (const [layout, head] of [
    ['list', '星期,节次,学科'],
    ['grid', '节次,周一,周二'],
  ] as const) {
    await page.selectOption('[data-test=layout]', layout);
    const [download] = await Promise.all([page.waitForEvent('download'), page.click('[data-test=template]')]);
    expect(download.suggestedFilename()).toBe(`timetable-${layout}.csv`);
    const chunks: Buffer[] = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).toString().replace('\uFEFF', '').startsWith(head)).toBe(true);
  }
});

test('a school that one does not see is not shown as another', async () => {
  h.server.api.person = 'admin';
  const page = await h.open('/school?school=nowhere');
  await page.waitForSelector('[data-test=school-unknown] a');
});
