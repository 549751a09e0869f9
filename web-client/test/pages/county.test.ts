import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { addDays, instantOf, mondayOf, wallOf } from '../../src/api/zone';
import { LONG_SCHOOL, ZONE } from '../county';
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
  const { county } = h.server.api;
  const today = wallOf(Date.now(), ZONE).day;
  const monday = mondayOf(today);
  // Monday's are today's: today may be a day without school.
  county.lessons = county.lessons.filter(({ day }) => day === monday || day !== today);
  const running = county.lessons.filter(({ day }) => day === monday);
  const later = instantOf(today, 0, ZONE) - instantOf(monday, 0, ZONE);
  for (const [i, lesson] of running.entries()) {
    Object.assign(lesson, { day: today, start_ms: lesson.start_ms + later, end_ms: lesson.end_ms + later });
    lesson.state = (['live', 'ended', 'cancelled', 'scheduled', 'paused', 'open'] as const)[i % 6] ?? 'live';
  }
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
  await page.fill('[data-test=search]', '');
  await page.selectOption('[data-test=only-subject]', '美术');
  await page.selectOption('[data-test=only-alliance]', 'a2');
  await expect.poll(() => h.server.api.asked.at(-1)?.query).toEqual({ term: 't1', by: 'school', alliance: 'a2', subject: '美术' });
  await page.focus('[data-test=only-school] input');
  await page.keyboard.type('大杨树');
  await page.keyboard.press('Enter');
  await expect.poll(() => h.server.api.asked.at(-1)?.query).toEqual({ term: 't1', by: 'school', school: 's6', subject: '美术' });
  expect(await page.inputValue('[data-test=only-alliance]')).toBe('');
  const file = new URL((await page.getAttribute('[data-test=export-xlsx]', 'href')) ?? '', h.url);
  expect(Object.fromEntries(file.searchParams)).toEqual({ term: 't1', by: 'school', school: 's6', subject: '美术', format: 'xlsx' });
  await page.selectOption('[data-test=only-first_week]', '3');
  await page.selectOption('[data-test=only-last_week]', '8');
  await page.focus('[data-test=only-teacher] input');
  await page.keyboard.type('王');
  await page.waitForSelector('[data-test=only-teacher] [role=option]');
  await page.keyboard.press('Enter');
  await expect.poll(() => h.server.api.asked.at(-1)?.query).toMatchObject({ school: 's6', first_week: '3', last_week: '8', teacher: expect.anything() });
  await page.waitForSelector('[data-test=rate]');
  await h.shot(page, 'county-rate-of-school');
  await page.click('[data-test=by-week]');
  await page.waitForSelector('[data-test=week-chart]');
  await page.setViewportSize({ width: 1920, height: 1080 });
  await h.shot(page, 'county-rate-week-1920');
  await page.click('[data-test=by-teacher]');
  await page.fill('[data-test=search]', '');
  await page.waitForSelector('[data-test=more]');
  expect(await page.locator('[data-test=rate]').count()).toBe(100);
});

