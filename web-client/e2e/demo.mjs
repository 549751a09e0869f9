// A server of the test's own: `tongke demo --json` on free ports, which can be killed and started again.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePorts } from './ports.mjs';

const WORKERS = 2;

/** Starts the server; without simulated people, unless asked otherwise. With `text`, `demo.text` holds what a person reads instead of what a program does. */
export async function startDemo({ simulated = false, text = false } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'tongke-e2e-'));
  const http = await freePorts(1 + WORKERS);
  const media = http + 1;
  const mode = [...(simulated ? [] : ['--empty']), ...(text ? [] : ['--json'])];
  const command = ['demo', ...mode, '--listen', `127.0.0.1:${http}`, '--media-port', `${media}`, '--workers', `${WORKERS}`, '--data', join(data, 'data')];
  const demo = {
    url: '',
    lesson: '',
    tokens: { host: '', operator: '', classrooms: [] },
    mediaPort: media,
    workers: WORKERS,
    text: '',
    log: [],
    process: null,
    /** Starts it, with what it kept on disk; resolves when it serves. */
    async start() {
      const child = spawn(process.env.TONGKE, command, { stdio: ['ignore', 'pipe', 'pipe'] });
      demo.process = child;
      let expected = false;
      demo.expectEnd = () => { expected = true; };
      demo.ended = new Promise((resolve) =>
        child.once('exit', (code, signal) => {
          if (!expected) console.log(`tongke demo ended unasked with ${code ?? signal}:\n${demo.log.join('\n')}`);
          resolve({ code, signal });
        }),
      );
      createInterface({ input: child.stderr }).on('line', (line) => demo.log.push(line));
      const said = await new Promise((resolve, reject) => {
        let all = '';
        child.stdout.on('data', (data) => {
          all += data;
          if (text ? all.endsWith('\n\n') : all.endsWith('\n')) resolve(all);
        });
        child.once('error', (error) => reject(new Error(`${process.env.TONGKE}: ${error.message}`)));
        child.once('exit', (code, signal) => reject(new Error(`tongke demo ended with ${code ?? signal}:\n${demo.log.join('\n')}`)));
      });
      Object.assign(demo, text ? { text: said } : JSON.parse(said));
    },
    /** Ends it as a power cut would. */
    async kill() {
      demo.expectEnd();
      demo.process.kill('SIGKILL');
      await demo.ended;
    },
    /** Ends it in order; resolves to {code, signal, ms}. */
    async stop() {
      const begin = Date.now();
      demo.expectEnd();
      demo.process.kill('SIGTERM');
      return { ...(await demo.ended), ms: Date.now() - begin };
    },
    /** Ends it and removes its data. */
    async remove() {
      if (demo.process && demo.process.exitCode === null && demo.process.signalCode === null) await demo.stop();
      rmSync(data, { recursive: true, force: true });
    },
  };
  await demo.start();
  return demo;
}
