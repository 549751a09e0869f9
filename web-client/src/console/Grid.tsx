import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { classTiles } from '../session';
import { useLesson } from '../ui/context';
import { Tile } from './Tile';

/** Tiles on one page, and on one of a small screen. */
const PAGE = 8;
const SMALL_PAGE = 6;
/** As in the style sheet. */
const SMALL = '(max-width: 1200px)';

/** The classes, a few a page; those on stage come first, and the one that has the floor is large. */
export function Grid() {
  const { session } = useLesson();
  const perPage = useMatch(SMALL) ? SMALL_PAGE : PAGE;
  const [wanted, setPage] = useState(0);
  const classes = classTiles(session.value);
  const pages = Math.max(1, Math.ceil(classes.length / perPage));
  const page = Math.min(wanted, pages - 1);
  const shown = classes.slice(page * perPage, (page + 1) * perPage);
  const { floor } = session.value;
  return (
    <section class="classes" aria-label={t('classes.heading')}>
      {classes.length === 0 ? (
        <div class="classes-empty" data-test="no-classes">
          <h2>{t('classes.empty')}</h2>
          <p>{t('classes.empty_text')}</p>
        </div>
      ) : (
        <div
          class={`grid ${shape(
            shown.length,
            shown.some((p) => p.id === floor),
          )}`}
          data-test="grid"
        >
          {shown.map((participant) => (
            <Tile key={participant.id} participant={participant} />
          ))}
        </div>
      )}
      {pages > 1 && <Pager page={page} pages={pages} total={classes.length} onPage={setPage} />}
    </section>
  );
}

/** Whether the screen is as `query` says, also when that changes. */
function useMatch(query: string): boolean {
  const [list] = useState(() => matchMedia(query));
  const [matches, setMatches] = useState(list.matches);
  useEffect(() => {
    const look = () => setMatches(list.matches);
    // Safari 13 knows no other way.
    list.addListener(look);
    return () => list.removeListener(look);
  }, [list]);
  return matches;
}

/** The grid's class: beside a large tile the others stand in one column, or around it in four. */
function shape(count: number, large: boolean): string {
  if (count <= 1) return 'of-1';
  if (large) return count <= 4 ? 'beside-large' : 'around-large';
  return count <= 4 ? 'of-4' : count <= 6 ? 'of-6' : 'of-9';
}

function Pager({ page, pages, total, onPage }: { page: number; pages: number; total: number; onPage: (page: number) => void }) {
  return (
    <nav class="pager" aria-label={t('pager.label')}>
      <button type="button" class="button small" disabled={page === 0} onClick={() => onPage(page - 1)} data-test="page-before">
        {t('pager.before')}
      </button>
      <span data-test="page">{t('pager.page', { page: page + 1, pages, total })}</span>
      <button type="button" class="button small" disabled={page === pages - 1} onClick={() => onPage(page + 1)} data-test="page-next">
        {t('pager.next')}
      </button>
    </nav>
  );
}