test('the opening rate of what one school taught: not by region or alliance, which are the receivers’', async () => {
  h.server.api.person = 'op';
  const page = await h.open('/county#tab=statistics', SMALL);
  await page.waitForSelector('[data-test=rate]');
  await page.selectOption('[data-test=only-subject]', '音乐');
  await page.focus('[data-test=only-host_school] input');
  await page.keyboard.type('城关实验');
  await page.keyboard.press('Enter');
  const asked = () => h.server.api.asked.filter(({ path }) => path === '/statistics').map(({ query }) => query);
  // What was summed by is not offered any more: by receiving school instead.
  await expect.poll(asked).toContainEqual({ term: 't1', by: 'school', host_school: 's1', subject: '音乐' });
  expect(await page.locator('[data-test^=by-]').evaluateAll((all) => all.map((one) => one.dataset.test))).toEqual([
    'by-school',
    'by-subject',
    'by-teacher',
    'by-week',
  ]);
  await expect.poll(() => page.locator('[data-test=rate]').count()).toBe(7);
  expect(await page.textContent('[data-test=total]')).toContain('主讲节数');
  const file = new URL((await page.getAttribute('[data-test=export-csv]', 'href')) ?? '', h.url);
  expect(Object.fromEntries(file.searchParams)).toEqual({ term: 't1', by: 'school', host_school: 's1', subject: '音乐', format: 'csv' });
  // Only its own teachers; the subject stays.
  await expect.poll(asked).toContainEqual({ term: 't1', by: 'teacher', host_school: 's1' });
  expect(await page.inputValue('[data-test=only-subject]')).toBe('音乐');
  await h.shot(page, 'county-rate-taught');
  await page.selectOption('[data-test=only-alliance]', 'a2');
  await expect.poll(() => asked().at(-1)).toEqual({ term: 't1', by: 'school', host_school: 's1', subject: '音乐', alliance: 'a2' });
  // Let go, it is by alliance again.
  await page.focus('[data-test=only-host_school] input');
  await page.keyboard.press('ArrowDown');
  await page.dispatchEvent('[data-test=only-host_school] [role=option]:first-child', 'mousedown');
  await expect.poll(asked).toContainEqual({ term: 't1', by: 'alliance', subject: '音乐', alliance: 'a2' });
  expect(await page.locator('[data-test=by-region]').count()).toBe(1);
  expect(h.server.api.asked.filter(({ query }) => query.host_school && /region|alliance/.test(query.by ?? ''))).toEqual([]);
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

test('a make-up day is taught as another week, which is kept and shown', async () => {
  h.server.api.person = 'op';
  const term = h.server.api.county.terms[0];
  const day = term?.days.find(({ kind }) => kind === 'make_up');
  if (!term || !day) throw new Error('no make-up day');
  day.week = 6;
  const page = await h.open('/county#tab=terms', SMALL);
  await expect.poll(() => page.textContent('[data-test=term-card] .make_up')).toContain('按第 6 周周五上课');
  await page.click('[data-test=term-card] [data-test=edit]');
  const week = page.locator('[data-test=day-week]:not(:disabled)');
  expect(await week.inputValue()).toBe('6');
  await h.shot(page, 'county-term-week');
  await page.click('[data-test=term-dialog] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=term-dialog]').count()).toBe(0);
  expect(h.server.api.county.terms[0]?.days[1]).toMatchObject({ kind: 'make_up', weekday: 5, week: 6 });
  await page.click('[data-test=term-card] [data-test=edit]');
  await page.selectOption('[data-test=day-week]:not(:disabled)', '');
  await page.click('[data-test=term-dialog] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=term-card] .make_up')).toContain('· 按周五上课');
  expect(h.server.api.county.terms[0]?.days[1]?.week).toBe(null);
  // A term that is made shorter than that says so at once.
  await page.click('[data-test=term-card] [data-test=edit]');
  await page.selectOption('[data-test=day-week]:not(:disabled)', '18');
  await page.fill('[data-test=last-day]', addDays(term.last_day, -14));
  await expect.poll(() => page.textContent('[data-test=term-fault]')).toContain('第 18 周');
  expect(await page.isDisabled('[data-test=term-dialog] [data-test=send]')).toBe(true);
});

