import { homeOf, pageName } from '../access/pages';
import type { SessionView } from '../generated/api';
import { o } from './words';

/** There is nothing here for the person; the way to the page that is theirs. */
export function NotYours({ session }: { session: SessionView }) {
  const home = homeOf(session);
  return (
    <p class="office-note plain" data-test="not-yours">
      {o('page.not_yours')}{' '}
      <a href={home} data-test="own-page">
        {o('page.go', { page: o(`page.${pageName(session, home)}`) })}
      </a>
    </p>
  );
}
