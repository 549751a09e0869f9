// Ways between the pages: to the sign-in page and back, to the page of a role, and into a lesson. Pure but for `leaveFor`.
import type { Who } from '../access/access';
import { homeOf } from '../access/pages';
import type { JoinView } from '../generated/api';

/** Where to go after signing in: back to where one was sent from, or to the page of the role. */
export function afterSignIn(session: Who, back: string | null): string {
  return back ?? homeOf(session);
}

/** `/signin?back=…` for a page's own path; the fragment stays with the browser's tab, never in the query. */
export function signInAddress(path: string, search = ''): string {
  return `/signin?back=${encodeURIComponent(path + search)}`;
}

/** The way back that a sign-in address names: a path of our own, never another site. */
export function backOf(search: string): string | null {
  const back = new URLSearchParams(search).get('back');
  if (back === null || !/^\/(?![/\\])[^\s\\]*$/.test(back) || back.startsWith('/signin')) return null;
  return back;
}

/** Where the tab's store keeps from which page a lesson was entered. */
export const CAME_FROM = 'tongke.came_from';

/** The address of the page a lesson is joined on, or null where it is none of ours. The token stands in the fragment, which no server log sees. */
export function lessonAddress(join: JoinView, origin: string): string | null {
  const page = new URL(join.page, origin);
  if (page.origin !== origin) return null;
  return `${page.pathname}${page.search}#token=${encodeURIComponent(join.token)}`;
}