test('what became of the lessons is told where a term is saved and where they are made', async () => {
  h.server.api.person = 'op';
  const failed = ['三年级音乐（周二第 3 节）：教师 王丽华 已有《四年级音乐》'];
  const report = { created: 3, updated: 240, cancelled: 16, kept: [], skipped: ['12月31日 元旦放假'], past: 120, failed };
  h.server.api.before = ({ method, path, body }) =>
    method === 'PUT' && path === '/terms/t1' ? { status: 200, body: { ...(body as object), lessons: report } } : undefined;
  const page = await h.open('/county#tab=terms', SMALL);
  await page.click('[data-test=term-card] [data-test=edit]');
  await page.click('[data-test=term-dialog] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=term-card] [data-test=made]')).toContain('取消 16 节');
  await page.waitForSelector('[data-test=made-failed][open]');
  expect(await page.textContent('[data-test=made-failed]')).toContain('四年级音乐');
  await h.shot(page, 'county-term-saved');
  await page.click('[data-test=term-card] [data-test=make]');
  await h.shot(page, 'county-term-make');
  await page.click('[data-test=make-dialog] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=term-card] [data-test=made]')).toContain('新增 12 节');
  expect(h.server.api.asked.find(({ path }) => path === '/terms/t1/lessons')).toMatchObject({ method: 'POST', query: {} });
});

test('closed schools and alliances are shown when asked for, and opened again', async () => {
  h.server.api.person = 'op';
  const { schools, alliances } = h.server.api.county;
  const [school, alliance] = [schools[39], alliances[11]];
  if (!school || !alliance) throw new Error('a smaller county');
  const day = Date.now() - 86_400_000;
  Object.assign(school, { closed_ms: day });
  Object.assign(alliance, { closed_ms: day });
  const page = await h.open('/county#tab=schools', SMALL);
  await expect.poll(() => page.locator('[data-test=school-row]').count()).toBe(39);
  expect(await page.locator('[data-test=closed]').count()).toBe(0);
  await page.fill('[data-test=search]', school.name);
  await page.click('[data-test=show-closed]');
  await expect.poll(() => page.locator('[data-test=closed-row]').count()).toBe(1);
  await h.shot(page, 'county-schools-closed');
  await page.click('[data-test=reopen]');
  await page.waitForSelector('[data-test=school-row]');
  await expect.poll(() => page.locator('[data-test=closed-row]').count()).toBe(0);
  const post = h.server.api.asked.find(({ method }) => method === 'POST');
  expect([post?.path, post?.headers['if-match']]).toEqual([`/schools/${school.id}/reopen`, '"1"']);
  await page.click('[data-test=tab-alliances]');
  await expect.poll(() => page.locator('[data-test=alliance]').count()).toBe(11);
  await page.click('[data-test=show-closed]');
  h.server.api.before = ({ path }) => (path.endsWith('/reopen') ? { status: 412, body: { type: 'urn:tongke:problem:changed' } } : undefined);
  await page.click('[data-test=reopen]');
  await page.waitForSelector('[data-test=closed] [data-test=problem]');
  await h.shot(page, 'county-alliances-closed');
  h.server.api.before = () => undefined;
  await page.click('[data-test=reopen]');
  await expect.poll(() => page.locator('[data-test=alliance]').count()).toBe(12);
});

