// The pages of a lesson as a person uses them: what to click, where to look. With desk.mjs the only file that knows their marks.

import { eventually } from './figures.mjs';

const mark = (name) => `[data-test="${name}"]`;

/** Opens the teacher's console and goes into the lesson. */
export async function openConsole(browser, demo) {
  const page = await browser.page();
  await page.open(`${demo.url}/console#token=${demo.tokens.host}`);
  await enter(page);
  return page;
}

/** From the console's lobby into the lesson. */
export async function enter(page) {
  await eventually('the console’s lobby offers to enter', 10_000, () => page.run((s) => document.querySelector(s) !== null, mark('enter')));
  await page.click(mark('enter'));
  await connected(page);
}

/** Starts the lesson. */
export async function startLesson(page) {
  const button = mark('lesson-start');
  await eventually('the lesson can be started', 5000, () => page.run((s) => document.querySelector(s)?.disabled === false, button));
  await page.click(button);
}

/** Opens a classroom panel; it joins by itself. */
export async function openPanel(browser, demo, number) {
  const page = await browser.page();
  await page.open(`${demo.url}/panel#token=${demo.tokens.classrooms[number]}`);
  return page;
}

/** Opens the operator's page. */
export async function openOperator(browser, demo) {
  const page = await browser.page();
  await page.open(`${demo.url}/operator#token=${demo.tokens.operator}`);
  return page;
}

/** The rows of the operator's page: {lesson, participant, up, down}, figures as text. A participant's id is its own within its lesson only. */
export function operatorRows(page) {
  return page.run(() =>
    [...document.querySelectorAll('[data-test="row"]')].map((row) => ({
      lesson: row.closest('[data-test="lesson"]').dataset.lesson,
      participant: row.dataset.participant,
      up: row.querySelector('[data-test="up"]').textContent,
      down: row.querySelector('[data-test="down"]').textContent,
    })),
  );
}

/** Waits until the page's media flows. */
export function connected(page, ms = 10_000) {
  return eventually('the page’s media is connected', ms, () => page.run(() => window.__tongke?.state.media === 'connected'));
}

/** The page's own participant id. */
export function participantOf(page) {
  return eventually('the page knows who it is', 5000, () => page.run(() => window.__tongke?.state.session.you));
}

/** How many offers the page made since it was opened. */
export function offers(page) {
  return page.run(() => window.__probe.offers.length);
}

const tile = (participant) => `${mark('tile')}[data-participant="${participant}"]`;

/** Calls on a class; resolves to the moment of the click, ms since 1970. */
export async function callOn(console_, participant) {
  await console_.click(`${tile(participant)} ${mark('call-on')}`);
  return console_.run(() => window.__probe.clicks.at(-1));
}

/** Sends the class from the stage. */
export function dismiss(console_, participant) {
  return console_.click(`${tile(participant)} ${mark('dismiss')}`);
}

/** The pictures painted since `since` of one source of one participant (any, when not named), where the page shows it to a person. */
export async function picturesOf(page, { participant, source = 'camera', since = 0 }) {
  const videos = await page.run((from) => window.__probe.videos(from), since);
  return videos.filter((video) => video.slot && video.shown && video.source === source && (!participant || video.participant === participant)).flatMap((video) => video.pictures);
}

/** The pictures of the page's own camera as its owner sees them. */
export async function ownPictures(page, since = 0) {
  const videos = await page.run((from) => window.__probe.videos(from), since);
  return videos.filter((video) => video.test === 'own-camera').flatMap((video) => video.pictures);
}

/** Waits for the first picture of `camera` painted after `since`; resolves to the moment, ms since 1970. */
export async function firstPicture(page, camera, { ms, since = 0, participant }) {
  const picture = await eventually(`a picture of camera ${camera}`, ms, async () =>
    (await picturesOf(page, { participant, since })).find((painted) => painted.camera === camera),
  );
  return picture.at;
}

/** Switches something in the console's safety dialog: `voice`, `video`, `text`, … */
export async function switchOver(console_, name) {
  await console_.click(mark('safety'));
  await console_.click(mark(`switch-${name}`));
  await console_.click(mark('safety-close'));
}

/** Forbids all interaction, or allows it again. */
export function forbid(console_) {
  return console_.click(mark('forbid'));
}

/** Sends a class away by its tile: `remove` or `block`. */
export async function sendAway(console_, participant, how) {
  await console_.click(`${tile(participant)} ${mark('tile-menu')}`);
  await console_.click(mark(how));
}

/** Waits until the page says something: an element with this mark. */
export function says(page, name, ms = 5000) {
  return eventually(`the page says ${name}`, ms, () => page.run((s) => document.querySelector(s) !== null, mark(name)));
}

