// What the service refuses, as one class with a name and words for people. Pure.
import { words } from '../i18n/words';

/** `urn:tongke:problem:NAME`, and what never reached the service. */
export type ProblemName =
  | 'sign_in_needed'
  | 'second_factor_needed'
  | 'wrong_credentials'
  | 'locked'
  | 'second_factor_to_be_set_up'
  | 'second_factor_unreadable'
  | 'password_to_be_changed'
  | 'not_permitted'
  | 'not_found'
  | 'clash'
  | 'changed'
  | 'in_use'
  | 'exists'
  | 'begun'
  | 'lesson_closed'
  | 'too_early'
  | 'too_large'
  | 'media_type'
  | 'too_many'
  | 'invalid'
  | 'rate_limited'
  | 'oidc_off'
  | 'oidc_again'
  | 'oidc_denied'
  | 'oidc_unavailable'
  | 'oidc_refused'
  | 'oidc_unknown'
  | 'unreachable'
  | 'unavailable'
  | 'other'
  | 'server';

const say = words(
  {
    sign_in_needed: '请先登录。',
    second_factor_needed: '请再输入验证器上的 6 位动态码。',
    wrong_credentials: '账号、密码或动态码不对，请核对后再试。',
    locked: '连续输错次数过多，账号暂时锁定。请 {minutes} 分钟后再试，或请管理员重置密码。',
    second_factor_unreadable: '两步验证的数据读不出来，请联系管理员解除两步验证后重新设置。',
    second_factor_to_be_set_up: '管理员须先设置两步验证，才能使用管理功能。',
    password_to_be_changed: '首次登录须先修改密码。',
    not_permitted: '您没有做这件事的权限。需要时请联系上级管理员授权。',
    not_found: '找不到这条记录：可能已被删除，或属于别的学校。请刷新后再看。',
    clash: '时间冲突：{detail}',
    changed: '这条记录刚被别人改过，已读取最新内容，请核对后再提交。',
    in_use: '现在还不能这样做：{detail}',
    exists: '不能重复：{detail}',
    begun: '这节课已经开始或已停课，不能再改。',
    lesson_closed: '这节课不能这样操作：{detail}',
    too_early: '还不到时间：上课前 30 分钟起才能进入。',
    too_large: '文件太大：{detail}',
    media_type: '文件类型不对：请选 Excel（.xlsx）或 CSV 文件。',
    too_many: '数量已到上限：{detail}',
    invalid: '填写有误：{detail}',
    rate_limited: '操作太快，请稍等 {seconds} 秒再试。',
    oidc_off: '这里没有开通统一身份认证，请用账号和密码登录。',
    oidc_again: '这次登录已失效（时间太久，或换了浏览器），请重新点击登录。',
    oidc_denied: '您取消了统一身份认证登录。',
    oidc_unavailable: '统一身份认证暂时不可用。请稍后再试，或用账号和密码登录。',
    oidc_refused: '统一身份认证没有通过，请重新登录；仍不行请联系县级运维人员。',
    oidc_unknown: '统一身份认证已通过，但同课里没有您的账号。请联系本校管理员添加。',
    unreachable: '连不上服务器。请检查网络，稍后再试。',
    unavailable: '服务器暂时不能处理，请 {seconds} 秒后再试。',
    other: '没有成功：{detail}',
    server: '服务器出错，请稍后再试；仍不行请联系县级运维人员。',
  },
  {
    sign_in_needed: 'Please sign in first.',
    second_factor_needed: 'Now enter the 6 digits of your authenticator.',
    wrong_credentials: 'Login, password or code is wrong; check them and try again.',
    locked: 'Too many wrong attempts: the account is locked. Try again in {minutes} min, or ask an administrator to reset the password.',
    second_factor_unreadable: 'The second factor cannot be read: ask an administrator to remove it, then set it up anew.',
    second_factor_to_be_set_up: 'Administrators set up two-step sign-in before they use what administrators may.',
    password_to_be_changed: 'Change the first password before anything else.',
    not_permitted: 'You may not do this. If you need to, ask the administrator above you.',
    not_found: 'There is no such thing: it may have been removed or belong to another school. Reload and look again.',
    clash: 'Clash: {detail}',
    changed: 'Somebody changed this just now. The latest was read: check it and send again.',
    in_use: 'Not possible yet: {detail}',
    exists: 'There already: {detail}',
    begun: 'The lesson has begun or is cancelled, and cannot be changed any more.',
    lesson_closed: 'Not possible with this lesson: {detail}',
    too_early: 'Too early: the lesson can be entered from 30 minutes before its beginning on.',
    too_large: 'The file is too large: {detail}',
    media_type: 'Not a file that is read: choose Excel (.xlsx) or CSV.',
    too_many: 'As many as there may be: {detail}',
    invalid: 'Not valid: {detail}',
    rate_limited: 'Too fast: wait {seconds} s and try again.',
    oidc_off: 'There is no identity provider here: sign in with login and password.',
    oidc_again: 'That attempt no longer holds (it took too long, or another browser began it). Try again.',
    oidc_denied: 'You turned back at the identity provider.',
    oidc_unavailable: 'The identity provider cannot be used now. Try again later, or sign in with login and password.',
    oidc_refused: 'The identity provider’s answer was not accepted. Sign in again; if that does not help, call the county’s operators.',
    oidc_unknown: 'The identity provider knows you, but there is no account for you here. Ask your school’s administrator for one.',
    unreachable: 'The server cannot be reached. Check the network and try again.',
    unavailable: 'The server cannot do this just now: try again in {seconds} s.',
    other: 'It did not work: {detail}',
    server: 'The server failed. Try again later; if that does not help, call the county’s operators.',
  },
);

