import { defineConfig } from 'vitest/config';

/** Tests of the built pages in Chromium: two browsers at a time, for a page mostly waits. A busy machine may starve a browser for a minute: tried again. */
export default defineConfig({
  test: { include: ['test/pages/**/*.test.ts'], environment: 'node', maxWorkers: 3, testTimeout: 60_000, hookTimeout: 60_000, retry: 2 },
});