test('a school and an alliance are closed once nothing to come needs them; somebody was quicker', async () => {
  h.server.api.person = 'op';
  const { schools } = h.server.api.county;
  const school = schools.find(({ name }) => name === LONG_SCHOOL);
  if (!school) throw new Error('no such school');
  Object.assign(h.server.api.county.alliances[2] ?? {}, { name: '云岭市苍江瑶族自治县城乡义务教育优质均衡发展共同体第三教育联盟' });
  const why = '还有 36 节未上的课（最近一节：2026-11-30 08:40 《三年级英语》）和 4 个课表项要用到它；请先改由别人或别的教室承担，或取消这些课、停用课表项';
  h.server.api.before = ({ method }) => (method === 'DELETE' ? { status: 409, body: { type: 'urn:tongke:problem:in_use', detail: why } } : undefined);
  const page = await h.open('/county#tab=schools');
  await page.click('[data-test=show-closed]');
  await page.waitForSelector('[data-test=closed]');
  await page.fill('[data-test=search]', '大杨树');
  await h.shot(page, 'county-schools-1920');
  await page.click('[data-test=school-row] [data-test=close]');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=confirm] [data-test=problem]')).toContain(why);
  await h.shot(page, 'county-school-in-use-1920');
  h.server.api.before = () => undefined;
  // Renamed meanwhile: what is asked about is the latest, and that is closed.
  Object.assign(school, { name: `${LONG_SCHOOL}（分校）`, version: 4 });
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=confirm]')).toContain('（分校）');
  expect(await page.textContent('[data-test=confirm] [data-test=problem]')).toContain('别人改过');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=said]')).toContain('（分校）”已停用');
  // The list of what was closed shows it at once, with the way back.
  await expect.poll(() => page.locator('[data-test=closed-row]').count()).toBe(1);
  expect(await page.locator('[data-test=school-row]').count()).toBe(0);
  await h.shot(page, 'county-school-closed-1920');
  await page.click('[data-test=closed-row] [data-test=reopen]');
  await expect.poll(() => page.locator('[data-test=school-row]').count()).toBe(1);
  await page.click('[data-test=tab-alliances]');
  await page.waitForSelector('[data-test=alliance]');
  await h.shot(page, 'county-alliances-1920');
  await page.click('[data-alliance=a3] [data-test=close]');
  await h.shot(page, 'county-alliance-close-1920');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=alliance]').count()).toBe(11);
  expect(h.server.api.asked.filter(({ method }) => method === 'DELETE').at(-1)).toMatchObject({ path: '/alliances/a3', headers: { 'if-match': '"1"' } });
});

test('regions and terms made by mistake are removed; what others need stays, and is told', async () => {
  h.server.api.person = 'op';
  for (const grant of h.server.api.county.grants) if (grant.person === 'op') Object.assign(grant, { scope: 'everything', scope_id: null });
  const { regions, terms } = h.server.api.county;
  regions.push({ id: 'twice', parent: null, level: 'county', name: '青山县', version: 1 });
  Object.assign(terms[0] ?? {}, { name: '2026—2027学年第一学期（含义务教育阶段线上线下融合专递课堂与名师课堂试点，全县各校适用）' });
  const why = '还有 2 所学校、1 个学期用到这项区划；请先移到别处、删除或结束它们';
  h.server.api.before = ({ method, path }) =>
    method === 'DELETE' && path === '/regions/qs' ? { status: 409, body: { type: 'urn:tongke:problem:in_use', detail: why } } : undefined;
  const page = await h.open('/county#tab=regions');
  await page.click('[data-region=qs] [data-test=remove]');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.textContent('[data-test=confirm] [data-test=problem]')).toContain(why);
  await h.shot(page, 'county-region-in-use-1920');
  await page.click('[data-test=dialog-close]');
  await page.click('[data-region=twice] [data-test=remove]');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=region-row]').count()).toBe(1);
  await page.click('[data-test=tab-terms]');
  await page.waitForSelector('[data-test=term-card]');
  await h.shot(page, 'county-terms-1920');
  await page.click('[data-test=term-card] [data-test=remove]');
  await h.shot(page, 'county-term-remove-1920');
  await page.click('[data-test=confirm] [data-test=send]');
  await expect.poll(() => page.locator('[data-test=term-card]').count()).toBe(0);
  await expect.poll(() => page.textContent('[data-test=said]')).toContain('已删除');
  await h.shot(page, 'county-terms-none-1920');
});

