import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { type Home, homesOf, pageName } from '../access/pages';
import type { SessionView } from '../generated/api';
import { t } from '../i18n';
import { LangSwitch } from '../ui/LangSwitch';
import { begin, said, session, sessionProblem, signOut } from './desk';
import { ProblemNote } from './load';
import { o } from './words';

const SAID_MS = 7_000;

/** What a page is called: by what it is to the person, once that is known. */
export function titleOf(page: Home): string {
  const view = session.value;
  return o(`page.${view ? pageName(view, page) : PLAIN[page]}`);
}

const PLAIN = { '/teacher': 'teacher', '/school': 'school', '/county': 'county' } as const;

/** The frame of a page at a desk: what page, whose, the way to the other pages and out. */
export function Shell({ page, children }: { page: Home; children: (session: SessionView) => ComponentChildren }) {
  useEffect(() => void begin(), []);
  const view = session.value;
  return (
    <div class="office">
      <header class="office-head">
        <a class="brand" href="/">
          {t('brand')}
        </a>
        <nav class="office-nav" aria-label={o('nav.label')}>
          {view ? (
            homesOf(view).map((home) => (
              <a
                key={home}
                href={home}
                class={home === page ? 'current' : ''}
                aria-current={home === page ? 'page' : undefined}
                data-test={`nav-${home.slice(1)}`}
              >
                {o(`page.${pageName(view, home)}`)}
              </a>
            ))
          ) : (
            <span class="current">{titleOf(page)}</span>
          )}
        </nav>
        <span class="spacer" />
        {view && (
          <span class="office-who ellipsis" title={`${view.person.name} ${view.school_name ?? ''}`} data-test="who">
            {view.person.name}
            {view.school_name && <span class="muted"> · {view.school_name}</span>}
          </span>
        )}
        <LangSwitch />
        {view && (
          <button type="button" class="button quiet small" onClick={() => void signOut()} data-test="sign-out">
            {o('sign.out')}
          </button>
        )}
      </header>
      <main class="office-body">
        {sessionProblem.value !== null && <ProblemNote problem={sessionProblem.value} onRetry={() => void begin()} />}
        {view ? children(view) : sessionProblem.value === null && <p class="office-loading">{o('loading')}</p>}
      </main>
      <Said />
    </div>
  );
}

function Said() {
  const last = said.value;
  useEffect(() => {
    if (!last) return;
    const timer = setTimeout(() => {
      said.value = null;
    }, SAID_MS);
    return () => clearTimeout(timer);
  }, [last]);
  return (
    <div class="office-said" role="status" aria-live="polite">
      {last && (
        <p class={`said ${last.kind}`} data-test="said">
          {last.text}
        </p>
      )}
    </div>
  );
}
