import { defineConfig } from 'vitest/config';

/** Tests of the built pages in Chromium, two browsers at a time: a third makes all slower on two cores. One after the other shares what is imported. A busy machine may starve a browser for a minute: tried again. */
export default defineConfig({
  test: { include: ['test/pages/**/*.test.ts'], environment: 'node', maxWorkers: 2, isolate: false, testTimeout: 60_000, hookTimeout: 60_000, retry: 1 },
});
