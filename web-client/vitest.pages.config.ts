import { defineConfig } from 'vitest/config';

/** Tests of the built pages in Chromium, three browsers at a time, for a page waits too. A busy machine may starve a browser for a minute: tried again. */
export default defineConfig({
  test: { include: ['test/pages/**/*.test.ts'], environment: 'node', maxWorkers: 3, testTimeout: 60_000, hookTimeout: 60_000, retry: 1 },
});
