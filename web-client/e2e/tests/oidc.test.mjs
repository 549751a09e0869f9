// Signing in through an identity provider: a real one, with its own pages, once without a browser, step by step, and once in one.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { launchChromium } from '../browsers.mjs';
import { startIssuer } from '../issuer.mjs';
import { freePorts } from '../ports.mjs';
import { startServe } from '../serve.mjs';

let issuer;
let server;
before(async () => {
  const port = await freePorts();
  issuer = await startIssuer(`http://127.0.0.1:${port}/api/v1/oidc/callback`, [{ login: 'strong', strong: true }, { login: 'weak' }, { login: 'stranger' }]);
  server = await startServe(port, issuer.keys);
  for (const login of ['strong', 'weak']) server.makeOperator(login, '三个课堂二零二六年秋');
});
after(async () => {
  await server?.remove();
  await issuer?.stop();
});

/** What a browser does, one step at a time: it keeps cookies by host, and follows nothing by itself. */
function newVisitor() {
  const jars = new Map();
  const jar = (url) => jars.get(new URL(url).host) ?? jars.set(new URL(url).host, new Map()).get(new URL(url).host);
  return {
    cookies: (url) => jar(url),
    async ask(url, options = {}) {
      const cookie = [...jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { ...options, redirect: 'manual', headers: { ...options.headers, ...(cookie && { cookie }) } });
      for (const set of response.headers.getSetCookie()) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
        if (value === '') jar(url).delete(name);
        else jar(url).set(name, value);
      }
      return response;
    },
    /** Follows redirects while they lead to `origin`; resolves to the last answer, or to the address that leads away. */
    async follow(url, origin, options) {
      let response = await this.ask(url, options);
      let at = url;
      while (response.status >= 300 && response.status < 400) {
        at = new URL(response.headers.get('location'), at).href;
        if (new URL(at).origin !== origin) return { away: at };
        response = await this.ask(at);
      }
      return { at, response };
    },
    session: async () => (await fetch(`${server.url}/api/v1/session`, { headers: { cookie: `tongke=${jar(server.url).get('tongke')}` } })),
  };
}

/** Begins at the service and signs in at the provider's pages; resolves to the address of the callback, not yet asked for. */
async function signInAtProvider(visitor, login, back = '/') {
  const begun = await visitor.ask(`${server.url}/api/v1/oidc/start?return=${encodeURIComponent(back)}`);
  assert.equal(begun.status, 303);
  let step = await visitor.follow(begun.headers.get('location'), issuer.url);
  for (const fields of [{ prompt: 'login', login, password: 'any' }, { prompt: 'consent' }]) {
    const page = await step.response.text();
    assert.equal(step.response.status, 200, page);
    const action = /<form[^>]* action="([^"]+)"/.exec(page);
    assert.ok(action && page.includes(`value="${fields.prompt}"`), page);
    step = await visitor.follow(new URL(action[1], step.at).href, issuer.url, { method: 'POST', body: new URLSearchParams(fields) });
    if (step.away) break;
  }
  assert.match(step.away, new RegExp(`^${server.url}/api/v1/oidc/callback\\?`));
  return step.away;
}

const placeOf = (response) => `${response.status} ${response.headers.get('location')}`;

test('a person comes in with a second factor, and a code is good once', async () => {
  const visitor = newVisitor();
  const callback = await signInAtProvider(visitor, 'strong', '/operator?list=all');
  const attempt = visitor.cookies(server.url).get('tongke-oidc');
  assert.equal(placeOf(await visitor.ask(callback)), '303 /operator?list=all');
  assert.equal(visitor.cookies(server.url).has('tongke-oidc'), false);
  const session = await (await visitor.session()).json();
  assert.deepEqual([session.person.login, session.second_factor], ['strong', 'given']);
  const schools = await visitor.ask(`${server.url}/api/v1/schools`);
  assert.equal(schools.status, 200, 'the operator may do what an operator may');
  // The same address again, as from a browser's history, with the cookie that it had then.
  assert.equal(placeOf(await visitor.ask(callback)), '303 /signin#problem=oidc_again');
  visitor.cookies(server.url).set('tongke-oidc', attempt);
  assert.equal(placeOf(await visitor.ask(callback)), '303 /signin?back=%2Foperator%3Flist%3Dall#problem=oidc_refused');
});

