import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { GrantView, Webhook } from '../../src/generated/api';
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

function addPerson(id: string, name: string, grants: readonly Pick<GrantView, 'role' | 'scope' | 'scope_id' | 'scope_name'>[]): void {
  const { county } = h.server.api;
  county.people.push({ id, login: id, name, school: null, region: 'qs', closed_ms: null, version: 1 });
  for (const [n, grant] of grants.entries()) county.grants.push({ ...grant, id: `g-${id}-${n}`, person: id, from_ms: 0, to_ms: null, granted_by: 'op' });
}

test('people without a school: one is made with a role in an alliance, gets another, is reset and closed', async () => {
  h.server.api.person = 'op';
  addPerson('xu', '徐文博', [{ role: 'inspector', scope: 'region', scope_id: 'qs', scope_name: '青山县' }]);
  addPerson('none', '无权限账号', []);
  const page = await h.open('/county#tab=people', SMALL);
  await expect.poll(() => page.locator('[data-test=person]').count()).toBe(3);
  await expect.poll(() => page.locator('[data-test=roles-of]').count()).toBe(2);
  await h.shot(page, 'county-people-1366');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', '高明霞');
  await page.fill('[data-test=login]', 'gaomx');
  await page.selectOption('[data-test=role]', 'alliance_admin');
  expect(await page.isDisabled('[data-test=send]')).toBe(true);
  await page.focus('[data-test=scope-place] input');
  await page.keyboard.type('青石岭');
  await page.keyboard.press('Enter');
  await h.shot(page, 'county-person-add');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=reset-code]');
  await h.shot(page, 'county-person-told');
  const post = h.server.api.asked.find(({ method, path }) => method === 'POST' && path === '/people');
  expect(post?.body).toEqual({
    login: 'gaomx',
    name: '高明霞',
    school: null,
    region: 'qs',
    grants: [{ role: 'alliance_admin', scope: 'alliance', scope_id: 'a2' }],
  });
  await page.click('[data-test=dialog-close]');
  await page.click('[data-person=gaomx] [data-test=roles]');
  await page.waitForSelector('[data-test=grants] [data-test=grant]');
  await page.selectOption('[data-test=grants] [data-test=role]', 'observer');
  await page.click('[data-test=grants] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=grants] [data-test=grant]').count()).toBe(2);
  await h.shot(page, 'county-person-roles');
  await page.click('[data-test=dialog-close]');
  await page.selectOption('[data-person=xu] [data-test=more-acts]', 'close');
  await page.click('[data-test=confirm] [data-test=send]');
  await page.waitForSelector('[data-person=xu]', { state: 'detached' });
  await page.click('[data-test=show-closed]');
  await h.shot(page, 'county-people-closed');
  await page.click('[data-test=reopen]');
  await page.waitForSelector('[data-person=xu]');
  await page.click('[data-test=show-closed]');
  await page.selectOption('[data-test=role-filter]', 'alliance_admin');
  await expect.poll(() => page.locator('[data-test=person]').count()).toBe(1);
  expect(await page.locator('[data-person=gaomx] [data-test=roles-of] li').allTextContents()).toEqual([
    '联盟管理员 · 青石岭教育联盟',
    '教研员（听课） · 青山县',
  ]);
  await page.selectOption('[data-test=role-filter]', '');
  await page.setViewportSize({ width: 1024, height: 768 });
  await h.shot(page, 'county-people-1024');
  await page.setViewportSize(LARGE);
  await h.shot(page, 'county-people-1920');
});

test('a lesson of which a line tells only the id is asked about, once, and named with its day', async () => {
  h.server.api.person = 'op';
  soon(h, 'l3', 30, { title: '五年级英语' });
  const page = await h.open('/county#tab=audit', LARGE);
  const line = page.locator('[data-test=audit-line]', { hasText: '禁止“青石岭小学五（1）班”再进入' }).first();
  await expect.poll(() => line.textContent()).toMatch(/课“五年级英语（\d+月\d+日）”/);
  await h.shot(page, 'county-audit-lessons');
  expect(h.server.api.asked.filter(({ path }) => path.startsWith('/lessons/')).map(({ path }) => path)).toEqual(['/lessons/l3']);
});

test('the audit log in words: filtered by person and thing, page after page; a detail is text', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=audit', SMALL);
  await expect.poll(() => page.locator('[data-test=audit-line]').count()).toBe(50);
  expect(await page.textContent('[data-test=audit-line] >> nth=0')).toContain('修改学校“青石岭镇中心小学”');
  await page.click('[data-test=audit-line] >> nth=7 >> summary');
  expect(await page.locator('#app img').count()).toBe(0);
  await h.shot(page, 'county-audit-1366');
  await page.click('[data-test=more]');
  await expect.poll(() => page.locator('[data-test=audit-line]').count()).toBe(100);
  await page.click('[data-test=more]');
  await expect.poll(() => page.locator('[data-test=audit-line]').count()).toBe(130);
  expect(await page.locator('[data-test=more]').count()).toBe(0);
  await page.selectOption('[data-test=audit-thing]', 'entry');
  await expect.poll(() => page.locator('[data-test=audit-line]').count()).toBe(16);
  await page.focus('[data-test=audit-person] input');
  await page.keyboard.type('chen');
  await page.keyboard.press('Enter');
  await expect.poll(() => h.server.api.asked.at(-1)?.query).toMatchObject({ person: 'chen', thing: 'entry' });
  await page.click('[data-test=only] >> nth=0');
  await page.waitForSelector('[data-test=audit-one]');
  await expect.poll(() => h.server.api.asked.at(-1)?.query).toMatchObject({ thing: 'entry', thing_id: 'e9' });
  await page.setViewportSize(LARGE);
  await h.shot(page, 'county-audit-one-1920');
});