/** The texts, for the test of the dictionaries. */
export const problemWords = say;

const NAMES = new Set<string>(Object.keys(say.zh));

/** A refusal of the service, or a failure to reach it. */
export class ApiProblem extends Error {
  constructor(
    override readonly name: ProblemName,
    /** 0: nothing came back. */
    readonly status: number,
    /** The service's own words, in the language asked for. */
    readonly detail: string,
    /** From `Retry-After`, in seconds. */
    readonly retryAfter: number | null = null,
    /** The whole body, where it was JSON: an import's report is one. */
    readonly body: unknown = null,
  ) {
    super(`${name}${detail === '' ? '' : `: ${detail}`}`);
  }
}

/** A problem that an address names instead of an answer; null: of no known name. */
export function problemNamed(name: string): ApiProblem | null {
  return NAMES.has(name) ? new ApiProblem(name as ProblemName, 0, '') : null;
}

/** Reads `application/problem+json`; a body that is none still names what the status says. */
export function problemOf(status: number, body: unknown, retryAfter: string | null): ApiProblem {
  const { type, detail, title } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const named = typeof type === 'string' ? type.replace('urn:tongke:problem:', '') : '';
  const told = typeof detail === 'string' ? detail : typeof title === 'string' ? title : '';
  const name = NAMES.has(named) ? (named as ProblemName) : nameOfStatus(status, told);
  const seconds = retryAfter === null ? Number.NaN : Number(retryAfter);
  return new ApiProblem(name, status, told, Number.isFinite(seconds) ? seconds : null, body);
}

/** A refusal of a name that is not known here is told in the service's own words, where it has any. */
function nameOfStatus(status: number, told: string): ProblemName {
  const names: Record<number, ProblemName> = {
    401: 'sign_in_needed',
    403: 'not_permitted',
    404: 'not_found',
    412: 'changed',
    413: 'too_large',
    415: 'media_type',
    422: 'invalid',
    429: 'rate_limited',
    503: 'unavailable',
  };
  return names[status] ?? (status < 500 && told !== '' ? 'other' : 'server');
}

/** In words for people, in the language now shown. */
export function tell(problem: unknown): string {
  if (!(problem instanceof ApiProblem)) return say('server');
  const seconds = problem.retryAfter ?? 60;
  return say(problem.name, { detail: problem.detail, seconds, minutes: Math.max(1, Math.ceil(seconds / 60)) }).trim();
}
