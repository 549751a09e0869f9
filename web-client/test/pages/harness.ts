// Chromium, the fake service, and a page that answers offers with painted pictures.
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type {} from '../../src/debug';
import type { Offer, SlotLine } from '../../src/generated/protocol';
import { FakeServer } from '../fake-server';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream=fps=5,device-count=2',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The windows that nobody sees would each start a second page for the address bar's suggestions, which costs more than most of ours.
  '--disable-features=WebRtcHideLocalIpsWithMdns,WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup',
];

/** The same engine without a browser's own windows, where it is installed: pages open in half the time. */
const CHROMIUM = process.env.CHROMIUM ?? (existsSync('/usr/bin/chromium-headless-shell') ? '/usr/bin/chromium-headless-shell' : '/usr/bin/chromium');

/** Where screenshots go; none are taken without it, for each takes a good part of a second. */
export const SHOTS = process.env.TONGKE_SHOTS;

export interface OpenOptions {
  width?: number;
  height?: number;
  lang?: 'zh' | 'en';
  /** Run in the page before its own scripts. */
  before?: () => void;
  /** The page's clock can be put forward: see `hurry`. */
  clock?: boolean;
}

/** One browser with one fake service. */
export class Harness {
  readonly server = new FakeServer();
  url = '';
  /** Whether pages get to the media plane; while not, its answers name ports where nobody listens. */
  mediaOpen = true;
  private browser!: Browser;
  /** Kept from test to test. */
  private answerer: Page | null = null;
  private readonly contexts: BrowserContext[] = [];

  static async launch(...extra: string[]): Promise<Harness> {
    const harness = new Harness();
    if (SHOTS) mkdirSync(SHOTS, { recursive: true });
    harness.url = await harness.server.start();
    harness.browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS, ...extra] });
    return harness;
  }

  async close(): Promise<void> {
    await this.browser.close();
    await this.server.kill();
  }

  /** Closes the pages of one test. */
  async reset(): Promise<void> {
    await Promise.all(this.contexts.splice(0).map((context) => context.close()));
    await this.cutMedia();
    this.mediaOpen = true;
    this.server.heard.length = 0;
    this.server.join = () => ({ welcome: {} });
    this.server.onMessage = () => undefined;
    this.server.api.reset();
    await this.server.start();
  }

  async open(path: string, options: OpenOptions = {}): Promise<Page> {
    const context = await this.browser.newContext({
      locale: options.lang === 'en' ? 'en-GB' : 'zh-CN',
      viewport: { width: options.width ?? 1920, height: options.height ?? 1080 },
    });
    this.contexts.push(context);
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      throw new Error(`uncaught in ${path}: ${error.message}`);
    });
    if (options.clock) await page.clock.install();
    if (options.lang === 'en') await page.addInitScript(() => localStorage.setItem('tongke.lang', 'en'));
    if (options.before) await page.addInitScript(options.before);
    await page.goto(this.url + path);
    return page;
  }

  /** A picture of the page once it has settled for so many milliseconds. */
  async shot(page: Page, name: string, settle = 400): Promise<void> {
    if (!SHOTS) return;
    await page.waitForTimeout(settle);
    await page.screenshot({ path: join(SHOTS, `${name}.png`) });
  }

  /** Answers every offer with moving pictures named `labels` in the video slots. */
  async answerOffers(labels: readonly string[]): Promise<void> {
    const answerer = await this.mediaPage();
    this.server.onMessage = (message, say) => {
      if (message.type !== 'offer') return;
      void answer(answerer, message, labels).then(({ sdp, slots }) => say({ type: 'answer', id: message.id, sdp: this.mediaOpen ? sdp : blocked(sdp), slots }));
    };
  }

  /** Stops every picture, as a lost media plane does. */
  async cutMedia(): Promise<void> {
    await this.answerer?.evaluate(() => {
      for (const end of (globalThis as unknown as { ends?: (() => void)[] }).ends?.splice(0) ?? []) end();
    });
  }

  private async mediaPage(): Promise<Page> {
    if (this.answerer) return this.answerer;
    this.answerer = await this.browser.newPage();
    await this.answerer.goto(`${this.url}/blank`);
    return this.answerer;
  }
}

