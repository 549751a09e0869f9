// Chromium and Firefox, each launch with a profile of its own, behind one small interface.

import { Browser, CDP_WEBSOCKET_ENDPOINT_REGEX, WEBDRIVER_BIDI_WEBSOCKET_ENDPOINT_REGEX, createProfile } from '@puppeteer/browsers';
import { chromium } from 'playwright-core';
import puppeteer from 'puppeteer-core';
import { probe } from './probe.mjs';
import { find, start } from './program.mjs';

const headless = process.env.HEADED !== '1';
/** Of every page; small, because one machine paints for everybody. */
const VIEWPORT = { width: 1024, height: 576 };

/** Whole Chromiums. */
const CHROMIUM_PROGRAMS = ['chromium', 'google-chrome', 'chromium-browser'];

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--use-fake-ui-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-quic',
  '--disable-component-update',
  // Windows that nobody looks at would each start a second page for the address bar's suggestions.
  '--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
];

const FIREFOX_PREFERENCES = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'intl.accept_languages': 'zh-CN,zh',
  // One content process, as the driver wants it.
  'fission.webContentIsolationStrategy': 0,
};

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
  const path = find('CHROMIUM', whole ? CHROMIUM_PROGRAMS : ['chromium-headless-shell', ...CHROMIUM_PROGRAMS]);
  const args = (userDataDir) =>
    puppeteer.defaultArgs({ browser: 'chrome', headless: headless && (whole || 'shell'), userDataDir, args: [...CHROMIUM_FLAGS, ...capture, ...flags] });
  const { driver: browser, end } = await start(path, CDP_WEBSOCKET_ENDPOINT_REGEX, args, (address) => chromium.connectOverCDP(address));
  return {
    name: 'Chromium',
    /** A page in a profile of its own, with the probe in it. */
    async page() {
      const context = await browser.newContext({ viewport: VIEWPORT, locale: 'zh-CN' });
      await context.addInitScript(probe({ viaCanvas: false }));
      const page = await context.newPage();
      return wrap(page, () => context.close());
    },
    close: () =>
      end(async () => {
        const session = await browser.newBrowserCDPSession();
        await session.send('Browser.close');
      }),
  };
}

/** A Firefox with its own test picture as camera. */
export async function launchFirefox() {
  const args = async (userDataDir) => {
    await createProfile(Browser.FIREFOX, { path: userDataDir, preferences: FIREFOX_PREFERENCES });
    return puppeteer.defaultArgs({ browser: 'firefox', headless, userDataDir });
  };
  const connect = (address) => puppeteer.connect({ browserWSEndpoint: `${address}/session`, protocol: 'webDriverBiDi' });
  const { driver: browser, end } = await start(find('FIREFOX', ['firefox-esr', 'firefox']), WEBDRIVER_BIDI_WEBSOCKET_ENDPOINT_REGEX, args, connect);
  return {
    name: 'Firefox',
    async page() {
      const page = await browser.newPage();
      await page.setViewport(VIEWPORT);
      await page.evaluateOnNewDocument(probe({ viaCanvas: true }));
      return wrap(page, () => page.close());
    },
    close: () => end(() => browser.close()),
  };
}
