// A county from nothing to its first figure: the first person signs in with the made password, and in the end a lesson that real browsers gave and received
// is one of one. Everything by the pages, as people do it; the lesson is a minute long.

import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { cameraFile } from '../camera.mjs';
import {
  addAlliance,
  addBells,
  addPerson,
  addRegion,
  addRoom,
  addSchool,
  addTerm,
  arrives,
  ask,
  bindPanel,
  changePassword,
  codeOf,
  dragOnto,
  drop,
  figures,
  goTo,
  importSheet,
  nextWeek,
  openDesk,
  openStatistics,
  setPassword,
  setSecondFactor,
  shot,
  signIn,
} from '../desk.mjs';
import { atLeast, eventually, sleep, within } from '../figures.mjs';
import { enter, ownPictures, picturesOf, says } from '../pages.mjs';
import { freePorts } from '../ports.mjs';
import { startServe } from '../serve.mjs';
import { xlsx } from '../sheet.mjs';

const CAMERAS = join(tmpdir(), 'tongke-cameras');
const HOST = 1;
/** Time for making the bells and the import before the bell, and for coming in, in ms. */
const BEFORE_BELL = Math.max(30_000, within(12_000));
const MINUTE = 60_000;
const DAY = 86_400_000;

// Names as long as real ones are.
const REGION = '云岭市苍江瑶族自治县';
const HOST_SCHOOL = '苍江瑶族自治县民族实验小学（城关校区）';
const POINT = '白水河镇上坪村教学点';
const ALLIANCE = '苍江县城乡教育共同体第一联盟';
const TERM = '2026—2027学年第一学期';
const STUDIO = '录播教室（综合楼四层东侧）';
const CLASS = '上坪三年级';
const OPERATOR = { login: 'yunwei', name: '陈运维', password: '春眠不觉晓处处闻啼鸟' };
const ADMIN = { login: 'guanli', name: '欧阳慧敏', role: 'school_admin', password: '两个黄鹂鸣翠柳上青天' };
const TEACHER = { login: 'lixiaoming', name: '李晓明', role: 'teacher', password: '飞流直下三千尺疑银河' };
const POEM = '古诗二首：《望庐山瀑布》与《绝句》';
const FRACTIONS = '分数的初步认识（例题讲解与练习）';

let service;
let made;
let zone;
const browsers = [];
const pages = {};
const ids = {};
/** When the period begins and ends, ms since 1970. */
const period = { start: 0, end: 0 };
const took = [];

