import legacy from '@vitejs/plugin-legacy';
import { defineConfig } from 'vite';

// Classroom panels run Chromium of 2019 on: modules work there, so one build lowered to Chrome 75 (with the polyfills it uses) serves every
// browser. Nothing is inlined, so the pages live under a Content-Security-Policy of 'self'.
/** Each page is an entry of its own: `/console` is `console.html`, `/` is `index.html`. */
const PAGES = ['index', 'signin', 'teacher', 'school', 'county', 'console', 'panel', 'operator'];

export default defineConfig({
  plugins: [legacy({ renderLegacyChunks: false, modernTargets: 'chrome >= 75, edge >= 79, firefox >= 91, safari >= 15', modernPolyfills: true })],
  build: {
    assetsInlineLimit: 0,
    cssTarget: 'chrome75',
    modulePreload: { polyfill: false },
    // Lowering to 2019 is most of the work; being told so each time helps nobody.
    rolldownOptions: {
      checks: { bundlerTimings: false, pluginTimings: false },
      input: Object.fromEntries(PAGES.map((page) => [page, `${page}.html`])),
    },
  },
  server: {
    proxy: { '/ws': { target: 'ws://127.0.0.1:8080', ws: true }, '/api': 'http://127.0.0.1:8080' },
  },
});