test('webhooks: made with a secret shown once, refused, switched off, looked into, removed', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=webhooks', SMALL);
  await expect.poll(() => page.locator('[data-test=webhook]').count()).toBe(2);
  await h.shot(page, 'county-webhooks-1366');
  // What may hold a key is not shown.
  expect(await page.textContent('.office-table')).not.toContain('4711');
  await page.click('[data-test=add]');
  await page.fill('[data-test=url]', 'https://127.0.0.1/x');
  await page.click('[data-test=send]');
  await expect.poll(() => page.textContent('[data-test=webhook-dialog] [data-test=problem]')).toContain('内网');
  await h.shot(page, 'county-webhook-refused');
  await page.fill('[data-test=url]', 'https://kaoqin.example.cn/tongke');
  await page.check('[data-test="event-classroom.lost"]');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=secret]');
  await h.shot(page, 'county-webhook-secret');
  const made = h.server.api.asked.filter(({ method, path }) => method === 'POST' && path === '/webhooks').at(-1);
  expect(made?.body).toEqual({
    url: 'https://kaoqin.example.cn/tongke',
    events: ['lesson.live', 'lesson.ended', 'classroom.lost'],
    region: 'qs',
    active: true,
  });
  await page.click('[data-test=dialog-close]');
  await expect.poll(() => page.locator('[data-test=webhook]').count()).toBe(3);
  await page.click('[data-webhook=w1] [data-test=turn]');
  await expect.poll(() => h.server.api.webhooks[0]).toMatchObject({ active: false, version: 2 } satisfies Partial<Webhook>);
  await page.waitForSelector('[data-webhook=w1] .state-ended');
  await page.click('[data-webhook=w1] [data-test=log]');
  await expect.poll(() => page.locator('[data-test=delivery]').count()).toBe(50);
  await h.shot(page, 'county-webhook-log');
  await page.click('[data-test=deliveries] [data-test=more]');
  await expect.poll(() => page.locator('[data-test=delivery]').count()).toBe(70);
  await page.click('[data-test=dialog-close]');
  await page.click('[data-webhook=w2] [data-test=remove]');
  await page.click('[data-test=confirm] [data-test=send]');
  await page.waitForSelector('[data-webhook=w2]', { state: 'detached' });
  await page.setViewportSize(LARGE);
  await h.shot(page, 'county-webhooks-1920');
});

test('no webhook yet; in English', async () => {
  h.server.api.person = 'op';
  h.server.api.webhooks = [];
  const page = await h.open('/county#tab=webhooks', { ...SMALL, lang: 'en' });
  await page.waitForSelector('[data-test=no-webhooks]');
  await h.shot(page, 'county-webhooks-empty');
});

test('a teacher subscribes to the calendar and takes it back; a school does so for a classroom', async () => {
  h.server.api.person = 'chen';
  const page = await h.open('/teacher', SMALL);
  await page.click('[data-test=subscribe]');
  await h.shot(page, 'teacher-subscribe');
  await page.click('[data-test=feed-make] [data-test=send]');
  await page.waitForSelector('[data-test=feed-password]');
  expect(await page.textContent('[data-test=feed-address]')).toBe(`${h.url}/api/v1/calendars/people/chen`);
  await h.shot(page, 'teacher-subscribed');
  expect(h.server.api.feeds.has('people/chen')).toBe(true);
  await page.click('[data-test=feed-revoke] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=feed-told]')).toContain('已撤销');
  expect(await page.locator('[data-test=feed-password]').count()).toBe(0);
  await page.click('[data-test=feed-revoke] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=feed-told]')).toContain('没有');
  h.server.api.person = 'admin';
  await page.setViewportSize(LARGE);
  await page.goto(`${h.url}/school`);
  await page.waitForSelector('[data-test=grid]');
  await page.focus('[data-test=room] input');
  await page.keyboard.type('录播');
  await page.keyboard.press('Enter');
  await page.click('[data-test=subscribe]');
  await page.click('[data-test=feed-make] [data-test=send]');
  await page.waitForSelector('[data-test=feed-password]');
  expect(h.server.api.feeds.has('classrooms/s1-r1')).toBe(true);
  await h.shot(page, 'school-subscribed-1920');
});
