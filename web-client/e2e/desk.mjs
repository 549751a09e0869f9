// The pages at a desk (/signin, /county, /school, /teacher) as a person uses them: what to type, what to click.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, within } from './figures.mjs';
import { totp } from './totp.mjs';

/** A small notebook, which schools have many of. */
const SIZE = { width: 1366, height: 768 };
const mark = (name) => `[data-test="${name}"]`;
const inDialog = (name) => `dialog[open] ${mark(name)}`;

/** Keeps a picture of the page as SHOTS/NAME.png, where SHOTS is given. */
export async function shot(page, name) {
  if (!process.env.SHOTS) return;
  mkdirSync(process.env.SHOTS, { recursive: true });
  await page.raw.screenshot({ path: join(process.env.SHOTS, `${name}.png`) });
}

/** A page of its own session, at some path. */
export async function openDesk(browser, service, path) {
  const page = await browser.page();
  page.raw.setDefaultTimeout(within(10_000));
  await page.raw.setViewportSize(SIZE);
  await page.open(`${service.url}${path}`);
  return page;
}

/** Goes to a tab of the page `path`; through an empty page, for a fragment alone loads nothing. */
export async function goTo(page, service, path) {
  await page.open('about:blank');
  await page.open(`${service.url}${path}`);
}

/** Asks the service with the page's own session; the body of the answer, or a thrown refusal. For what no page has a form. */
export function ask(page, method, path, body) {
  return page.run(
    async ([method, path, body]) => {
      const headers = { 'content-type': 'application/json', 'accept-language': 'zh-CN' };
      const response = await fetch(`/api/v1${path}`, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
      const text = await response.text();
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
      return text === '' ? null : JSON.parse(text);
    },
    [method, path, body],
  );
}

async function fill(page, fields) {
  for (const [name, value] of Object.entries(fields)) await page.raw.fill(name, value);
}

/** Login and password, in the form that is shown. */
export async function signIn(page, { login, password }) {
  await fill(page, { [mark('login')]: login, [mark('password')]: password });
  await page.raw.click(mark('enter'));
}

/** The first password is changed before anything else. */
export async function changePassword(page, old, password) {
  await fill(page, { [mark('old-password')]: old, [mark('new-password')]: password, [mark('new-again')]: password });
  await page.raw.click(`${mark('change-form')} ${mark('send')}`);
}

/** Types the code that an administrator told, and a password; the form to sign in is shown afterwards. */
export async function setPassword(page, token, password) {
  await page.raw.click(mark('use-reset'));
  await fill(page, { [mark('reset-token')]: token, [mark('new-password')]: password, [mark('new-again')]: password });
  await page.raw.click(`${mark('reset-form')} ${mark('send')}`);
  await page.raw.waitForSelector(mark('login-form'));
}

/** Types the secret into a phone, and its code into the page. */
export async function setSecondFactor(page) {
  const secret = await page.raw.textContent(mark('secret'));
  await page.raw.fill(mark('code'), totp(secret, Date.now()));
  await page.raw.click(`${mark('factor-form')} ${mark('send')}`);
}

/** Waits until the browser stands at a page and somebody is signed in there. */
export async function arrives(page, path) {
  await page.raw.waitForURL((url) => url.pathname === path);
  await page.raw.waitForSelector(mark('who'));
}

/** One of many by its name. */
export async function pick(page, name, text) {
  await page.raw.click(`${mark(name)} input`);
  await page.raw.fill(`${mark(name)} input`, text);
  await page.raw.waitForSelector(`${mark(name)} [role="option"]`);
  await page.raw.keyboard.press('Enter');
}

/** Opens the dialog for a new one, fills it in and sends it; resolves when it is closed. `shotName`: of the filled dialog. */
export async function add(page, write, shotName) {
  await page.raw.click(mark('add'));
  await page.raw.waitForSelector('dialog[open]');
  await write();
  if (shotName) await shot(page, shotName);
  await page.raw.click(inDialog('send'));
}

/** The same, where the dialog closes by itself. */
export async function addClosed(page, write, shotName) {
  await add(page, write, shotName);
  await page.raw.waitForSelector('dialog[open]', { state: 'detached' });
}

/** A county; `level` and what it lies in stay as they stand there. */
export async function addRegion(page, name, shotName) {
  await addClosed(page, () => fill(page, { [inDialog('name')]: name }), shotName);
}

export async function addSchool(page, { name, point, uplink }, shotName) {
  await addClosed(
    page,
    async () => {
      await fill(page, { [inDialog('name')]: name, [inDialog('uplink')]: uplink });
      if (point) await page.raw.selectOption('dialog[open] select >> nth=0', 'point');
    },
    shotName,
  );
}

/** The first of the schools leads. */
export async function addAlliance(page, name, schools, shotName) {
  await addClosed(
    page,
    async () => {
      await page.raw.fill(inDialog('name'), name);
      for (const school of schools) await pick(page, 'member-add', school);
    },
    shotName,
  );
}

export async function addTerm(page, { name, first, last }, shotName) {
  await addClosed(page, () => fill(page, { [inDialog('name')]: name, [inDialog('first-day')]: first, [inDialog('last-day')]: last }), shotName);
}

export async function addRoom(page, name, kind, shotName) {
  await addClosed(
    page,
    async () => {
      await page.raw.fill(inDialog('name'), name);
      await page.raw.selectOption(inDialog('kind'), kind);
    },
    shotName,
  );
}

/** Resolves to the code with which the person sets a password. */
export async function addPerson(page, { name, login, role }, shotName) {
  await add(page, async () => {
    await fill(page, { [inDialog('name')]: name, [inDialog('login')]: login });
    await page.raw.selectOption(inDialog('role'), role);
  });
  const code = await page.raw.textContent(inDialog('reset-code'));
  if (shotName) await shot(page, shotName);
  await page.raw.click(inDialog('dialog-close'));
  return code.trim();
}

/** Bells of these periods, each as ['08:00', '08:40']. */
export async function addBells(page, name, periods, shotName) {
  const rows = inDialog('bell-rows');
  await addClosed(
    page,
    async () => {
      await page.raw.fill(inDialog('name'), name);
      const times = page.raw.locator(`${rows} input`);
      while ((await times.count()) > 2 * periods.length) await page.raw.click(`${rows} button >> nth=-1`);
      for (const [index, time] of periods.flat().entries()) await times.nth(index).fill(time);
    },
    shotName,
  );
}

/** Types the code that a panel shows. */
export async function bindPanel(page, code, room) {
  await page.raw.fill(mark('bind-code'), code);
  await pick(page, 'bind-room', room);
  await page.raw.click(`${mark('bind-form')} ${mark('send')}`);
  await page.raw.waitForSelector(mark('device'));
}

/** Chooses a file and sends it; resolves to what the page says: {errors: [{row, column, message}], imported: text or null}. */
export async function importSheet(page, name, bytes) {
  await page.raw.setInputFiles(mark('file'), { name, mimeType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', buffer: bytes });
  await page.raw.click(`${mark('import-form')} ${mark('send')}`);
  await page.raw.waitForSelector(`${mark('import-errors')}, ${mark('imported')}`);
  return page.run(() => {
    const rows = [...document.querySelectorAll('[data-test="row-error"]')];
    return {
      errors: rows.map((row) => Object.fromEntries(['row', 'column', 'message'].map((name, index) => [name, row.children[index].textContent]))),
      imported: document.querySelector('[data-test="imported"]')?.textContent ?? null,
    };
  });
}

/** The card of a lesson on the school's grid. */
const card = (title) => `${mark('lesson')}:has-text("${title}")`;

/** Next week's timetable. */
export async function nextWeek(page) {
  await page.raw.waitForSelector(mark('grid'));
  await page.raw.click(mark('week-next'));
}

/** Drags a lesson onto another one; resolves to what the hint under the pointer says of it. The button is still held down. */
export async function dragOnto(page, title, other) {
  const middle = async (selector) => {
    await page.raw.waitForSelector(selector);
    const box = await page.raw.locator(selector).first().boundingBox();
    return [box.x + box.width / 2, box.y + box.height / 2];
  };
  const [from, to] = [await middle(card(title)), await middle(card(other))];
  await page.raw.mouse.move(...from);
  await page.raw.mouse.down();
  await page.raw.mouse.move(...to, { steps: 5 });
  const hint = page.raw.locator(`${mark('drag-hint')}:not([data-verdict="checking"])`);
  await hint.waitFor();
  return { verdict: await hint.getAttribute('data-verdict'), text: await hint.textContent() };
}

/** Lets go of it; resolves to what the dialog says that opens. */
export async function drop(page) {
  await page.raw.mouse.up();
  const check = page.raw.locator(`${inDialog('check')}:not([data-check="checking"])`);
  await check.waitFor();
  return { verdict: await check.getAttribute('data-check'), text: await check.textContent() };
}

/** What the statistics' first figures say, and the row of one name: [opening rate, delivered / planned]. */
export function figures(page, name) {
  return page.run((wanted) => {
    const total = [...document.querySelectorAll('[data-test="total"] dd')].map((figure) => figure.textContent);
    const row = [...document.querySelectorAll('[data-test="rate"]')].find((one) => one.children[0].textContent === wanted);
    return { total: total.slice(0, 2), row: row ? [row.children[1].textContent.trim(), row.children[2].textContent.trim()] : null };
  }, name);
}

/** Opens the statistics by school anew. */
export async function openStatistics(page, service) {
  await goTo(page, service, '/county#tab=statistics');
  await page.raw.click(mark('by-school'));
  await page.raw.waitForSelector(mark('total'));
}

/** The code that a panel shows. */
export async function codeOf(panel) {
  const shown = () => panel.run((s) => document.querySelector(s)?.textContent.replace(/\D/g, ''), mark('code'));
  return eventually('the panel shows a code', within(10_000), async () => {
    const code = await shown();
    return code?.length === 6 && code;
  });
}
