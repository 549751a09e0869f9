import { t } from '../i18n';
import { timeText } from '../ui/format';
import { BarrierGate, Gate } from '../ui/Gate';
import { LangSwitch } from '../ui/LangSwitch';
import { LessonCard } from './LessonCard';
import type { Poll } from './poll';

export function App({ poll }: { poll: Poll }) {
  const problem = poll.problem.value;
  if (problem === 'forbidden') return <Forbidden />;
  // Who is not signed in is on the way to the sign-in page.
  if (problem === 'unauthorized') return poll.mayOrder ? null : <BarrierGate barrier="token_expired" onRetry={() => poll.now()} />;
  const lessons = [...poll.lessons.value.values()];
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
        {lessons.length === 0 && !problem && (
          <section class="board-empty" data-test="no-lessons">
            <h2>{t(answered === null ? 'board.loading' : 'board.empty')}</h2>
            {answered !== null && <p class="muted">{t('board.empty_text')}</p>}
          </section>
        )}
        {lessons.map((lesson) => (
          <LessonCard key={lesson.overview.lesson.id} history={lesson} poll={poll} />
        ))}
      </main>
    </div>
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
