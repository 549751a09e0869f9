// What a newcomer sees who clicks the addresses that `tongke demo` prints: simulated people to watch, and a lesson of one's own.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { startDemo } from '../demo.mjs';
import { eventually } from '../figures.mjs';
import { enter, operatorRows, picturesOf, startLesson } from '../pages.mjs';

let demo;
let browser;
before(async () => {
  demo = await startDemo({ simulated: true, text: true });
  browser = await launchChromium({ whole: true });
});
after(async () => {
  await browser?.close();
  await demo?.remove();
});

/** Opens the address printed under that name. */
async function click(name) {
  const address = new RegExp(`${name}:.*\\n\\s*(http://\\S+)`).exec(demo.text);
  assert.ok(address, `${name} in ${demo.text}`);
  const page = await browser.page();
  await page.open(address[1]);
  return page;
}

/** Pictures of some source keep being painted: that many within 10 s. */
function moves(page, source, count) {
  const since = Date.now();
  return eventually(`the ${source} moves`, 10_000, async () => (await picturesOf(page, { source, since })).length >= count);
}

test('Classroom 1 sees and hears a lesson that is live', async () => {
  const page = await click('Classroom 1');
  await moves(page, 'camera', 30);
  await moves(page, 'screen', 1);
  await eventually('the teacher is heard', 5000, () => page.run(async () => (await window.__probe.sound()) > 1e-4));
  await page.close();
});

test('Operator sees both lessons and everybody in them', async () => {
  const page = await click('Operator');
  await eventually('a teacher, twelve classes and three more', 10_000, async () => {
    const rows = await operatorRows(page);
    const of = (lesson) => rows.filter((row) => row.lesson === lesson).length;
    return of('demo-live') >= 13 && of('demo') === 3;
  });
  await page.close();
});

test('Teacher gives a lesson of one’s own, and Classroom 2 sees it', async () => {
  const teacher = await click('Teacher');
  await enter(teacher);
  await eventually('three simulated classes are there', 10_000, () => teacher.run(() => document.querySelectorAll('[data-test="tile"] video').length >= 3));
  await moves(teacher, 'camera', 10);
  await startLesson(teacher);
  const classroom = await click('Classroom 2');
  await moves(classroom, 'camera', 30);
});
