import { defineConfig } from 'vitest/config';

/** Tests of the built pages in Chromium: one browser at a time, because the pages decode video. A busy machine may starve a browser for a minute: tried again. */
export default defineConfig({
  test: { include: ['test/pages/**/*.test.ts'], environment: 'node', fileParallelism: false, testTimeout: 60_000, hookTimeout: 60_000, retry: 2 },
});
