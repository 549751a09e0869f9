// What the people who run it rely on: health, metrics, the start page, and an operator's list of lessons.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { startDemo } from '../demo.mjs';

let demo;
before(async () => {
  demo = await startDemo();
});
after(() => demo?.remove());

function promtool() {
  const unpacked = resolve(process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, '../../../target'), 'tools/usr/bin/promtool');
  return process.env.PROMTOOL ?? (existsSync(unpacked) ? unpacked : 'promtool');
}

test('promtool accepts /metrics', async () => {
  const response = await fetch(`${demo.url}/metrics`);
  assert.equal(response.status, 200);
  const text = await response.text();
  const checked = spawnSync(promtool(), ['check', 'metrics'], { input: text, encoding: 'utf8' });
  assert.equal(checked.error, undefined, `${checked.error}; run .ci/setup`);
  assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  assert.equal(checked.stdout + checked.stderr, '');
  assert.match(text, /^tongke_lessons/m);
  for (const classroom of [demo.lesson, ...demo.tokens.classrooms]) assert.ok(!text.includes(classroom), 'no lesson or token in a label');
});

test('health and readiness', async () => {
  for (const path of ['/healthz', '/readyz']) assert.equal((await fetch(demo.url + path)).status, 200, path);
});

test('the pages are there', async () => {
  for (const path of ['/', '/console', '/panel', '/operator']) {
    const response = await fetch(demo.url + path);
    assert.equal(response.status, 200, path);
    assert.match(response.headers.get('content-type'), /^text\/html/, path);
    assert.match(await response.text(), /同课/, path);
  }
});

test('the operator sees the lesson; others do not get the list', async () => {
  const list = (token) => fetch(`${demo.url}/api/v1/live`, { headers: { authorization: `Bearer ${token}` } });
  const { lessons } = await (await list(demo.tokens.operator)).json();
  assert.ok(lessons.some(({ lesson }) => lesson.id === demo.lesson && lesson.state === 'live'));
  assert.equal((await list(demo.tokens.classrooms[0])).status, 403);
  assert.equal((await list('nonsense')).status, 401);
});

test('the demo is on loopback only and has tokens for eight classrooms', () => {
  assert.match(demo.url, /^http:\/\/127\.0\.0\.1:\d+$/);
  assert.ok(demo.tokens.classrooms.length >= 8);
  const all = [demo.tokens.host, demo.tokens.operator, ...demo.tokens.classrooms];
  assert.equal(new Set(all).size, all.length);
  for (const token of all) assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
});
