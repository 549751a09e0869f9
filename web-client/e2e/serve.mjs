// A service as an operator starts it: `tongke admin create`, then `tongke serve` on a data directory of its own.

import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freeMedia, freeTcp } from './demo.mjs';
import { eventually } from './figures.mjs';

const WORKERS = 2;

/** Makes the first person and starts the service; resolves when it serves. `password` is the made one, which is to be changed. */
export async function startService({ login, name, zone }) {
  const data = mkdtempSync(join(tmpdir(), 'tongke-e2e-'));
  const { stdout } = await promisify(execFile)(process.env.TONGKE, ['admin', 'create', '--login', login, '--name', name, '--data', data]);
  const [http, media] = [await freeTcp(), await freeMedia(WORKERS)];
  const address = `127.0.0.1:${http}`;
  const places = ['--listen', address, '--media-ip', '127.0.0.1', '--media-port', `${media}`, '--workers', `${WORKERS}`];
  const child = spawn(process.env.TONGKE, ['serve', ...places, '--data', data, '--time-zone', zone], { stdio: ['ignore', 'ignore', 'pipe'] });
  const log = [];
  createInterface({ input: child.stderr }).on('line', (line) => log.push(line));
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = `http://${address}`;
  const service = {
    url,
    password: stdout.trim(),
    log,
    /** Ends it and removes its data. */
    async remove() {
      child.kill('SIGTERM');
      await ended;
      rmSync(data, { recursive: true, force: true });
    },
  };
  try {
    await eventually('the service answers', 10_000, async () => {
      if (child.exitCode !== null) throw new Error(log.join('\n'));
      return (await fetch(`${url}/healthz`)).ok;
    });
  } catch (error) {
    await service.remove();
    throw error;
  }
  return service;
}
