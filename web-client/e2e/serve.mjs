// A server as a school runs it, of the test's own: `tongke serve` with what its keys say, on free ports, with an operator who can sign in.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { eventually } from './figures.mjs';
import { freePorts } from './ports.mjs';

/** Starts it on `port`. `keys` are of the configuration: { 'oidc-issuer': … }; they go by the environment, where secrets belong. */
export async function startServe(port, keys, workers = 1) {
  const folder = mkdtempSync(join(tmpdir(), 'tongke-serve-'));
  const data = join(folder, 'data');
  const variables = Object.entries(keys).map(([name, value]) => [`TONGKE_${name.replaceAll('-', '_').toUpperCase()}`, value]);
  const command = ['serve', '--listen', `127.0.0.1:${port}`, '--media-ip', '127.0.0.1', '--media-port', `${await freePorts(workers)}`, '--workers', `${workers}`, '--data', data];
  const child = spawn(process.env.TONGKE, command, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...Object.fromEntries(variables) } });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const server = {
    url: `http://127.0.0.1:${port}`,
    log: [],
    /** Makes an operator, who may do everything; returns the password, made where none is given. */
    makeOperator(login, password = null, name = login) {
      const given = password === null ? [] : ['--password-stdin'];
      const command = ['admin', 'create', '--login', login, '--name', name, ...given, '--data', data];
      const made = spawnSync(process.env.TONGKE, command, { input: `${password ?? ''}\n`, encoding: 'utf8' });
      if (made.status !== 0) throw new Error(made.stderr);
      return password ?? made.stdout.trim();
    },
    /** Ends it and removes its data. */
    async remove() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
  createInterface({ input: child.stderr }).on('line', (line) => server.log.push(line));
  try {
    await eventually('the server is ready', 10_000, async () => {
      if (child.exitCode !== null) throw new Error(`tongke serve ended with ${child.exitCode}:\n${server.log.join('\n')}`);
      return (await fetch(`${server.url}/readyz`)).ok;
    });
  } catch (error) {
    await server.remove();
    throw error;
  }
  return server;
}
