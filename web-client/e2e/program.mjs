// A browser's program, started with a profile of its own in the tests' own session.
//
// The drivers would give each browser a session of its own. Linux then shares the processor out to the sessions first, and priorities count only within one
// (sched(7), autogroup): the media threads of four browsers would wait for one another's painting, which those of four machines do not.

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from '@puppeteer/browsers';

/**
 * What runs a program without the right to raise priorities: a browser of root puts its media threads above the pages of all other browsers, one of an
 * ordinary user cannot.
 */
const ORDINARY = process.getuid() === 0 ? ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice', '--'] : [];

/** How long a browser may take to start, or to end after it was told, in ms. */
const PATIENT_MS = 30_000;

/** Where the first of `names` is that is installed, or what the environment's `variable` names instead. */
export function find(variable, names) {
  const wanted = process.env[variable];
  for (const name of wanted ? [wanted] : names) {
    const found = spawnSync('sh', ['-c', `command -v "${name}"`], { encoding: 'utf8' }).stdout.trim();
    if (found) return found;
  }
  throw new Error(`none of ${names.join(', ')} is installed; run .ci/setup, or name one with ${variable}=`);
}

/**
 * Starts `path`; `args` makes its arguments from the folder of the new profile, `line` is what it writes when it can be driven, with the address in its first
 * group. `end` runs `tell`, which tells it to end, waits until it is gone, and makes it go when that takes too long.
 */
export async function start(path, line, args) {
  const profile = await mkdtemp(join(tmpdir(), 'tongke-browser-'));
  const [executablePath, ...words] = [...ORDINARY, path, ...(await args(profile)), '--remote-debugging-port=0'];
  const program = launch({ executablePath, args: words, env: process.env, detached: false });
  const end = async (tell) => {
    const late = setTimeout(() => program.kill(), PATIENT_MS);
    // One that is gone already cannot be told.
    await tell().catch(() => undefined);
    await program.hasClosed();
    clearTimeout(late);
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    return { address: await program.waitForLineOutput(line, PATIENT_MS), end };
  } catch (error) {
    await end(async () => program.kill());
    throw error;
  }
}
