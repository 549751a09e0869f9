// A browser's program, started with a profile of its own in the tests' own session.
//
// The drivers would give each browser a session of its own. Where the kernel shares the processor out to the sessions first (sched(7), autogroup; on in Debian),
// priorities count only within one: the media threads of four browsers would wait for one another's painting, which those of four machines do not.

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { launch } from '@puppeteer/browsers';

const WITHOUT_PRIORITIES = ['setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice', '--'];
/**
 * What runs a program without the right to raise priorities: a browser of root puts its media threads above the pages of all other browsers, one of an
 * ordinary user has no right to. Nothing where it cannot be taken away.
 */
const ORDINARY = process.getuid() === 0 && runs(WITHOUT_PRIORITIES) ? WITHOUT_PRIORITIES : [];

function runs([program, ...words]) {
  return spawnSync(program, [...words, 'true']).status === 0;
}

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
 * group, and `connect` connects a driver to that. Returns the driver and `end`, which tells the browser to end by `tell`, waits until it is gone, and makes it go
 * when that takes too long. What cannot be started or driven leaves nothing behind.
 */
export async function start(path, line, args, connect) {
  const profile = await mkdtemp(join(tmpdir(), 'tongke-browser-'));
  let program;
  const end = async (tell) => {
    // One that could not be run at all has no number, and no end.
    if (program?.nodeProcess.pid !== undefined) {
      const late = setTimeout(() => program.kill(), PATIENT_MS);
      // One that is gone already cannot be told.
      await tell().catch(() => undefined);
      await program.hasClosed();
      clearTimeout(late);
    }
    await rm(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const [executablePath, ...words] = [...ORDINARY, path, ...(await args(profile)), '--remote-debugging-port=0'];
    program = launch({ executablePath, args: words, env: process.env, detached: false });
    return { driver: await connect(await program.waitForLineOutput(line, PATIENT_MS)), end };
  } catch (error) {
    await end(async () => program.kill());
    throw error;
  }
}
