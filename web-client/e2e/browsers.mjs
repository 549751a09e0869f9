// Chromium and Firefox, each launch with a profile of its own, behind one small interface.

import { spawnSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { PROBE } from './probe.mjs';

const headless = process.env.HEADED !== '1';
/** Of every page; small, because one machine paints for everybody. */
const VIEWPORT = { width: 1024, height: 576 };

function program(variable, names) {
  const wanted = process.env[variable];
  for (const name of wanted ? [wanted] : names) {
    const found = spawnSync('sh', ['-c', `command -v "${name}"`], { encoding: 'utf8' }).stdout.trim();
    if (found) return found;
  }
  throw new Error(`none of ${names.join(', ')} is installed; run .ci/setup, or name one with ${variable}=`);
}

/** Whole Chromiums. */
const CHROMIUM_PROGRAMS = ['chromium', 'google-chrome', 'chromium-browser'];

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Windows that nobody looks at paint as fast as those in front.
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
  '--disable-background-timer-throttling',
  // Windows that nobody looks at would each start a second page for the address bar's suggestions.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
];

/** The part of a page's interface that both drivers share. */
function wrap(page, close) {
  return {
    raw: page,
    open: (url) => page.goto(url),
    run: (f, argument) => page.evaluate(f, argument),
    reload: () => page.reload(),
    click: (selector) => page.click(selector),
    close,
  };
}

/**
 * A Chromium whose camera plays `camera` (a file made by camera.mjs), or the browser's own test picture. Not `whole`: the same engine without a browser's
 * own windows, where it is installed. It leaves a fifth more of a machine to the pages, and what is measured is theirs.
 */
export async function launchChromium({ camera, flags = [], whole = !headless } = {}) {
  const capture = camera
    ? ['--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${camera}`]
    : ['--use-fake-device-for-media-stream=fps=30,device-count=2'];
  const browser = await chromium.launch({ executablePath: program('CHROMIUM', whole ? CHROMIUM_PROGRAMS : ['chromium-headless-shell', ...CHROMIUM_PROGRAMS]), headless, args: [...CHROMIUM_FLAGS, ...capture, ...flags] });
  return {
    name: 'Chromium',
    /** A page in a profile of its own, with the probe in it. */
    async page() {
      const context = await browser.newContext({ viewport: VIEWPORT, locale: 'zh-CN' });
      await context.addInitScript(PROBE);
      const page = await context.newPage();
      return wrap(page, () => context.close());
    },
    close: () => browser.close(),
  };
}

/** A Firefox with its own test picture as camera. */
export async function launchFirefox() {
  const browser = await puppeteer.launch({
    browser: 'firefox',
    protocol: 'webDriverBiDi',
    executablePath: program('FIREFOX', ['firefox-esr', 'firefox']),
    headless,
    extraPrefsFirefox: {
      'media.navigator.streams.fake': true,
      'media.navigator.permission.disabled': true,
      'media.autoplay.default': 0,
      'media.autoplay.blocking_policy': 0,
      'intl.accept_languages': 'zh-CN,zh',
    },
  });
  return {
    name: 'Firefox',
    async page() {
      const page = await browser.newPage();
      await page.setViewport(VIEWPORT);
      await page.evaluateOnNewDocument(PROBE);
      return wrap(page, () => page.close());
    },
    close: () => browser.close(),
  };
}
