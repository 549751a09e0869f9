import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addDays, instantOf, mondayOf, wallOf } from '../../src/api/zone';
import type { PlannedLessonView } from '../../src/generated/api';
import { LONG_SCHOOL, place, ZONE } from '../county';
import { NO_STATISTICS } from '../fake-statistics';
import { Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const nextMonday = () => addDays(mondayOf(wallOf(Date.now(), ZONE).day), 7);
const SMALL = { width: 1366, height: 768 };

/** The school's page with the next week, in which everything is still to come. */
async function timetable(options: { width: number; height: number } = { width: 1920, height: 1080 }): Promise<Page> {
  h.server.api.person = 'admin';
  const page = await h.open('/school', options);
  await page.waitForSelector('[data-test=grid]');
  await page.click('[data-test=week-next]');
  await page.waitForSelector(`[data-cell-day="${nextMonday()}"] [data-test=lesson]`);
  return page;
}

/** A lesson that the school teaches next Monday. */
function ownLesson(): PlannedLessonView {
  const found = h.server.api.county.lessons.find(({ host, day }) => host?.school === 's1' && day === nextMonday());
  if (!found) throw new Error('no lesson of s1');
  return found;
}

const cell = (day: string, period: number) => `[data-cell-day="${day}"][data-cell-period="${period}"]`;

async function dragTo(page: Page, lesson: string, target: string): Promise<void> {
  const from = await page.locator(`[data-lesson="${lesson}"]`).boundingBox();
  const to = await page.locator(target).boundingBox();
  if (!from || !to) throw new Error('nothing to drag');
  await page.mouse.move(from.x + 30, from.y + 12);
  await page.mouse.down();
  await page.mouse.move(from.x + 50, from.y + 30, { steps: 3 });
  await page.mouse.move(to.x + to.width - 30, to.y + to.height - 10, { steps: 6 });
}

describe('the timetable', () => {
  test('this week: a holiday, a make-up day, lessons taught and received', async () => {
    h.server.api.person = 'admin';
    const page = await h.open('/school', { width: 1920, height: 1080 });
    await page.waitForSelector('[data-test=lesson][data-as=host]');
    await h.shot(page, 'school-week-1920');
    await page.setViewportSize(SMALL);
    await h.shot(page, 'school-week-1366');
    expect(await page.locator('.day-note.holiday').count()).toBe(1);
    expect(await page.locator('.day-note.make_up').count()).toBe(1);
    await page.fill('[data-test=search]', '没有这样的课');
    await expect.poll(() => page.locator('[data-test=lesson]').count()).toBe(0);
  });

  test('dragging shows a clash with both lessons at once, and drops where it is free, with a reason', async () => {
    const lesson = ownLesson();
    const { county } = h.server.api;
    // Another school's lesson in the same receiving classroom, in the last period of Tuesday.
    const tuesday = addDays(nextMonday(), 1);
    const room = lesson.receivers[0]?.classroom ?? '';
    const start_ms = instantOf(tuesday, 910, ZONE);
    county.lessons.push({
      ...lesson,
      id: 'other',
      title: '四年级音乐',
      day: tuesday,
      period: 6,
      start_ms,
      end_ms: start_ms + 2_400_000,
      host: place(county, 's9-r1'),
      teacher: { id: 's9-t1', name: '王丽华' },
      receivers: [{ ...place(county, room), interactive: true }],
    });
    const page = await timetable();
    await dragTo(page, lesson.id, cell(tuesday, 6));
    await page.waitForSelector('[data-verdict=clash]');
    const told = await page.textContent('[data-test=drag-hint]');
    expect(told).toContain('四年级音乐');
    expect(told).toContain(lesson.title);
    await h.shot(page, 'school-drag-clash');
    const free = await page.locator(cell(addDays(nextMonday(), 3), 6)).boundingBox();
    await page.mouse.move((free?.x ?? 0) + 60, (free?.y ?? 0) + 40, { steps: 6 });
    await page.waitForSelector('[data-verdict=free], [data-verdict=short]');
    await h.shot(page, 'school-drag-free');
    expect(h.server.api.asked.filter(({ method, query }) => method === 'PUT' && query.dry_run !== 'true')).toEqual([]);
    await page.mouse.up();
    await page.waitForSelector('[data-test=move-form] [data-check=free]');
    expect(await page.isDisabled('[data-test=move-form] [data-test=send]')).toBe(true);
    await page.fill('[data-test=reason]', '教师周一外出教研');
    await h.shot(page, 'school-move');
    await page.click('[data-test=move-form] [data-test=send]');
    await page.waitForSelector('[data-test=said]');
    await page.waitForSelector(`${cell(addDays(nextMonday(), 3), 6)} [data-lesson="${lesson.id}"]`);
    const put = h.server.api.asked.filter(({ method, query }) => method === 'PUT' && query.dry_run !== 'true');
    expect(put.length).toBe(1);
    expect(put[0]?.headers['if-match']).toBe('"1"');
    expect(put[0]?.body).toMatchObject({ reason: '教师周一外出教研', start_ms: instantOf(addDays(nextMonday(), 3), 910, ZONE) });
    await page.waitForSelector('.said.warning');
    await h.shot(page, 'school-moved-1920');
  });

  test('the same with the keyboard alone; a short common window is warned of', async () => {
    const lesson = ownLesson();
    const page = await timetable(SMALL);
    await page.focus(`[data-lesson="${lesson.id}"]`);
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-test=lesson-dialog] [data-test=short-window]');
    await h.shot(page, 'school-lesson');
    await page.focus('[data-test=act-move]');
    await page.keyboard.press('Enter');
    await page.selectOption('[data-test=move-period]', '6');
    await page.waitForSelector('[data-check=free]');
    await page.waitForSelector('[data-test=move-form] [data-test=short-window]');
    await page.fill('[data-test=reason]', '场地占用');
    await page.keyboard.press('Enter');
    await page.waitForSelector(`${cell(nextMonday(), 6)} [data-lesson="${lesson.id}"]`);
  });

  test('somebody was quicker: the latest is read, the form stays', async () => {
    const lesson = ownLesson();
    const page = await timetable(SMALL);
    await page.click(`[data-lesson="${lesson.id}"]`);
    await page.click('[data-test=act-substitute]');
    await page.fill('[data-test=reason]', '病假');
    await page.focus('[data-test=substitute] input');
    await page.keyboard.type('s1-t7');
    await page.keyboard.press('Enter');
    await page.waitForSelector('[data-check=free]');
    const index = h.server.api.county.lessons.findIndex(({ id }) => id === lesson.id);
    h.server.api.county.lessons[index] = { ...lesson, version: 5, title: '三年级英语（已改）' };
    await page.click('[data-test=substitute-form] [data-test=send]');
    await page.waitForSelector('[data-test=read-again]');
    await h.shot(page, 'school-conflict');
    expect(await page.inputValue('[data-test=reason]')).toBe('病假');
    await page.waitForSelector('[data-check=free]');
    await page.click('[data-test=substitute-form] [data-test=send]');
    await page.waitForSelector('[data-test=lesson-dialog]', { state: 'detached' });
    expect(h.server.api.county.lessons[index]?.teacher?.id).toBe('s1-t7');
  });

  test('cancel with a reason, and reinstate', async () => {
    const lesson = ownLesson();
    const page = await timetable(SMALL);
    await page.click(`[data-lesson="${lesson.id}"]`);
    await page.click('[data-test=act-cancel]');
    expect(await page.isDisabled('[data-test=send]')).toBe(true);
    await page.fill('[data-test=reason]', '停电检修');
    await page.click('[data-test=send]');
    await page.waitForSelector(`[data-lesson="${lesson.id}"][data-as=cancelled]`);
    await page.click(`[data-lesson="${lesson.id}"]`);
    await page.click('[data-test=act-reinstate]');
    await page.click('[data-test=send]');
    await page.waitForSelector(`[data-lesson="${lesson.id}"][data-as=host]`);
  });

  test('a lesson that was missed is only moved, a cancelled one of the past is not reinstated: said in a line', async () => {
    const { lessons } = h.server.api.county;
    const past = lessons.filter(({ host, end_ms }) => host?.school === 's1' && end_ms < Date.now() - 3_600_000);
    const [missed, cancelled, ended] = past;
    if (!missed || !cancelled || !ended) throw new Error('fewer lessons last week');
    Object.assign(missed, { state: 'scheduled', title: `三年级英语${'（第三单元 My school calendar 复习与拓展）'.repeat(3)}` });
    Object.assign(cancelled, { state: 'cancelled', reason: '停电检修' });
    h.server.api.person = 'admin';
    const page = await h.open('/school');
    await page.waitForSelector('[data-test=grid]');
    await page.click('[data-test=week-before]');
    const acts = () => page.locator('[data-test^=act-]').evaluateAll((all) => all.map((one) => one.dataset.test));
    const open = async (id: string) => {
      await page.click(`[data-lesson="${id}"]`);
      await page.waitForSelector('[data-test=acts-note]');
      return page.textContent('[data-test=acts-note]');
    };
    expect(await open(cancelled.id)).toBe('上课时间已过，不能再恢复上课。');
    expect(await acts()).toEqual([]);
    await h.shot(page, 'school-lesson-past-cancelled-1920');
    await page.click('[data-test=dialog-close]');
    expect(await open(ended.id)).toBe('这节课已结束，不能再调整。');
    expect(await acts()).toEqual([]);
    await page.click('[data-test=dialog-close]');
    expect(await open(missed.id)).toBe('上课时间已过，只能调到以后的时间。');
    expect(await acts()).toEqual(['act-move']);
    await h.shot(page, 'school-lesson-past-1920');
    await page.click('[data-test=act-move]');
    // The form begins today: nothing is moved into the past.
    expect(await page.inputValue('[data-test=move-day]')).toBe(wallOf(Date.now(), ZONE).day);
    await h.shot(page, 'school-lesson-past-move-1920');
    await page.fill('[data-test=move-day]', addDays(wallOf(Date.now(), ZONE).day, -1));
    await page.waitForSelector('[data-test=move-past]');
    await page.fill('[data-test=reason]', '补上');
    expect(await page.isDisabled('[data-test=move-form] [data-test=send]')).toBe(true);
    await page.fill('[data-test=move-day]', addDays(nextMonday(), 5));
    await page.waitForSelector('[data-check=free]');
    await page.click('[data-test=move-form] [data-test=send]');
    await page.waitForSelector('[data-test=lesson-dialog]', { state: 'detached' });
  });

  test('a week without lessons, a failure, and nothing to administer', async () => {
    h.server.api.person = 'admin';
    h.server.api.county.lessons = [];
    const page = await h.open('/school', SMALL);
    await page.waitForSelector('[data-test=week-empty]');
    await h.shot(page, 'school-empty');
    h.server.api.before = ({ path }) => (path === '/lessons' ? { status: 500, body: {} } : undefined);
    await page.click('[data-test=week-next]');
    await page.waitForSelector('[data-test=problem]');
    h.server.api.before = () => undefined;
    await page.click('[data-test=retry]');
    await page.waitForSelector('[data-test=week-empty]');
    h.server.api.person = 'chen';
    await page.goto(`${h.url}/school`);
    await page.waitForSelector('[data-test=not-yours]');
  });
});