test('without a second factor an operator is to set one up first', async () => {
  const visitor = newVisitor();
  assert.equal(placeOf(await visitor.ask(await signInAtProvider(visitor, 'weak', '/county'))), '303 /signin?back=%2Fcounty');
  assert.equal((await (await visitor.session()).json()).second_factor, 'to_be_set_up');
});

test('an answer for another browser is not taken', async () => {
  const [victim, thief] = [newVisitor(), newVisitor()];
  const callback = await signInAtProvider(victim, 'strong');
  await thief.ask(`${server.url}/api/v1/oidc/start`);
  assert.equal(placeOf(await thief.ask(callback)), '303 /signin#problem=oidc_again');
  // Nor with the thief's own state: the provider sees that the code was asked for with another challenge.
  const begun = await thief.ask(`${server.url}/api/v1/oidc/start`);
  const slipped = new URL(callback);
  slipped.searchParams.set('state', new URL(begun.headers.get('location')).searchParams.get('state'));
  assert.equal(placeOf(await thief.ask(slipped.href)), '303 /signin#problem=oidc_refused');
  assert.equal((await thief.session()).status, 401);
});

test('nobody comes in whom the register does not know', async () => {
  const visitor = newVisitor();
  assert.equal(placeOf(await visitor.ask(await signInAtProvider(visitor, 'stranger', '/school'))), '303 /signin?back=%2Fschool#problem=oidc_unknown');
  assert.equal((await visitor.session()).status, 401);
});

test('whoever turns back at the provider is told', async () => {
  const visitor = newVisitor();
  const begun = await visitor.ask(`${server.url}/api/v1/oidc/start`);
  const page = await visitor.follow(begun.headers.get('location'), issuer.url);
  const step = await visitor.follow(`${page.at}/abort`, issuer.url);
  assert.equal(placeOf(await visitor.ask(step.away)), '303 /signin#problem=oidc_denied');
});

test('neither secret nor code nor token is logged', () => {
  const log = server.log.join('\n');
  assert.match(log, /the register does not/, 'there is a log');
  for (const secret of [issuer.keys['oidc-client-secret'], 'eyJ', 'code=', 'state=']) assert.ok(!log.includes(secret), `${secret} in ${log}`);
});

test('in a browser: from a page to the button, through the provider, and back to the page', async () => {
  const browser = await launchChromium();
  /** At the provider, which for the browser is another site. */
  const agree = async (page, login) => {
    await page.click('[data-test=provider]');
    await page.waitForURL(/^http:\/\/localhost:/);
    await page.fill('input[name="login"]', login);
    await page.fill('input[name="password"]', 'any');
    await page.click('button[type="submit"]');
    await page.click('form button[type="submit"]');
  };
  try {
    const { raw: page } = await browser.page();
    await page.goto(`${server.url}/school`);
    await agree(page, 'strong');
    await page.waitForURL(`${server.url}/school`);
    const session = await page.evaluate(async () => (await fetch('/api/v1/session')).json());
    assert.equal(session.person.login, 'strong');
    assert.equal(await page.evaluate(() => document.cookie), '', 'no script reads the cookies');
    const { raw: other } = await browser.page();
    await other.goto(`${server.url}/signin`);
    await agree(other, 'stranger');
    await other.waitForSelector('[data-test=problem]');
    assert.match(await other.textContent('[data-test=problem]'), /没有您的账号/);
  } finally {
    await browser.close();
  }
});
