// One browser test run at a time on a machine: what is measured must not compete with another run.

import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from './figures.mjs';

const path = join(tmpdir(), 'tongke-browser-tests.pid');

/** Whose turn it is; null when nobody's. */
function holder() {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    process.kill(pid, 0);
    return pid;
  } catch (error) {
    // Another user's process is alive as well.
    return error.code === 'EPERM' ? -1 : null;
  }
}

/** Waits for the turn, which ends with this process. */
export async function takeTurn() {
  for (let waits = 0; ; waits++) {
    if (holder() === null) {
      rmSync(path, { force: true });
      try {
        writeFileSync(path, `${process.pid}`, { flag: 'wx' });
        process.on('exit', () => rmSync(path, { force: true }));
        return;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
    }
    if (waits === 0) console.log(`waiting: process ${holder()} runs browser tests on this machine`);
    await sleep(500 + Math.random() * 500);
  }
}