test('what lies outside of one’s region is seen, not changed', async () => {
  h.server.api.person = 'op';
  const { regions, schools, alliances, terms } = h.server.api.county;
  regions.push({ id: 'far', parent: null, level: 'county', name: '苍江县', version: 1 });
  Object.assign(schools[5] ?? {}, { region: 'far' });
  Object.assign(alliances[2] ?? {}, { region: 'far' });
  Object.assign(terms[0] ?? {}, { region: null });
  const page = await h.open('/county#tab=schools');
  await page.fill('[data-test=search]', '大杨树');
  await expect.poll(() => page.locator('[data-test=school-row]').count()).toBe(1);
  const offered = (within: string) => page.locator(`${within} button`).count();
  expect(await offered('[data-test=school-row]')).toBe(0);
  await page.click('[data-test=tab-alliances]');
  await page.waitForSelector('[data-alliance=a2] [data-test=close]');
  expect(await offered('[data-alliance=a3]')).toBe(0);
  await page.click('[data-test=tab-terms]');
  await page.waitForSelector('[data-test=term-card]');
  expect(await offered('[data-test=term-card]')).toBe(0);
  await page.click('[data-test=tab-regions]');
  await page.waitForSelector('[data-region=qs] [data-test=remove]');
  expect(await offered('[data-region=far]')).toBe(0);
});

/** An installation on its first day. */
function nothing(): void {
  const { county } = h.server.api;
  for (const list of [county.regions, county.schools, county.classrooms, county.alliances, county.terms, county.bells, county.lessons]) list.length = 0;
}

test('from nothing: a region, then what else a county needs, step by step', async () => {
  h.server.api.person = 'op';
  nothing();
  for (const grant of h.server.api.county.grants) if (grant.person === 'op') Object.assign(grant, { scope: 'everything', scope_id: null, scope_name: null });
  const page = await h.open('/county', SMALL);
  const step = (name: string) => page.waitForSelector(`[data-test=steps][data-next=${name}]`);
  await step('regions');
  await h.shot(page, 'county-begin-today');
  await page.click('[data-test=tab-schools]');
  await page.waitForSelector('[data-test=no-schools]');
  expect(await page.isDisabled('[data-test=add]')).toBe(true);
  await h.shot(page, 'county-begin-schools');
  await page.click('[data-test=step-go]');
  await page.waitForSelector('[data-test=no-regions]');
  expect(await page.locator('[data-test=step-go]').count()).toBe(0);
  await page.setViewportSize({ width: 1024, height: 768 });
  await h.shot(page, 'county-begin-regions-1024');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', '云岭市苍江瑶族自治县');
  await h.shot(page, 'county-region-add-1024');
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=region-row]');
  expect(h.server.api.asked.find(({ method, path }) => method === 'POST' && path === '/regions')?.body).toEqual({
    name: '云岭市苍江瑶族自治县',
    level: 'county',
    parent: null,
  });
  await step('schools');
  await page.click('[data-test=step-go]');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', LONG_SCHOOL);
  await page.click('[data-test=send]');
  await page.waitForSelector('[data-test=school-row]');
  await step('alliances');
  await h.shot(page, 'county-begin-alliances-1024');
  await page.click('[data-test=step-go]');
  await page.waitForSelector('[data-test=no-alliances]');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', '第一联盟');
  await page.click('[data-test=send]');
  await step('terms');
  await page.click('[data-test=step-go]');
  await page.click('[data-test=add]');
  await page.fill('[data-test=name]', '2026—2027学年第一学期');
  await page.fill('[data-test=first-day]', '2026-09-01');
  await page.fill('[data-test=last-day]', '2027-01-20');
  await page.click('[data-test=send]');
  await step('bells');
  await h.shot(page, 'county-begin-bells-1024');
  const school = h.server.api.county.schools[0]?.id;
  expect(await page.getAttribute('[data-test=step-go]', 'href')).toBe(`/school?school=${school}#tab=bells`);
  h.server.api.county.bells.push({ id: 'b', school: school ?? '', name: '全年', from_day: null, to_day: null, periods: [], version: 1 });
  await page.reload();
  await page.waitForSelector('[data-test=term-card]');
  await expect.poll(() => page.locator('[data-test=steps]').count()).toBe(0);
});

