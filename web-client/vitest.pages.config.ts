import { defineConfig } from 'vitest/config';

/** Tests of the built pages in Chromium, two browsers at a time: a third makes all slower on two cores. A busy machine may starve a browser for a minute: tried again. */
export default defineConfig({
  test: { include: ['test/pages/**/*.test.ts'], environment: 'node', maxWorkers: 2, testTimeout: 60_000, hookTimeout: 60_000, retry: 1 },
});
