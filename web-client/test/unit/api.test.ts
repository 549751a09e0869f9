import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Api, type Fetch, queryText } from '../../src/api/client';
import { ApiProblem, problemOf, problemWords, tell } from '../../src/api/problem';
import { afterSignIn, backOf, lessonAddress, signInAddress } from '../../src/api/way';
import type { GrantView } from '../../src/generated/api';
import { refusalOf, startOf } from '../../src/signin/Provider';

/** A service that answers in turn, and what it was asked. */
function service(...answers: Response[]) {
  const asked: { input: string; init: RequestInit }[] = [];
  const fetcher: Fetch = async (input, init) => {
    asked.push({ input, init });
    const answer = answers.shift();
    if (!answer) throw new TypeError('no network');
    return answer;
  };
  let left = 0;
  const api = new Api(() => {
    left += 1;
  }, fetcher);
  return { api, asked, left: () => left };
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}) => new Response(JSON.stringify(body), { status, headers });
const refused = (name: string, status: number, detail = '') => json({ type: `urn:tongke:problem:${name}`, title: name, status, detail }, status);

describe('asking', () => {
  test('a change carries the version that was read, the language, and the cookie of the site alone', async () => {
    const { api, asked } = service(json({ id: 'r1' }));
    await api.put('/classrooms/r1', { name: 'x' }, 7);
    expect(asked[0]?.input).toBe('/api/v1/classrooms/r1');
    expect(asked[0]?.init).toMatchObject({ method: 'PUT', credentials: 'same-origin', body: '{"name":"x"}' });
    expect(asked[0]?.init.headers).toMatchObject({ 'if-match': '"7"', 'content-type': 'application/json', 'accept-language': 'zh-CN' });
  });

  test('a list is read page after page', async () => {
    const { api, asked } = service(json({ items: [1, 2], next: 'a b' }), json({ items: [3], next: null }));
    expect(await api.all('/schools', { region: 'qs', parent: null })).toEqual([1, 2, 3]);
    expect(asked.map(({ input }) => input)).toEqual(['/api/v1/schools?limit=1000&region=qs', '/api/v1/schools?limit=1000&region=qs&cursor=a+b']);
  });

  test('a list that never ends is left', async () => {
    const endless = Array.from({ length: 30 }, () => json({ items: [0], next: 'x' }));
    expect(await service(...endless).api.all<number>('/x')).toHaveLength(20);
  });

  test('a file goes as it is; nothing comes back with 204', async () => {
    const { api, asked } = service(new Response(null, { status: 204 }));
    expect(await api.post('/terms/t/import', new Blob(['a'], { type: 'text/csv' }))).toBeUndefined();
    expect(asked[0]?.init.headers).toMatchObject({ 'content-type': 'text/csv' });
  });

  test('a query leaves out what is not there', () => {
    expect(queryText({ a: 1, b: null, c: undefined, d: '', e: false })).toBe('?a=1&e=false');
    expect(queryText()).toBe('');
  });
});

describe('refusals', () => {
  test.each(['sign_in_needed', 'password_to_be_changed', 'second_factor_to_be_set_up'])('%s leads to the sign-in page', async (name) => {
    const { api, left } = service(refused(name, name === 'sign_in_needed' ? 401 : 403));
    await expect(api.get('/today')).rejects.toMatchObject({ name });
    expect(left()).toBe(1);
  });

  test('other refusals do not, nor do those of a device', async () => {
    const { api, left } = service(refused('not_permitted', 403), refused('wrong_credentials', 401), refused('sign_in_needed', 401));
    await expect(api.get('/a')).rejects.toMatchObject({ name: 'not_permitted' });
    await expect(api.get('/b')).rejects.toMatchObject({ name: 'wrong_credentials' });
    await expect(api.get('/c', { bearer: 'device' })).rejects.toMatchObject({ name: 'sign_in_needed' });
    expect(left()).toBe(0);
  });

  test('no network, and an answer that is no problem document', async () => {
    const { api } = service(new Response('<html>', { status: 502 }), new Response('not json'));
    await expect(api.get('/a')).rejects.toMatchObject({ name: 'server', status: 502 });
    await expect(api.get('/b')).rejects.toMatchObject({ name: 'server' });
    await expect(api.get('/c')).rejects.toMatchObject({ name: 'unreachable', status: 0 });
  });

  test('are told in words', () => {
    expect(tell(problemOf(409, { type: 'urn:tongke:problem:clash', detail: '教师 李老师 …' }, null))).toBe('时间冲突：教师 李老师 …');
    expect(tell(problemOf(429, { type: 'urn:tongke:problem:locked' }, '90'))).toContain('2 分钟');
    expect(tell(problemOf(412, null, null))).toContain('别人改过');
    expect(tell(problemOf(409, { type: 'urn:tongke:problem:new_one', detail: '换一个' }, null))).toBe('没有成功：换一个');
    expect(tell(problemOf(503, { type: 'about:blank' }, '5'))).toContain('5 秒');
    expect(tell(problemOf(418, { type: 'urn:tongke:problem:teapot' }, null))).toBe(tell(new ApiProblem('server', 500, '')));
    expect(tell(new Error('a fault of ours'))).toBe(tell(new ApiProblem('server', 500, '')));
  });
});