describe('what a school has', () => {
  test('devices: a code from the fragment is bound; one is unbound', async () => {
    h.server.api.person = 'admin';
    h.server.api.codes.set('c9', { code: '482913', poll: 'p', room: null });
    const page = await h.open('/school#tab=devices&code=482913', SMALL);
    await expect.poll(() => page.inputValue('[data-test=bind-code]')).toBe('482913');
    await page.focus('[data-test=bind-room] input');
    await page.waitForSelector('.picker-list');
    await h.shot(page, 'school-devices-pick');
    await page.keyboard.type('三');
    await page.keyboard.press('Enter');
    await page.click('[data-test=bind-form] [data-test=send]');
    await page.waitForSelector('[data-device^="d-"]');
    await h.shot(page, 'school-devices');
    expect(page.url()).not.toContain('482913');
    await page.click('[data-device=d1] [data-test=revoke]');
    await page.click('[data-test=confirm] [data-test=send]');
    await page.waitForSelector('[data-device=d1] [data-test=revoke]', { state: 'detached' });
  });

  test('people: made with a reset code, given roles; names are text', async () => {
    h.server.api.person = 'admin';
    const page = await h.open('/school#tab=people', SMALL);
    await page.waitForSelector('[data-test=person]');
    expect(await page.locator('#app img').count()).toBe(0);
    await page.click('[data-test=add]');
    await page.fill('[data-test=add-person] [data-test=name]', '周玉兰');
    await page.fill('[data-test=add-person] [data-test=login]', 'chen');
    await page.click('[data-test=add-person] [data-test=send]');
    await expect.poll(() => page.textContent('[data-test=add-person] [data-test=problem]')).toContain('已经存在');
    await page.fill('[data-test=add-person] [data-test=login]', 'zhouyulan');
    await page.click('[data-test=add-person] [data-test=send]');
    await expect.poll(() => page.textContent('[data-test=reset-code]')).toBe('reset-zhouyulan');
    await h.shot(page, 'school-person-told');
    await page.click('[data-test=dialog-close]');
    await page.fill('[data-test=search]', '周玉兰');
    await page.click('[data-test=roles]');
    await page.waitForSelector('[data-test=grant]');
    await page.selectOption('[data-test=grants] [data-test=role]', 'observer');
    await page.click('[data-test=grants] [data-test=send]');
    await expect.poll(() => page.locator('[data-test=grant]').count()).toBe(2);
    await h.shot(page, 'school-grants');
    await page.click('[data-test=grant] >> nth=0 >> [data-test=take]');
    await expect.poll(() => page.locator('[data-test=grant]').count()).toBe(1);
    await page.click('[data-test=dialog-close]');
    await expect.poll(() => page.textContent('[data-person=zhouyulan] [data-test=roles-of]')).toBe('教研员（听课） · 本校');
    await page.fill('[data-test=search]', '');
    await h.shot(page, 'school-people');
  });

  test('people by role: everybody’s roles with where they hold; those of one role; those who have none', async () => {
    h.server.api.person = 'admin';
    const { people, grants } = h.server.api.county;
    const grant = { person: 'chen', from_ms: 0, to_ms: null, granted_by: 'op' };
    grants.push({ ...grant, id: 'gx', role: 'assistant', scope: 'classroom', scope_id: 's6-r1', scope_name: '三年级' });
    grants.push({ ...grant, id: 'gy', role: 'inspector', scope: 'school', scope_id: 's6', scope_name: LONG_SCHOOL });
    grants.push({ ...grant, id: 'gz', role: 'observer', scope: 'everything', scope_id: null, scope_name: null });
    people.push({ id: 'none', login: 'none', name: '欧阳无权限', school: 's1', region: null, closed_ms: null, version: 1 });
    const page = await h.open('/school#tab=people', { width: 1024, height: 768 });
    await page.waitForSelector('[data-test=person]');
    const roles = (id: string) => page.locator(`[data-person=${id}] [data-test=roles-of] li`).allTextContents();
    expect(await roles('chen')).toEqual(['主讲教师 · 本校', '助教 · 三年级', `视导员（巡课） · ${LONG_SCHOOL}`, '教研员（听课） · 全部']);
    await h.shot(page, 'school-people-roles-1024');
    await page.selectOption('[data-test=role-filter]', 'school_admin');
    expect(await page.locator('[data-test=person]').evaluateAll((rows) => rows.map((row) => (row as HTMLElement).dataset.person))).toEqual(['fresh', 'admin']);
    await page.selectOption('[data-test=role-filter]', 'none');
    expect(await page.locator('[data-test=person]').count()).toBe(1);
    expect(await page.textContent('[data-person=none]')).toContain('没有任何权限');
    await page.setViewportSize(SMALL);
    await h.shot(page, 'school-people-none');
    // Once the last of them has a role, everybody is shown again.
    await page.click('[data-test=roles]');
    await page.click('[data-test=grants] [data-test=send]');
    await page.waitForSelector('[data-test=grant]');
    await page.click('[data-test=dialog-close]');
    await page.selectOption('[data-test=role-filter]', '');
    await expect.poll(() => page.locator('[data-test=person]').count()).toBeGreaterThan(5);
    await page.selectOption('[data-person=none] [data-test=more-acts]', 'close');
    await page.click('[data-test=confirm] [data-test=send]');
    await page.waitForSelector('[data-person=none]', { state: 'detached' });
    await page.click('[data-test=show-closed]');
    await page.click('[data-test=closed-row] [data-test=reopen]');
    await page.waitForSelector('[data-person=none]');
  });

  test('rooms, pairings, bells', async () => {
    h.server.api.person = 'admin';
    const page = await h.open('/school#tab=rooms', SMALL);
    await page.waitForSelector('[data-test=room]');
    await page.click('[data-test=add]');
    await page.fill('[data-test=name]', '科学实验室');
    await page.click('[data-test=send]');
    await expect.poll(() => page.locator('[data-test=room]', { hasText: '科学实验室' }).count()).toBe(1);
    await h.shot(page, 'school-rooms');
    const lab = page.locator('[data-test=room]', { hasText: '科学实验室' });
    await lab.locator('[data-test=close]').click();
    await page.click('[data-test=confirm] [data-test=send]');
    await expect.poll(() => lab.count()).toBe(0);
    await page.click('[data-test=show-closed]');
    await expect.poll(() => page.textContent('[data-test=closed-row]')).toContain('科学实验室');
    await h.shot(page, 'school-rooms-closed');
    await page.click('[data-test=reopen]');
    await expect.poll(() => lab.count()).toBe(1);
    await page.click('[data-test=tab-pairings]');
    await page.waitForSelector('[data-test=pairing]');
    await page.click('[data-test=add]');
    await page.focus('[data-test=pair-receiver] input');
    await page.keyboard.type('大杨树');
    await h.shot(page, 'school-pairing-add');
    await page.keyboard.press('Escape');
    await page.click('[data-test=dialog-close]');
    await h.shot(page, 'school-pairings');
    await page.click('[data-test=tab-bells]');
    await page.click('[data-test=bell-plan] [data-test=edit]');
    await page.fill('[data-test=bell-rows] input >> nth=3', '08:50');
    await page.waitForSelector('[data-test=bell-fault]');
    await h.shot(page, 'school-bells-edit');
    await page.fill('[data-test=bell-rows] input >> nth=3', '10:00');
    await page.click('[data-test=bells-form] [data-test=send]');
    await page.waitForSelector('[data-test=said]');
    await expect.poll(() => page.textContent('[data-test=bell-plan]')).toContain('09:10–10:00');
  });

  test('a pairing made by mistake is removed; one that is taught is not, and what refers to it is told', async () => {
    h.server.api.person = 'admin';
    const { pairings } = h.server.api.county;
    const ours = pairings.filter(({ host_classroom }) => host_classroom.startsWith('s1-'));
    const received = pairings.find(({ host_classroom, receiving_classroom }) => !host_classroom.startsWith('s1-') && receiving_classroom.startsWith('s1-'));
    const why = '还有 18 节课、2 个课表条目用到这项结对；可以填写结对的最后一天';
    h.server.api.before = ({ method }) => (method === 'DELETE' ? { status: 409, body: { type: 'urn:tongke:problem:in_use', detail: why } } : undefined);
    const page = await h.open('/school#tab=pairings');
    await page.waitForSelector('[data-test=pairing]');
    expect(await page.locator('[data-test=pairing]').count()).toBe(ours.length + (received ? 1 : 0));
    // What others teach is theirs to remove.
    expect(await page.locator('[data-test=remove]').count()).toBe(ours.length);
    await h.shot(page, 'school-pairings-1920');
    await page.click('[data-test=remove] >> nth=0');
    await page.click('[data-test=confirm] [data-test=send]');
    await expect.poll(() => page.textContent('[data-test=confirm] [data-test=problem]')).toContain(why);
    await h.shot(page, 'school-pairing-in-use-1920');
    h.server.api.before = () => undefined;
    await page.click('[data-test=confirm] [data-test=send]');
    await expect.poll(() => page.locator('[data-test=remove]').count()).toBe(ours.length - 1);
    expect(h.server.api.asked.filter(({ method }) => method === 'DELETE').at(-1)).toMatchObject({ path: `/pairings/${ours[0]?.id}` });
  });

  test('statistics: what the school taught, by who received it, and what it received; the export is of what is shown', async () => {
    h.server.api.person = 'admin';
    const page = await h.open('/school#tab=statistics', SMALL);
    await page.waitForSelector('[data-test=rate]');
    const asked = () => h.server.api.asked.filter(({ path }) => path === '/statistics').map(({ query }) => query);
    expect(asked()).toContainEqual({ term: 't1', by: 'school', host_school: 's1' });
    expect(await page.textContent('[data-test=rate][data-key=s6]')).toContain(LONG_SCHOOL);
    expect(await page.textContent('[data-test=total]')).toContain('主讲节数');
    await h.shot(page, 'school-taught');
    // Only schools it taught are chosen from, though more are seen.
    await page.focus('[data-test=only-school] input');
    await expect.poll(() => page.locator('[data-test=only-school] [role=option][data-id]').count()).toBe(7);
    await page.keyboard.type('大杨树');
    await page.keyboard.press('Enter');
    await page.selectOption('[data-test=only-subject]', '音乐');
    await page.selectOption('[data-test=only-first_week]', '3');
    await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', by: 'school', host_school: 's1', school: 's6', subject: '音乐', first_week: '3' });
    await page.waitForSelector('[data-test=rate]');
    await h.shot(page, 'school-taught-one');
    const file = new URL((await page.getAttribute('[data-test=export-xlsx]', 'href')) ?? '', h.url);
    expect(Object.fromEntries(file.searchParams)).toEqual({ ...asked().at(-1), format: 'xlsx' });
    await page.click('[data-test=by-teacher]');
    await expect.poll(() => asked().at(-1)?.by).toBe('teacher');
    await page.click('[data-test=side-received]');
    // Other teachers taught these; subject and weeks stay.
    await expect.poll(asked).toContainEqual({ term: 't1', by: 'teacher', school: 's1', subject: '音乐', first_week: '3' });
    await expect.poll(asked).toContainEqual({ term: 't1', by: 'teacher', school: 's1' });
    expect(await page.locator('[data-test=only-school]').count()).toBe(0);
    await page.click('[data-test=by-host_school]');
    await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', by: 'host_school', school: 's1', subject: '音乐', first_week: '3' });
    await page.waitForSelector('[data-test=rate]');
    await h.shot(page, 'school-received');
    await page.click('[data-test=by-week]');
    await page.waitForSelector('[data-test=week-chart]');
    await page.setViewportSize({ width: 1920, height: 1080 });
    await h.shot(page, 'school-received-week-1920');
    await page.click('[data-test=side-taught]');
    await expect.poll(asked).toContainEqual({ term: 't1', by: 'week', host_school: 's1', subject: '音乐', first_week: '3' });
    expect(asked().filter(({ by }) => by === 'region' || by === 'alliance')).toEqual([]);
  });

  test('statistics of a school that taught nothing: what it received, first; nothing of either', async () => {
    h.server.api.person = 'admin';
    h.server.api.before = ({ path, query }) => (path === '/statistics' && query.host_school ? { status: 200, body: NO_STATISTICS } : undefined);
    const page = await h.open('/school#tab=statistics', SMALL);
    await page.waitForSelector('[data-test=rate]');
    expect(await page.getAttribute('[data-test=side-received]', 'aria-pressed')).toBe('true');
    h.server.api.before = ({ path }) => (path === '/statistics' ? { status: 200, body: NO_STATISTICS } : undefined);
    await page.click('[data-test=side-taught]');
    await expect.poll(() => page.textContent('[data-test=no-figures]')).toContain('还没有本校主讲的统计数据');
    await h.shot(page, 'school-taught-none');
    await page.selectOption('[data-test=only-first_week]', '3');
    await expect.poll(() => page.textContent('[data-test=no-figures]')).toBe('没有符合条件的课');
    await page.click('[data-test=side-received]');
    await page.selectOption('[data-test=only-first_week]', '');
    await expect.poll(() => page.textContent('[data-test=no-figures]')).toContain('还没有本校听讲的统计数据');
  });

  test('import: each bad row is named; then it is stored', async () => {
    h.server.api.person = 'admin';
    const errors = [
      { row: 3, column: 'C', message: '教师“李晓明”不在本校：请核对姓名，或先添加这位教师' },
      { row: 7, column: 'F', message: '周次“3-1”前后颠倒：请把小的写在前面' },
      { row: null, column: null, message: '表头缺少“学科”一列：请按模板补上' },
    ];
    h.server.api.before = ({ path }) => (path.endsWith('/import') ? { status: 422, body: { created: 0, unchanged: 0, errors, lessons: null } } : undefined);
    const page = await h.open('/school#tab=exchange', SMALL);
    await page.setInputFiles('[data-test=file]', { name: '课表.csv', mimeType: 'text/csv', buffer: Buffer.from('星期,节次\n一,1\n') });
    await page.click('[data-test=import-form] [data-test=send]');
    await expect.poll(() => page.locator('[data-test=row-error]').count()).toBe(3);
    await h.shot(page, 'school-import-errors');
    const sent = h.server.api.asked.find(({ path }) => path.endsWith('/import'));
    expect(sent).toMatchObject({ query: { school: 's1', layout: 'list' }, body: '星期,节次\n一,1\n' });
    expect(sent?.headers['content-type']).toBe('text/csv');
    h.server.api.before = ({ path }) =>
      path.endsWith('/import')
        ? {
            status: 200,
            body: { created: 8, unchanged: 2, errors: [], lessons: { created: 120, updated: 0, cancelled: 0, kept: [], skipped: [], past: 40, failed: [] } },
          }
        : undefined;
    await page.setInputFiles('[data-test=file]', { name: '课表.xlsx', mimeType: '', buffer: Buffer.from('PK') });
    await page.selectOption('[data-test=layout]', 'grid');
    expect(await page.isDisabled('[data-test=import-form] [data-test=send]')).toBe(true);
    await page.focus('[data-test=grid-room] input');
    await page.keyboard.type('录播');
    await page.keyboard.press('Enter');
    await page.click('[data-test=import-form] [data-test=send]');
    await page.waitForSelector('[data-test=imported]');
    expect(h.server.api.asked.filter(({ path }) => path.endsWith('/import'))[1]?.query).toEqual({
      school: 's1',
      layout: 'grid',
      classroom: 's1-r1',
      kind: 'dedicated',
    });
    await h.shot(page, 'school-imported');
    expect(await page.getAttribute('[data-test=export-list-xlsx]', 'href')).toBe('/api/v1/terms/t1/export?school=s1&format=xlsx&layout=list');
  });
});
