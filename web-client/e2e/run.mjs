#!/usr/bin/env node
// Runs the browser tests:  run.mjs --tongke PROGRAM [--headed] [--patience N] [--repeat N] [--shots FOLDER] [--only timed|untimed] [NAME...]
// NAME picks the files tests/NAME.test.mjs; all of them without one; with --only, of those the ones that measure what is promised in seconds, or the others. FOLDER gets
// pictures of the pages that the county test passes through. Prints one summary line at the end; status 1 when anything failed.

import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { parseArgs } from 'node:util';
import { takeTurn } from './turn.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tongke: { type: 'string', default: 'target/release/tongke' }, headed: { type: 'boolean' }, patience: { type: 'string', default: '1' }, repeat: { type: 'string', default: '1' }, shots: { type: 'string' }, only: { type: 'string' } },
});
process.env.TONGKE = resolve(values.tongke);
if (values.shots) process.env.SHOTS = resolve(values.shots);
if (values.headed) process.env.HEADED = '1';
process.env.PATIENCE = values.patience;

const folder = join(import.meta.dirname, 'tests');
const names = readdirSync(folder).filter((name) => name.endsWith('.test.mjs')).map((name) => name.slice(0, -'.test.mjs'.length));
for (const name of positionals) {
  if (!names.includes(name)) {
    console.error(`${name} is not a test: there are ${names.join(', ')}`);
    process.exit(2);
  }
}
if (values.only && !['timed', 'untimed'].includes(values.only)) {
  console.error(`--only ${values.only} is not known: timed or untimed`);
  process.exit(2);
}

/** Whether what is promised in seconds is measured in a file. */
function timed(name) {
  return ['handshake', 'lesson'].includes(name);
}

const chosen = (positionals.length ? positionals : names).filter((name) => !values.only || timed(name) === (values.only === 'timed'));

/** Runs test files, so many at a time, and counts. */
async function runFiles(names, concurrency) {
  if (!names.length || stop.signal.aborted) return;
  const events = run({ files: names.map((name) => join(folder, `${name}.test.mjs`)), concurrency, signal: stop.signal });
  events.on('test:pass', (event) => {
    if (event.details.type === 'suite' || event.name === event.file) return;
    if (event.skip !== undefined) count.skipped++;
    else count.passed++;
  });
  events.on('test:fail', () => count.failed++);
  const report = events.compose(spec);
  report.pipe(process.stdout, { end: false });
  await new Promise((done) => report.on('end', done));
}

await takeTurn();
// Told to end, it ends its tests too, which close their browsers and servers.
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => stop.abort());

const count = { passed: 0, failed: 0, skipped: 0 };
for (let round = 0; round < Number(values.repeat) && !stop.signal.aborted; round++) {
  // What measures time must not compete with another browser. The others mostly wait: two files at a time.
  await runFiles(chosen.filter(timed), 1);
  await runFiles(chosen.filter((name) => !timed(name)), 2);
}
console.log(`browser tests: ${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exitCode = count.failed || !count.passed ? 1 : 0;