test('regions as a tree: a city is made above the county, the county moves into it; somebody was quicker', async () => {
  h.server.api.person = 'op';
  for (const grant of h.server.api.county.grants) if (grant.person === 'op') Object.assign(grant, { scope: 'everything', scope_id: null });
  const { regions } = h.server.api.county;
  regions.push({ id: 'nm', parent: null, level: 'province', name: '内蒙古自治区', version: 1 });
  regions.push({ id: 'elc', parent: 'qs', level: 'county', name: '呼伦贝尔市鄂伦春自治旗大杨树经济开发区管理委员会辖区', version: 1 });
  const page = await h.open('/county#tab=regions', SMALL);
  await expect.poll(() => page.locator('[data-test=region-row]').count()).toBe(3);
  await page.click('[data-region=nm] [data-test=add-below]');
  await expect.poll(() => page.inputValue('[data-test=level]')).toBe('city');
  expect(await page.inputValue('[data-test=parent]')).toBe('nm');
  await page.fill('[data-test=name]', '呼伦贝尔市');
  await page.click('[data-test=send]');
  await expect.poll(() => page.locator('[data-test=region-row]').count()).toBe(4);
  await page.click('[data-region=qs] [data-test=edit]');
  const city = regions.find(({ name }) => name === '呼伦贝尔市')?.id ?? '';
  expect(await page.locator('[data-test=parent] option').allTextContents()).toEqual(['没有上级', '内蒙古自治区', '呼伦贝尔市（内蒙古自治区）']);
  await page.selectOption('[data-test=parent]', city);
  await h.shot(page, 'county-region-move');
  const county = regions[0];
  if (county) county.version = 5;
  await page.click('[data-test=send]');
  await expect.poll(() => page.textContent('[data-test=problem]')).toContain('别人改过');
  await page.click('[data-test=dialog-close]');
  await page.reload();
  await page.click('[data-region=qs] [data-test=edit]');
  await page.selectOption('[data-test=parent]', city);
  await page.click('[data-test=send]');
  await expect.poll(() => page.getAttribute('[data-region=qs]', 'data-depth')).toBe('2');
  expect(h.server.api.asked.at(-1)?.method).not.toBe('POST');
  await h.shot(page, 'county-regions-1366');
  await page.setViewportSize({ width: 1024, height: 768 });
  await h.shot(page, 'county-regions-1024');
  await page.fill('[data-test=search]', '没有这个区划');
  await page.waitForSelector('[data-test=nothing-found]');
});

test('whoever has a region alone changes what lies in it, and moves it nowhere', async () => {
  h.server.api.person = 'op';
  h.server.api.county.regions.push({ id: 'city', parent: null, level: 'city', name: '云岭市', version: 1 });
  Object.assign(h.server.api.county.regions[0] ?? {}, { parent: 'city' });
  const page = await h.open('/county#tab=regions', SMALL);
  await expect.poll(() => page.locator('[data-test=region-row]').count()).toBe(2);
  expect(await page.locator('[data-region=city] [data-test=edit]').count()).toBe(0);
  await page.click('[data-region=qs] [data-test=edit]');
  expect(await page.isDisabled('[data-test=parent]')).toBe(true);
  await page.fill('[data-test=name]', '青山区');
  await page.click('[data-test=send]');
  await expect.poll(() => page.textContent('[data-region=qs]')).toContain('青山区');
  expect(h.server.api.county.regions[0]).toMatchObject({ name: '青山区', parent: 'city', version: 2 });
});

test('regions that cannot be read are asked for again', async () => {
  h.server.api.person = 'op';
  h.server.api.before = ({ path }) => (path === '/regions' ? { status: 503, headers: { 'retry-after': '5' } } : undefined);
  const page = await h.open('/county#tab=regions', SMALL);
  await page.waitForSelector('[data-test=problem]');
  await h.shot(page, 'county-regions-failed');
  h.server.api.before = () => undefined;
  await page.click('[data-test=retry]');
  await page.waitForSelector('[data-test=region-row]');
});
