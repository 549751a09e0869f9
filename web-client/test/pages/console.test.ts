import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { SlotState } from '../../src/generated/protocol';
import { lessonView } from '../fake-server';
import { connected, Harness, has, hurry } from './harness';
import { chatLines, classrooms, HOST, toConsole } from './lesson';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch('--autoplay-policy=no-user-gesture-required');
});
afterAll(() => h.close());
afterEach(() => h.reset());

const slots = (...ids: string[]): SlotState[] => ids.map((participant, i) => ({ slot: `v${i}`, participant, source: 'camera' }));
const names = classrooms(12).map((p) => p.name);

async function intoRoom(width = 1920, height = 1080) {
  const page = await h.open('/console#token=t-host', { width, height });
  await page.click('[data-test=enter]');
  await page.waitForSelector('[data-test=room]');
  return page;
}

describe('console', () => {
  test('the lobby shows the camera and hides the token', async () => {
    h.server.join = () => ({ welcome: toConsole(0) });
    const page = await h.open('/console#token=t-host', { width: 1366, height: 768 });
    await page.waitForFunction(() => (document.querySelector('[data-test=own-camera]') as HTMLVideoElement | null)?.videoWidth);
    expect(page.url()).not.toContain('token');
    expect(h.server.heard).toEqual([]);
    await h.shot(page, 'console-lobby-1366');
    // Nobody joined before the button was pressed.
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=room]');
    expect(h.server.heard.filter(({ type }) => type === 'join').length).toBe(1);
  });

  test('without a token it says what to do', async () => {
    const page = await h.open('/console', { width: 1366, height: 768 });
    await page.waitForSelector('[data-test=barrier-token_missing]');
    await h.shot(page, 'console-token-missing');
  });

  test('a refused camera is explained', async () => {
    const page = await h.open('/console#token=t', {
      width: 1366,
      height: 768,
      before: () => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));
      },
    });
    await page.waitForSelector('[data-problem=denied]');
    await h.shot(page, 'console-lobby-denied');
  });

  test('an empty lesson that is open', async () => {
    h.server.join = () => ({ welcome: toConsole(0, { lesson: lessonView({ title: '五年级英语', state: 'open', live_since_ms: null }) }) });
    const page = await intoRoom(1366, 768);
    await page.waitForSelector('[data-test=no-classes]');
    await h.shot(page, 'console-open-empty-1366');
    await page.click('[data-test=lesson-start]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'lesson', action: 'start' });
  });

  for (const [width, height] of [
    [1366, 768],
    [1920, 1080],
  ] as const) {
    test(`twelve classes, one on stage, hands and chat at ${width}`, async () => {
      await h.answerOffers(names);
      const people = toConsole(12, { stage: ['c6', 'c2'], floor: 'c2', hands: ['c5', 'c3', 'c8'], chat: chatLines() });
      people.participants = people.participants.map((p) =>
        p.id === 'c4' ? { ...p, online: false, media: false } : p.id === 'c6' ? { ...p, muted: true } : p.id === 'c7' ? { ...p, sources: ['microphone'] } : p,
      );
      h.server.join = () => ({ welcome: people });
      const page = await intoRoom(width, height);
      await expect.poll(() => h.server.heard.filter((m) => m.type === 'offer').length).toBe(1);
      await connected(page);
      h.server.say({ type: 'slots', video: slots('c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8') });
      h.server.say({ type: 'speakers', participants: ['c2'] });
      h.server.say({ type: 'stats', at_ms: Date.now(), participants: [stat('c1', 0.03, 80), stat('c3', 0.12, 500), stat('c5', 0, 30)] });
      await page.waitForSelector('[data-participant=c2][data-fresh=fresh]');
      await page.waitForSelector('[data-participant=c1][data-fresh=fresh]');
      await h.shot(page, `console-live-${width}`, 2500);
      expect(await page.locator('[data-test=tile]').count()).toBe(8);
      expect(await beyond(page)).toEqual([]);
      expect(await page.locator('[data-test=hands] li').evaluateAll((items) => items.map((item) => item.getAttribute('data-participant')))).toEqual([
        'c5',
        'c3',
        'c8',
      ]);
      await page.click('[data-test=page-next]');
      await expect.poll(() => page.locator('[data-test=tile]').count()).toBe(4);
      // Pictures on the page that is not shown are paused.
      await expect.poll(() => lastWant('v0')).toBe(null);
      await h.shot(page, `console-page2-${width}`);
      const stats = await page.evaluate(() => window.__tongke?.stats());
      expect(stats?.slots.v0?.framesDecoded).toBeGreaterThan(0);
    });
  }

  test('calling on a class says so and changes nothing of the transport', async () => {
    await h.answerOffers(names);
    h.server.join = () => ({ welcome: toConsole(3, { hands: ['c2'] }) });
    const page = await intoRoom(1366, 768);
    await connected(page);
    h.server.say({ type: 'slots', video: slots('c1', 'c2', 'c3') });
    await page.waitForSelector('[data-participant=c1][data-fresh=fresh]');
    await h.shot(page, 'console-three-1366');
    await page.click('[data-test=hand-call-on]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'call_on', participant: 'c2' });
    h.server.say({ type: 'stage', participants: ['c2'], floor: 'c2' });
    h.server.say({ type: 'hands', participants: [] });
    await page.waitForSelector('.tile.large[data-participant=c2] [data-fresh=fresh]');
    await h.shot(page, 'console-stage-1366');
    await page.click('[data-test=dismiss]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'dismiss', participant: 'c2' });
    expect(await page.evaluate(() => window.__tongke?.offers)).toBe(1);
  });

  for (const lang of ['zh', 'en'] as const) {
    test(`fourteen classes and a long title on a small screen, ${lang}`, async () => {
      await h.answerOffers(names);
      const lesson = lessonView({ title: `三年级美术《画画我们的村庄》${'——用线条和色块表现山坡上的梯田与老屋'.repeat(4)}` });
      const people = toConsole(14, { lesson, stage: ['c2', 'c1'], floor: 'c2', hands: ['c5', 'c3', 'c4', 'c6'], chat: chatLines() });
      people.participants = people.participants.map((p) => (p.id === 'c3' ? { ...p, media: false } : p));
      h.server.join = () => ({ welcome: people });
      const page = await h.open('/console#token=t-host', { width: 1024, height: 576, lang });
      await page.click('[data-test=enter]');
      await connected(page);
      h.server.say({ type: 'slots', video: slots('c1', 'c2') });
      for (const id of ['c1', 'c2']) await page.waitForSelector(`[data-participant=${id}][data-fresh=fresh]`);
      for (const [width, height, tiles] of [
        [1024, 576, 6],
        [1024, 768, 6],
        [1280, 720, 8],
        [1366, 768, 8],
        [1920, 1080, 8],
      ] as const) {
        await page.setViewportSize({ width, height });
        await expect.poll(() => page.locator('[data-test=tile]').count()).toBe(tiles);
        await h.shot(page, `console-fourteen-${width}x${height}-${lang}`);
        expect(await roomFaults(page), `${width}x${height}`).toEqual([]);
        expect(await beyond(page), `${width}x${height}`).toEqual([]);
      }
      await page.setViewportSize({ width: 1024, height: 576 });
      await page.click('[data-participant=c1] [data-test=tile-menu]');
      await page.click('[data-test=menu-dismiss]');
      await expect.poll(() => h.server.heard).toContainEqual({ type: 'dismiss', participant: 'c1' });
      h.server.say({ type: 'stage', participants: [], floor: null });
      h.server.say({ type: 'lesson', lesson: { ...lesson, state: 'open', live_since_ms: null, planned_start_ms: Date.now() + 600_000 } });
      await page.waitForSelector('[data-test=lesson-start]');
      await h.shot(page, `console-fourteen-open-${lang}`);
      expect(await roomFaults(page), 'open').toEqual([]);
    });
  }

  for (const [width, height, lang] of [
    [1366, 768, 'zh'],
    [1366, 768, 'en'],
    [1920, 1080, 'zh'],
  ] as const) {
    test(`classes that sit on stage are called on, sit down again, and are sent off stage at ${width}, ${lang}`, async () => {
      await h.answerOffers(names);
      const stage = ['c1', 'c2', 'c3', 'c4'];
      const lesson = lessonView({ kind: 'dedicated', switches: { ...lessonView().switches, sending: 'marked' } });
      const people = toConsole(4, { lesson, stage, hands: ['c3', 'c1'], chat: chatLines() });
      people.participants = people.participants.map((p) => (p.id === 'c2' ? { ...p, muted: true } : p));
      h.server.join = () => ({ welcome: people });
      const page = await h.open('/console#token=t-host', { width, height, lang });
      await page.click('[data-test=enter]');
      await connected(page);
      h.server.say({ type: 'slots', video: slots(...stage) });
      h.server.say({ type: 'speakers', participants: ['c4'] });
      for (const id of stage) await page.waitForSelector(`[data-participant=${id}][data-fresh=fresh]`);
      expect(await page.locator('[data-test=tile-hand]').count()).toBe(2);
      expect(await page.locator('[data-test=tile-floor]').count()).toBe(0);
      expect(await beyond(page)).toEqual([]);
      await h.shot(page, `console-seated-${width}-${lang}`);

      await page.click('[data-test=hands] [data-participant=c3] [data-test=hand-call-on]');
      await expect.poll(() => h.server.heard).toContainEqual({ type: 'call_on', participant: 'c3' });
      const pictures = await page.$$('[data-test=slot-video]');
      h.server.say({ type: 'stage', participants: stage, floor: 'c3' });
      h.server.say({ type: 'hands', participants: ['c1'] });
      await page.waitForSelector('.tile.large[data-participant=c3] [data-test=tile-floor]');
      expect(await Promise.all(pictures.map((picture) => picture.evaluate((video) => video.isConnected)))).toEqual([true, true, true, true]);
      expect(await beyond(page)).toEqual([]);
      await h.shot(page, `console-floor-${width}-${lang}`);
      expect(await page.locator('[data-participant=c3] [data-test=call-on]').count()).toBe(0);

      await page.click('[data-participant=c1] [data-test=call-on]');
      await expect.poll(() => h.server.heard).toContainEqual({ type: 'call_on', participant: 'c1' });
      await page.click('[data-participant=c3] [data-test=dismiss]');
      await expect.poll(() => h.server.heard).toContainEqual({ type: 'dismiss', participant: 'c3' });
      h.server.say({ type: 'stage', participants: stage, floor: null });
      await page.waitForSelector('[data-participant=c3] [data-test=call-on]');
      expect(await page.locator('[data-test=tile-floor]').count()).toBe(0);
      await page.click('[data-participant=c2] [data-test=dismiss]');
      await expect.poll(() => h.server.heard).toContainEqual({ type: 'dismiss', participant: 'c2' });
    });
  }

  for (const lang of ['zh', 'en'] as const) {
    test(`media that a firewall keeps out is told until it gets through, ${lang}`, async () => {
      await h.answerOffers(names);
      h.mediaOpen = false;
      h.server.join = () => ({ welcome: toConsole(3) });
      const page = await h.open('/console#token=t-host', { width: 1366, height: 768, lang, clock: true });
      await page.click('[data-test=enter]');
      await page.waitForSelector('[data-test=room]');
      const hint = () => page.textContent('[data-test=hint]');
      const live = lang === 'zh' ? '各教室正在看到、听到您。' : 'The classrooms see and hear you.';
      await expect.poll(hint).toContain(lang === 'zh' ? '音视频还没有连上：各教室看不到、听不到您。' : 'not connected');
      expect(await has(page, '[data-test=link-banner]')).toBe(false);
      await hurry(page, () => has(page, '[data-test=link-banner]'));
      expect(await page.textContent('[data-test=link-banner]')).toContain(lang === 'zh' ? '放行服务器的 UDP/TCP 9 等端口' : 'UDP/TCP 9');
      await page.waitForSelector('[data-quality=unreached]');
      expect(await hint()).not.toBe(live);
      for (const [width, height] of [
        [1366, 768],
        [1920, 1080],
      ] as const) {
        await page.setViewportSize({ width, height });
        await h.shot(page, `console-unreached-${width}-${lang}`);
      }
      const tried = await page.evaluate(() => window.__tongke?.offers ?? 0);
      h.mediaOpen = true;
      await hurry(page, () => page.evaluate((before) => (window.__tongke?.offers ?? 0) > before, tried));
      await connected(page);
      await expect.poll(hint).toBe(live);
      expect(await has(page, '[data-test=link-banner]')).toBe(false);
    });
  }

  test('without camera and microphone nobody is said to see or hear the teacher', async () => {
    await h.answerOffers(names);
    h.server.join = () => ({ welcome: toConsole(2) });
    const page = await h.open('/console#token=t-host', {
      width: 1366,
      height: 768,
      before: () => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
      },
    });
    await page.click('[data-test=enter]');
    await connected(page);
    const hint = () => page.textContent('[data-test=hint]');
    await expect.poll(hint).toBe('各教室看不到、听不到您。');
    expect(await page.textContent('[data-test=toggle-microphone]')).toBe('麦克风：未开');
    expect(await page.textContent('[data-test=toggle-camera]')).toBe('摄像头：未开');
    for (const [width, height] of [
      [1366, 768],
      [1920, 1080],
    ] as const) {
      await page.setViewportSize({ width, height });
      const within = await page.locator('.own-card').first().boundingBox();
      const last = await page.locator('[data-test=toggle-camera]').boundingBox();
      expect((last?.x ?? width) + (last?.width ?? 0)).toBeLessThanOrEqual((within?.x ?? 0) + (within?.width ?? 0) - 8);
      await h.shot(page, `console-no-devices-${width}`);
    }
    await page.click('[data-test=start-screen]');
    await expect.poll(hint).toBe('各教室看得到课件，看不到、听不到您。');
  });

  test('what the teacher switches off the hint leaves out', async () => {
    await h.answerOffers(names);
    h.server.join = () => ({ welcome: toConsole(1) });
    const page = await intoRoom(1366, 768);
    await connected(page);
    const hint = () => page.textContent('[data-test=hint]');
    await expect.poll(hint).toBe('各教室正在看到、听到您。');
    await page.click('[data-test=toggle-microphone]');
    await expect.poll(hint).toBe('各教室看得到您，听不到您。');
    await page.click('[data-test=toggle-camera]');
    await expect.poll(hint).toBe('各教室看不到、听不到您。');
  });

  test('courseware goes into the waiting m-line, without a new offer', async () => {
    await h.answerOffers(names);
    h.server.join = () => ({ welcome: toConsole(4) });
    const page = await intoRoom();
    await connected(page);
    await page.click('[data-test=start-screen]');
    await page.waitForSelector('[data-test=own-screen]');
    await expect.poll(() => h.server.heard.filter((m) => m.type === 'sources').pop()).toEqual({ type: 'sources', on: ['microphone', 'camera', 'screen'] });
    await expect
      .poll(async () => (await page.evaluate(() => window.__tongke?.stats()))?.sending.find((line) => line.source === 'screen')?.bytes ?? 0, {
        timeout: 10_000,
      })
      .toBeGreaterThan(0);
    await h.shot(page, 'console-courseware-1920');
    await page.click('[data-test=stop-screen]');
    await expect.poll(() => h.server.heard.filter((m) => m.type === 'sources').pop()).toEqual({ type: 'sources', on: ['microphone', 'camera'] });
    expect(await page.evaluate(() => window.__tongke?.offers)).toBe(1);
  });

  test('ending asks first; then the lesson is over', async () => {
    h.server.join = () => ({ welcome: toConsole(2) });
    const page = await intoRoom(1366, 768);
    await page.click('[data-test=lesson-end]');
    await h.shot(page, 'console-end-dialog');
    expect(h.server.heard.some((m) => m.type === 'lesson')).toBe(false);
    await page.click('[data-test=end-confirm]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'lesson', action: 'end' });
    h.server.goodbye('lesson_ended', null);
    await page.waitForSelector('[data-test=barrier-ended]');
    await h.shot(page, 'console-ended');
  });

  test('switches are said, told and shown; a shutdown asks first', async () => {
    h.server.join = () => ({ welcome: toConsole(2, { blocks: [{ participant: 'c9', name: names[8] ?? '', at_ms: 1 }] }) });
    const page = await intoRoom(1366, 768);
    await page.click('[data-test=forbid]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'switches', interaction: false });
    await page.click('[data-test=safety]');
    await page.click('[data-test=switch-voice]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'switches', voice: false });
    expect(await page.getAttribute('[data-test=switch-voice]', 'aria-pressed')).toBe('true');
    h.server.say({ type: 'lesson', lesson: lessonView({ switches: { ...lessonView().switches, voice: false, screen: false } }) });
    await page.waitForSelector('[data-test=switch-voice][aria-pressed=false]');
    await h.shot(page, 'console-safety-1366');
    await page.selectOption('[data-test=who-sends]', 'called');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'switches', sending: 'called' });
    await page.click('[data-test=unblock]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'unblock', participant: 'c9' });
    await page.click('[data-test=shut-down]');
    await page.waitForSelector('[data-test=shut-down-confirm]');
    expect(h.server.heard.some((m) => m.type === 'lesson')).toBe(false);
    await h.shot(page, 'console-shut-down');
    await page.click('[data-test=shut-down-cancel]');
    await page.waitForSelector('[data-test=start-screen][disabled]');
    await h.shot(page, 'console-two-off-1366');
  });

  test('a class is removed or blocked by its tile, asked first', async () => {
    h.server.join = () => ({ welcome: toConsole(3) });
    const page = await intoRoom(1366, 768);
    await page.click('[data-participant=c2] [data-test=tile-menu]');
    await h.shot(page, 'console-tile-menu-1366');
    expect(h.server.heard.some((m) => m.type === 'remove' || m.type === 'block')).toBe(false);
    await page.click('[data-test=remove]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'remove', participant: 'c2' });
    await page.click('[data-participant=c3] [data-test=tile-menu]');
    await page.click('[data-test=block]');
    await expect.poll(() => h.server.heard).toContainEqual({ type: 'block', participant: 'c3' });
  });

  test('a killed and restarted server and a reload are recovered from without a click', async () => {
    await h.answerOffers(names);
    h.server.join = () => ({ welcome: toConsole(2) });
    const page = await intoRoom(1366, 768);
    await connected(page);
    await h.server.kill();
    await page.waitForSelector('[data-test=link-banner]');
    expect(await page.textContent('[data-test=link-banner]'), 'the cable is not alone to blame').toContain('服务器没有回应');
    expect(await page.textContent('[data-test=hint]')).toBe('连接已断开：各教室可能看不到、听不到您。');
    await h.shot(page, 'console-lost');
    await h.cutMedia();
    await page.waitForFunction(() => ((window.__tongke?.state as { phase: { attempt?: number } } | undefined)?.phase.attempt ?? 0) > 2);
    // The new server knows the place, but holds no media for it.
    h.server.join = () => ({ welcome: toConsole(2, { you: { ...HOST, media: false } }) });
    await h.server.start();
    const back = Date.now();
    await page.waitForFunction(() => window.__tongke?.offers === 2);
    await connected(page);
    expect(Date.now() - back).toBeLessThan(5000);
    const joins = h.server.heard.filter((m) => m.type === 'join');
    expect(joins[joins.length - 1]).toMatchObject({ resume: 'resume-secret', token: 't-host' });
    await page.reload();
    await connected(page);
  });

  test('refusals are shown in words', async () => {
    h.server.join = () => ({ refuse: 'host_present' });
    const page = await h.open('/console#token=t', { width: 1366, height: 768 });
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=barrier-host_present]');
    await h.shot(page, 'console-host-present');
  });

  test('a full stage is told so, however few fit', async () => {
    h.server.join = () => ({ welcome: toConsole(3, { stage: ['c1'], floor: 'c1' }) });
    const page = await intoRoom(1366, 768);
    h.server.say({ type: 'error', code: 'full', message: 'the stage holds 1 classes, its limit; dismiss one first' });
    await expect.poll(() => page.textContent('[data-test=notice]')).toBe('台上已满：请先请一个班下台，再点名。');
  });

  test('the host is told what an operator did, and who', async () => {
    h.server.join = () => ({ welcome: toConsole(2) });
    const page = await intoRoom(1366, 768);
    h.server.say({ type: 'lesson', lesson: lessonView({ state: 'paused' }) });
    h.server.say({ type: 'ordered', by: '县运维', action: 'pause', switches: null });
    await expect.poll(() => page.textContent('[data-test=notice-ordered]')).toBe('管理人员 县运维 暂停了课堂');
    await h.shot(page, 'console-ordered-1366');
  });

  test('English', async () => {
    h.server.join = () => ({ welcome: toConsole(5, { hands: ['c5'], chat: chatLines() }) });
    const page = await h.open('/console#token=t', { width: 1366, height: 768, lang: 'en' });
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=room]');
    h.server.say({ type: 'error', code: 'rate_limited', message: 'slow down' });
    await page.waitForSelector('[data-test=notice]');
    await h.shot(page, 'console-english-1366');
  });

  function lastWant(slot: string): number | null | undefined {
    const wants = h.server.heard.flatMap((m) => (m.type === 'want' ? m.slots : []));
    return wants.filter((want) => want.slot === slot).pop()?.spatial;
  }
});

/** What of the room is cut, broken into lines or covered. */
function roomFaults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const box = (element: Element | null | undefined) => element?.getBoundingClientRect() ?? new DOMRect();
    const faults: string[] = [];
    for (const button of document.querySelectorAll('.controls .button')) {
      if (box(button).bottom > innerHeight || box(button).right > innerWidth) faults.push(`${button.textContent}: beyond the edge`);
    }
    for (const word of document.querySelectorAll('.brand, .room-head .clock, .room-head .pill, .room-head .line')) {
      if (box(word).height > 40) faults.push(`${word.textContent}: in lines`);
    }
    for (const tile of document.querySelectorAll('[data-test=tile]')) {
      const name = tile.getAttribute('data-participant');
      const seen = [...tile.querySelectorAll('.tile-actions button')].map(box).filter(({ height }) => height > 0);
      const rows = new Set(seen.map(({ top, height }) => Math.round((top + height / 2) / 8)));
      if (rows.size > 1) faults.push(`${name}: buttons in ${rows.size} rows`);
      if (box(tile.querySelector('.tile-picture')).height < 80) faults.push(`${name}: a picture of ${box(tile.querySelector('.tile-picture')).height} px`);
      const words = box(tile.querySelector('.cover p'));
      for (const mark of tile.querySelectorAll('.tile-marks .tag')) {
        if (words.height > 0 && box(mark).bottom > words.top && box(mark).right > words.left) faults.push(`${name}: ${mark.textContent} over the words`);
      }
    }
    return faults;
  });
}

/** Buttons that reach out of their tiles. */
function beyond(page: Page): Promise<string[]> {
  return page.$$eval('[data-test=tile]', (tiles) =>
    tiles.flatMap((tile) => {
      const box = tile.getBoundingClientRect();
      const out = (button: Element) => button.getBoundingClientRect().right > box.right || button.getBoundingClientRect().bottom > box.bottom;
      return [...tile.querySelectorAll('button')].filter(out).map((button) => `${tile.getAttribute('data-participant')}: ${button.textContent}`);
    }),
  );
}

function stat(participant: string, loss: number, rtt: number) {
  return { participant, up_bps: 500_000, down_bps: 1_500_000, up_loss: loss, down_loss: 0, rtt_ms: rtt, speech_ms: 0, layers: [], path: 'udp' };
}