/** The day and the minute on the wall. */
function wall(ms) {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).format(ms);
  const [day, time] = parts.split(' ');
  return { day, time, weekday: ((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1 };
}

/** A zone in which the day's lessons lie within one day, whenever the test runs. */
function quietZone() {
  const hour = (name) => Number(new Intl.DateTimeFormat('en-GB', { timeZone: name, hour: '2-digit' }).format());
  return hour('Asia/Shanghai') >= 4 && hour('Asia/Shanghai') < 23 ? 'Asia/Shanghai' : 'UTC';
}

/** One part of the way, timed; when it fails, SHOTS has what every page showed. */
function stage(name, act) {
  test(name, async () => {
    const begin = Date.now();
    try {
      await act();
    } catch (error) {
      for (const [who, page] of Object.entries(pages)) await shot(page, `failed-${who}`).catch(() => undefined);
      throw error;
    } finally {
      took.push([name, Date.now() - begin]);
    }
  });
}

before(async () => {
  zone = quietZone();
  service = await startServe(await freePorts(), { 'time-zone': zone }, 2);
  made = service.makeOperator(OPERATOR.login, null, OPERATOR.name);
  const launch = (camera) => launchChromium({ camera: cameraFile(CAMERAS, camera, 'small') });
  browsers.push(...(await Promise.all([launch(HOST), launch(2)])));
});

after(async () => {
  const sum = took.reduce((all, [, ms]) => all + ms, 0);
  for (const [name, ms] of took) console.log(`${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`);
  console.log(`${(sum / 1000).toFixed(1).padStart(6)} s  altogether`);
  await Promise.allSettled(browsers.map((browser) => browser.close()));
  await service?.remove();
});

stage('the operator comes in with the made password, and sets a password and a second factor', async () => {
  const page = await openDesk(browsers[0], service, '/county');
  pages.operator = page;
  await page.raw.waitForSelector('[data-test="login-form"]');
  await shot(page, '01-signin');
  await signIn(page, { login: OPERATOR.login, password: made });
  await page.raw.waitForSelector('[data-test="change-form"]');
  await shot(page, '02-change-password');
  await changePassword(page, made, OPERATOR.password);
  await page.raw.waitForSelector('[data-test="secret"]');
  await shot(page, '03-second-factor');
  await setSecondFactor(page);
  await arrives(page, '/county');
  await page.raw.waitForSelector('[data-test="states"]');
  await shot(page, '04-county-empty');
});

/** The page says what comes next, and leads there. */
async function nextStep(page, name) {
  await page.raw.waitForSelector(`[data-test="steps"][data-next="${name}"]`);
  await page.raw.click('[data-test="step-go"]');
}

stage('the operator makes a county: its region, schools, an alliance, a term', async () => {
  const page = pages.operator;
  await nextStep(page, 'regions');
  await addRegion(page, REGION, '04-region');
  await page.raw.waitForSelector('[data-test="region-row"]');
  const [region] = (await ask(page, 'GET', '/regions')).items;
  assert.deepEqual([region.name, region.level, region.parent], [REGION, 'county', null]);
  await nextStep(page, 'schools');
  await addSchool(page, { name: HOST_SCHOOL, point: false, uplink: '200' }, '05-school');
  await addSchool(page, { name: POINT, point: true, uplink: '50' });
  await eventually('both schools are listed', within(5000), () => page.run(() => document.querySelectorAll('[data-test="school-row"]').length === 2));
  const { items } = await ask(page, 'GET', '/schools?limit=10');
  ids.host = items.find(({ name }) => name === HOST_SCHOOL).id;
  ids.point = items.find(({ name }) => name === POINT).id;
  assert.deepEqual(items.map((school) => [school.region, school.uplink_kbit]).sort(), [[region.id, 200_000], [region.id, 50_000]]);
  await nextStep(page, 'alliances');
  await addAlliance(page, ALLIANCE, [HOST_SCHOOL, POINT], '06-alliance');
  await page.raw.waitForSelector('[data-test="alliance"] li.lead');
  await shot(page, '07-alliances');
  await nextStep(page, 'terms');
  const now = Date.now();
  await addTerm(page, { name: TERM, first: wall(now - 20 * DAY).day, last: wall(now + 60 * DAY).day }, '08-term');
  await page.raw.waitForSelector('[data-test="term-card"]');
  await shot(page, '09-terms');
  await page.raw.click('[data-test="tab-schools"]');
  await page.raw.waitForSelector('[data-test="school-row"]');
  await shot(page, '10-schools');
});

stage('the operator makes classrooms and people, and hears their codes', async () => {
  const page = pages.operator;
  await goTo(page, service, `/school?school=${ids.point}#tab=rooms`);
  await addRoom(page, CLASS, 'ordinary');
  await goTo(page, service, `/school?school=${ids.host}#tab=rooms`);
  await addRoom(page, STUDIO, 'recording', '11-room');
  await page.raw.waitForSelector('[data-test="room"]');
  await shot(page, '12-rooms');
  await page.raw.click('[data-test="tab-people"]');
  ids.adminCode = await addPerson(page, ADMIN, '13-code');
  ids.teacherCode = await addPerson(page, TEACHER);
  await eventually('both people are listed', within(5000), () => page.run(() => document.querySelectorAll('[data-test="person"]').length === 2));
  await shot(page, '14-people');
  // The central school looks after its teaching point too; on a school's page roles are given in that school only.
  const { items } = await ask(page, 'GET', `/people?school=${ids.host}`);
  const admin = items.find(({ login }) => login === ADMIN.login);
  await ask(page, 'POST', `/people/${admin.id}/grants`, { role: 'school_admin', scope: 'school', scope_id: ids.point });
});

stage('the administrator and the teacher set their passwords with the code', async () => {
  const admin = await openDesk(browsers[0], service, '/signin');
  pages.admin = admin;
  await setPassword(admin, ids.adminCode, ADMIN.password);
  await shot(admin, '15-password-set');
  await signIn(admin, ADMIN);
  await admin.raw.waitForSelector('[data-test="secret"]');
  await setSecondFactor(admin);
  await arrives(admin, '/school');
  const teacher = await openDesk(browsers[0], service, '/signin');
  pages.teacher = teacher;
  await setPassword(teacher, ids.teacherCode, TEACHER.password);
  await signIn(teacher, TEACHER);
  await arrives(teacher, '/teacher');
  await says(teacher, 'no-lessons', within(5000));
  await shot(teacher, '16-teacher-empty');
});

stage('a panel shows its code, is bound, and shows the day', async () => {
  const panel = await browsers[1].page();
  pages.panel = panel;
  await panel.open(`${service.url}/panel`);
  const code = await codeOf(panel);
  await shot(panel, '17-panel-code');
  const { admin } = pages;
  await goTo(admin, service, `/school?school=${ids.point}#tab=devices`);
  await bindPanel(admin, code, CLASS);
  await shot(admin, '18-devices');
  await says(panel, 'today', within(10_000));
  await says(panel, 'nothing-next', within(5000));
  await shot(panel, '19-panel-today');
});

const HEADINGS = ['星期', '节次', '学科', '课程名称', '主讲教师', '主讲教室', '听讲教室'];
const weekday = () => `周${'一二三四五六日'[wall(Date.now()).weekday - 1]}`;
/** The poem is taught in the second period, the fractions in the first, which is over. */
const rows = (teacher) => [HEADINGS, [weekday(), 2, '语文', POEM, teacher, STUDIO, CLASS], [weekday(), 1, '数学', FRACTIONS, ADMIN.name, STUDIO, CLASS]];

stage('a sheet with a wrong name is refused with row and column, and nothing is stored', async () => {
  const { admin } = pages;
  await goTo(admin, service, `/school?school=${ids.host}#tab=exchange`);
  const { errors, imported } = await importSheet(admin, '课表.xlsx', xlsx('课表', rows('李小明')));
  await shot(admin, '20-import-refused');
  assert.equal(imported, null);
  assert.equal(errors.length, 1);
  assert.deepEqual([errors[0].row, errors[0].column], ['2', 'E']);
  assert.match(errors[0].message, /李小明/);
  assert.deepEqual((await ask(admin, 'GET', '/entries')).items, []);
});

stage('bells and the mended sheet make the lesson', async () => {
  const { admin } = pages;
  // The next full minute that leaves time for all that comes before the bell. Waited for here, where no media runs yet that would have to be painted.
  const now = Date.now();
  period.start = Math.ceil((now + BEFORE_BELL) / MINUTE) * MINUTE;
  await sleep(period.start - BEFORE_BELL - now);
  period.end = period.start + MINUTE;
  const at = (ms) => wall(ms).time;
  await goTo(admin, service, `/school?school=${ids.host}#tab=bells`);
  const before = [at(period.start - 120 * MINUTE), at(period.start - 80 * MINUTE)];
  await addBells(admin, '冬季作息', [before, [at(period.start), at(period.end)]], '21-bells');
  await admin.raw.waitForSelector('[data-test="bell-plan"]');
  await admin.raw.click('[data-test="tab-exchange"]');
  const { errors, imported } = await importSheet(admin, '课表.xlsx', xlsx('课表', rows(TEACHER.name)));
  await shot(admin, '22-imported');
  assert.deepEqual(errors, []);
  assert.match(imported, /新增 2 条/);
  assert.ok(Date.now() < period.start, 'the lesson was planned before its bell');
});

stage('the panel joins by itself; the teacher comes in with one click', async () => {
  const { panel, teacher } = pages;
  const joined = eventually('the panel joins', within(20_000), () => panel.run(() => window.__tongke?.state.media === 'connected'));
  await teacher.reload();
  // The service opens it within 5 s, and the page reads the day again every 15 s.
  await teacher.raw.waitForSelector('[data-test="today-lesson"] [data-test="start"]', { timeout: within(20_000) });
  await shot(teacher, '23-teacher-today');
  await teacher.raw.click('[data-test="start"]');
  await enter(teacher);
  await joined;
  await eventually('the teacher sees the class', within(10_000), () => teacher.run(() => document.querySelector('[data-test="tile"] video') !== null));
  if (Date.now() < period.start) await shot(panel, '24-panel-before-the-bell');
  await shot(teacher, '25-console-open');
});

stage('with the bell the lesson is live, and the class sees the teacher move', async () => {
  const { panel, teacher } = pages;
  const state = () => teacher.run(() => document.querySelector('[data-test="lesson-state"]')?.dataset.state);
  await eventually('the lesson is live by itself', period.start - Date.now() + within(5000), async () => (await state()) === 'live');
  const since = Date.now();
  await eventually('the class sees the teacher move', within(5000), async () => {
    const seen = (await picturesOf(panel, { since })).filter(({ camera }) => camera === HOST);
    return new Set(seen.map(({ frame }) => frame)).size >= atLeast(60);
  });
  assert.ok((await ownPictures(teacher, since)).length > 0, 'the teacher sees itself');
  // It sits on stage the whole lesson, which is no call.
  await says(panel, 'seated', within(5000));
  assert.equal(await panel.run(() => document.querySelector('[data-test="call-banner"]')), null);
  await shot(panel, '26-panel-live');
  await shot(teacher, '27-console-live');
});

stage('a second lesson in the same room at the same time is refused, and both are named', async () => {
  const { admin } = pages;
  await goTo(admin, service, `/school?school=${ids.host}#tab=timetable`);
  await admin.raw.waitForSelector('[data-test="lesson"]');
  await shot(admin, '28-timetable');
  await nextWeek(admin);
  const hint = await dragOnto(admin, FRACTIONS, POEM);
  await shot(admin, '29-drag');
  assert.equal(hint.verdict, 'clash');
  const told = await drop(admin);
  await shot(admin, '30-clash');
  assert.equal(told.verdict, 'clash');
  for (const text of [hint.text, told.text]) for (const name of [FRACTIONS, POEM]) assert.ok(text.includes(name), `${name} in ${text}`);
});

stage('after the period the teacher ends the lesson, and one of one was delivered', async () => {
  const { panel, teacher, operator } = pages;
  await goTo(operator, service, '/county');
  await operator.raw.waitForSelector('[data-test="lesson-row"][data-state="live"]');
  await shot(operator, '31-county-live');
  await eventually('the class sees the teacher until the period is over', period.end - Date.now() + MINUTE, async () => {
    assert.ok((await picturesOf(panel, { since: Date.now() - within(2000) })).length > 0);
    return Date.now() >= period.end;
  }, 1000);
  await teacher.raw.click('[data-test="lesson-end"]');
  await teacher.raw.click('[data-test="end-confirm"]');
  await says(panel, 'barrier-ended', within(5000));
  await shot(panel, '32-panel-ended');
  await shot(teacher, '33-console-ended');
  await teacher.raw.click('[data-test="home"]');
  await arrives(teacher, '/teacher');
  await eventually('the opening rate is known', within(40_000), async () => {
    await openStatistics(operator, service);
    return (await figures(operator, POINT)).row !== null;
  }, 1000);
  await shot(operator, '34-statistics');
  const { total, row } = await figures(operator, POINT);
  assert.deepEqual({ total, row }, { total: ['100%', '1 / 1'], row: ['100%', '1 / 1'] });
  await says(panel, 'today', within(15_000));
  await shot(panel, '35-panel-after');
});