/** Waits until `is` holds, and puts the page's clock a second forward whenever it does not: pauses that the page makes cost no time. */
export async function hurry(page: Page, is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) {
    await page.clock.fastForward(1_000);
    // What the page asked for is answered by a clock of its own.
    await page.waitForTimeout(100);
  }
}

/** Whether the page has something of this selector. */
export async function has(page: Page, selector: string): Promise<boolean> {
  return (await page.locator(selector).count()) > 0;
}

/** Waits until media flows. */
export async function connected(page: Page): Promise<void> {
  await page.waitForFunction(() => (window.__tongke?.state as { media?: string } | undefined)?.media === 'connected');
}

/** The same answer from behind a firewall. */
function blocked(sdp: string): string {
  let named = false;
  return sdp.replace(/a=candidate:.*\r\n/g, () => {
    if (named) return '';
    named = true;
    const nobody = 'a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host';
    return `${nobody}\r\n${nobody.replace('1 1 udp', '2 1 tcp')} tcptype passive\r\n`;
  });
}

async function answer(page: Page, offer: Offer, labels: readonly string[]): Promise<{ sdp: string; slots: SlotLine[] }> {
  return page.evaluate(
    async ({ sdp, labels, shrink }) => {
      const scope = globalThis as unknown as { ends?: (() => void)[] };
      scope.ends ??= [];
      const { ends } = scope;
      const peer = new RTCPeerConnection();
      ends.push(() => peer.close());
      await peer.setRemoteDescription({ type: 'offer', sdp });
      const slots: { slot: string; mid: string }[] = [];
      let audio = 0;
      let video = 0;
      const sound = new AudioContext();
      ends.push(() => void sound.close());
      for (const [index, transceiver] of peer.getTransceivers().entries()) {
        const section = sdp.split(/\r\nm=/)[index + 1] ?? '';
        if (!section.includes('a=recvonly')) {
          transceiver.direction = 'recvonly';
          continue;
        }
        transceiver.direction = 'sendonly';
        const isAudio = transceiver.receiver.track.kind === 'audio';
        slots.push({ slot: isAudio ? `a${audio}` : `v${video}`, mid: transceiver.mid ?? '' });
        if (isAudio) {
          const destination = sound.createMediaStreamDestination();
          const tone = sound.createOscillator();
          tone.connect(destination);
          tone.start();
          await transceiver.sender.replaceTrack(destination.stream.getAudioTracks()[0] ?? null);
          audio += 1;
          continue;
        }
        await transceiver.sender.replaceTrack(painted(labels[video] ?? `v${video}`, video));
        video += 1;
      }
      await peer.setLocalDescription(await peer.createAnswer());
      await new Promise<void>((resolve) => {
        const look = () => peer.iceGatheringState === 'complete' && resolve();
        peer.onicegatheringstatechange = look;
        look();
      });
      return { sdp: peer.localDescription?.sdp ?? '', slots };

      function painted(label: string, hue: number): MediaStreamTrack {
        const canvas = document.createElement('canvas');
        canvas.width = 640 / shrink;
        canvas.height = 360 / shrink;
        const context = canvas.getContext('2d') as CanvasRenderingContext2D;
        context.scale(1 / shrink, 1 / shrink);
        let frame = 0;
        const painting = setInterval(() => {
          frame += 1;
          context.fillStyle = `hsl(${(hue * 67 + 200) % 360} 35% 38%)`;
          context.fillRect(0, 0, 640, 360);
          context.fillStyle = 'rgba(255,255,255,.25)';
          context.fillRect((frame * 6) % 640, 0, 40, 360);
          context.fillStyle = '#fff';
          context.font = '48px sans-serif';
          context.textAlign = 'center';
          context.fillText(label, 320, 170);
          context.font = '28px sans-serif';
          context.fillText(String(frame), 320, 230);
        }, 100);
        ends.push(() => clearInterval(painting));
        return canvas.captureStream(10).getVideoTracks()[0] as MediaStreamTrack;
      }
    },
    // Twelve pictures that nobody looks at need not be encoded in full.
    { sdp: offer.sdp, labels: [...labels], shrink: SHOTS ? 1 : 4 },
  );
}
