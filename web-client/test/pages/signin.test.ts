import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Harness } from './harness';

let h: Harness;
beforeAll(async () => {
  h = await Harness.launch();
});
afterAll(() => h.close());
afterEach(() => h.reset());

const SMALL = { width: 1366, height: 768 };

describe('signing in', () => {
  test('a page asks for it and is come back to; the password never stands in an address', async () => {
    const page = await h.open('/teacher?x=1', SMALL);
    await page.waitForURL('**/signin?back=%2Fteacher%3Fx%3D1');
    await page.waitForSelector('[data-test=login-form]');
    await h.shot(page, 'signin-1366');
    await page.fill('[data-test=login]', 'chen');
    await page.fill('[data-test=password]', 'not this one');
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=problem]');
    await h.shot(page, 'signin-wrong');
    await page.fill('[data-test=password]', 'correct horse');
    await page.click('[data-test=enter]');
    await page.waitForURL('**/teacher?x=1');
    expect(h.server.api.asked.every(({ query }) => !JSON.stringify(query).includes('horse'))).toBe(true);
  });

  test('an administrator gives the code too, and lands on the page of the role', async () => {
    const page = await h.open('/signin', { width: 1920, height: 1080 });
    await page.fill('[data-test=login]', 'admin');
    await page.fill('[data-test=password]', 'correct horse');
    await h.shot(page, 'signin-1920');
    await page.click('[data-test=enter]');
    await page.fill('[data-test=code]', '12 34 56');
    await h.shot(page, 'signin-code');
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=problem]');
    await page.fill('[data-test=code]', '246810');
    await page.click('[data-test=enter]');
    await page.waitForURL('**/school');
  });

  test('the first time: another password, then the second factor by QR or by hand', async () => {
    const page = await h.open('/signin', SMALL);
    await page.fill('[data-test=login]', 'fresh');
    await page.fill('[data-test=password]', 'correct horse');
    await page.click('[data-test=enter]');
    await page.waitForSelector('[data-test=change-form]');
    await page.fill('[data-test=old-password]', 'correct horse');
    await page.fill('[data-test=new-password]', '一句好记的话');
    await page.fill('[data-test=new-again]', '一句好记的话');
    await page.waitForSelector('[data-test=new-fault]');
    expect(await page.isDisabled('[data-test=send]')).toBe(true);
    await h.shot(page, 'signin-change');
    await page.fill('[data-test=new-password]', '一句足够长的好记的话');
    await page.fill('[data-test=new-again]', '一句足够长的好记的话');
    await page.click('[data-test=send]');
    await page.waitForSelector('[data-test=qr]');
    expect(await page.textContent('[data-test=secret]')).toBe('JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP');
    await page.fill('[data-test=code]', '246810');
    await h.shot(page, 'signin-factor');
    await page.click('[data-test=send]');
    await page.waitForURL('**/school');
  });

  test('who came in without the code is asked for it', async () => {
    const account = h.server.api.county.accounts.admin;
    if (account) account.secondFactor = 'unproven';
    h.server.api.person = 'admin';
    const page = await h.open('/signin?back=%2Fschool', SMALL);
    await page.waitForSelector('[data-test=factor-form]');
    expect(await page.locator('[data-test=qr]').count()).toBe(0);
    await page.fill('[data-test=code]', '246810');
    await page.click('[data-test=send]');
    await page.waitForURL('**/school');
  });

  test('a reset code is typed and sets the password', async () => {
    const page = await h.open('/signin', SMALL);
    await page.click('[data-test=use-reset]');
    await page.fill('[data-test=reset-token]', 'reset-chen');
    await page.fill('[data-test=new-password]', 'a sentence to remember');
    await page.fill('[data-test=new-again]', 'a sentence to remember');
    await h.shot(page, 'signin-reset');
    await page.click('[data-test=send]');
    await page.waitForSelector('[data-test=login-form] .good');
    await page.fill('[data-test=login]', 'chen');
    await page.fill('[data-test=password]', 'a sentence to remember');
    await page.click('[data-test=enter]');
    await page.waitForURL('**/teacher');
    expect(h.server.api.asked.some(({ path, query }) => path.includes('reset-') || JSON.stringify(query).includes('reset-'))).toBe(false);
  });

  test('a locked account is told for how long', async () => {
    const page = await h.open('/signin', SMALL);
    await page.fill('[data-test=login]', 'locked');
    await page.fill('[data-test=password]', 'x');
    await page.click('[data-test=enter]');
    await expect.poll(() => page.textContent('[data-test=problem]')).toContain('10 分钟');
  });

  test('through the identity provider, where there is one, and back to where one wanted', async () => {
    const without = await h.open('/signin', SMALL);
    await without.waitForSelector('[data-test=login-form]');
    await expect.poll(() => h.server.api.asked.some(({ path }) => path === '/oidc')).toBe(true);
    expect(await without.locator('[data-test=provider]').count()).toBe(0);
    h.server.api.provider = '云岭县教育统一身份认证';
    const page = await h.open('/signin?back=%2Fschool%3Fweek%3D3', SMALL);
    await page.waitForSelector('[data-test=provider]');
    await h.shot(page, 'signin-provider');
    expect(await page.getAttribute('[data-test=provider]', 'href')).toBe('/api/v1/oidc/start?return=%2Fschool%3Fweek%3D3');
    expect(await page.textContent('[data-test=provider]')).toBe('云岭县教育统一身份认证');
  });

  test('who comes back from it without being let in is told why, once', async () => {
    const page = await h.open('/signin?back=%2Fschool#problem=oidc_unknown', SMALL);
    await expect.poll(() => page.textContent('[data-test=problem]')).toContain('没有您的账号');
    await h.shot(page, 'signin-provider-refused');
    expect(page.url()).toBe(`${h.url}/signin?back=%2Fschool`);
    await page.reload();
    await page.waitForSelector('[data-test=login-form]');
    expect(await page.locator('[data-test=problem]').count()).toBe(0);
    // What somebody else writes into the address is not said in our name.
    const other = await h.open('/signin#problem=Call%20555%20now', SMALL);
    await expect.poll(() => other.textContent('[data-test=problem]')).toContain('稍后再试');
  });

  test('the way back is never another site', async () => {
    for (const back of ['https://evil.example/', '//evil.example/', '/\\evil.example']) {
      h.server.api.person = 'chen';
      const page = await h.open(`/signin?back=${encodeURIComponent(back)}`, SMALL);
      await page.waitForURL(`${h.url}/teacher`);
    }
  });
});