/** Names and statuses of the table of refusals in docs/api.md, which has all that the service gives. */
function documented(): { name: string; status: number }[] {
  const text = readFileSync(new URL('../../../docs/api.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| ((?:`[a-z_]+`(?:, )?)+) \| ([\d, ]+) \|/gm)];
  return rows.flatMap(([, names = '', statuses = '']) => {
    const each = statuses.split(', ').map(Number);
    return [...names.matchAll(/`([a-z_]+)`/g)].map(([, name = ''], index) => ({ name, status: each[index] ?? each[0] ?? 0 }));
  });
}

describe('every refusal that is documented', () => {
  test('is read from there', () => {
    expect(documented()).toContainEqual({ name: 'in_use', status: 409 });
    expect(documented()).toContainEqual({ name: 'media_type', status: 415 });
    expect(documented().length).toBeGreaterThan(20);
  });

  test.each(documented())('$name has Chinese of its own, or is told in the service’s', ({ name, status }) => {
    const told = tell(problemOf(status, { type: `urn:tongke:problem:${name}`, title: 'in English', detail: '服务的说法' }, null));
    expect(told).toMatch(/\p{Script=Han}/u);
    expect(told).not.toMatch(/in English|\{/);
    if (!(name in problemWords.zh)) expect(told).toBe('没有成功：服务的说法');
  });
});

describe('ways', () => {
  test('after signing in: where one wanted, or the page of the role', () => {
    const grant = { role: 'school_admin', scope: 'school', scope_id: 's1', to_ms: null } as GrantView;
    const session = { grants: [grant], now_ms: 1000, second_factor: 'given' as const };
    expect(afterSignIn(session, null)).toBe('/school');
    expect(afterSignIn({ ...session, grants: [] }, '/teacher?x=1')).toBe('/teacher?x=1');
  });

  test('back to where one came from, and never to another site', () => {
    expect(backOf(signInAddress('/school', '?school=s 1').replace('/signin', ''))).toBe(null);
    expect(backOf(signInAddress('/school', '?school=s1').replace('/signin', ''))).toBe('/school?school=s1');
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '/a\\b', '/signin', '', '/\t/evil.example'])
      expect(backOf(`?back=${encodeURIComponent(evil)}`), evil).toBe(null);
  });

  test('the way through the identity provider comes back to the same place, and says why it did not', () => {
    expect(startOf('?back=%2Fschool%3Fweek%3D3')).toBe('/api/v1/oidc/start?return=%2Fschool%3Fweek%3D3');
    for (const search of ['', '?back=https%3A%2F%2Fevil.example', '?back=%2F%2Fevil.example']) expect(startOf(search)).toBe('/api/v1/oidc/start');
    expect(refusalOf('#problem=oidc_denied')?.name).toBe('oidc_denied');
    expect(refusalOf('#problem=made+up')?.name).toBe('server');
    expect([refusalOf(''), refusalOf('#'), refusalOf('#token=x')]).toEqual([null, null, null]);
  });

  test('into a lesson: the token in the fragment, on a page of ours', () => {
    const origin = 'https://tongke.example';
    expect(lessonAddress({ token: 'a.b+c', role: 'host', page: '/console' }, origin)).toBe('/console#token=a.b%2Bc');
    expect(lessonAddress({ token: 't', role: 'host', page: 'https://evil.example/console' }, origin)).toBe(null);
    expect(lessonAddress({ token: 't', role: 'host', page: '//evil.example/console' }, origin)).toBe(null);
  });
});
