import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { timeText } from '../ui/format';
import { BarrierGate, Gate } from '../ui/Gate';
import { LangSwitch } from '../ui/LangSwitch';
import { EmptyLesson } from './EmptyLesson';
import type { LessonHistory } from './history';
import { LessonCard } from './LessonCard';
import { FEW, placesOf } from './places';
import type { Poll } from './poll';
import { SearchLine } from './SearchLine';

export function App({ poll }: { poll: Poll }) {
  const problem = poll.problem.value;
  if (problem === 'forbidden') return <Forbidden />;
  // Who is not signed in is on the way to the sign-in page.
  if (problem === 'signed_out') return null;
  if (problem === 'token_invalid' || problem === 'token_expired' || problem === 'wrong_page')
    return <BarrierGate barrier={problem} onRetry={() => poll.now()} />;
  const lessons = poll.lessons.value;
  const answered = poll.answeredAt.value;
  return (
    <div class="board" data-test="board">
      <header class="board-head">
        <span class="brand">{t('brand')}</span>
        <h1>{t('title.operator')}</h1>
        <span class="spacer" />
        <span class={problem ? 'line line-lost' : 'line line-good'} data-test="poll-state">
          <span class="dot" aria-hidden="true" />
          {problem ? t(`poll.${problem}`) : t('poll.fine')}
        </span>
        <LangSwitch />
      </header>
      <div role="status" aria-live="polite">
        {problem && (
          <p class="banner" data-test="poll-problem">
            {t(`poll.${problem}.text`)} {answered !== null && t('poll.last', { time: timeText(answered) })}
          </p>
        )}
      </div>
      <main class={problem && answered !== null ? 'board-body outdated' : 'board-body'}>
        {lessons.size === 0 && !problem && (
          <section class="board-empty" data-test="no-lessons">
            <h2>{t(answered === null ? 'board.loading' : 'board.empty')}</h2>
            {answered !== null && <p class="muted">{t('board.empty_text')}</p>}
          </section>
        )}
        <Lessons lessons={[...lessons.values()]} poll={poll} />
      </main>
    </div>
  );
}

/** All lessons, or those searched for. */
function Lessons({ lessons, poll }: { lessons: readonly LessonHistory[]; poll: Poll }) {
  const [filter, setFilter] = useState('');
  const { cards, empty } = placesOf(lessons, filter);
  const shown = cards.length + empty.length;
  return (
    <>
      {(lessons.length > FEW || filter !== '') && (
        <SearchLine
          value={filter}
          onSearch={setFilter}
          label={t('board.filter')}
          shown={t('board.shown', { shown, total: lessons.length })}
          test={{ field: 'lesson-filter', shown: 'lessons-shown' }}
        />
      )}
      {cards.map((history) => (
        <LessonCard key={history.overview.lesson.id} history={history} poll={poll} />
      ))}
      {empty.length > 0 && (
        <section class="lesson-card" aria-label={t('board.nobody', { n: empty.length })} data-test="empty-lessons">
          <h2 class="empty-head">{t('board.nobody', { n: empty.length })}</h2>
          {empty.map(({ overview }) => (
            <EmptyLesson key={overview.lesson.id} overview={overview} poll={poll} />
          ))}
        </section>
      )}
    </>
  );
}

/** Somebody signed in who operates nothing. */
function Forbidden() {
  return (
    <Gate title={t('board.forbidden.title')} text={t('board.forbidden.text')} test="board-forbidden">
      <a class="button" href="/">
        {t('action.home')}
      </a>
    </Gate>
  );
}
