import { useState } from 'preact/hooks';
import { t } from '../i18n';
import { bitsText, clockText } from '../ui/format';
import { useNow } from '../ui/hooks';
import { Chart } from './Chart';
import { scaleOf } from './chart';
import { HostSchool } from './HostSchool';
import { arrange, type Column, healthOf, type LessonHistory } from './history';
import { Orders } from './Orders';
import type { Poll } from './poll';
import { SearchLine } from './SearchLine';
import { Table } from './Table';

/** One live lesson: its counters, its bits, its people. */
export function LessonCard({ history, poll }: { history: LessonHistory; poll: Poll }) {
  const { lesson, host_school } = history.overview;
  const [filter, setFilter] = useState('');
  const [column, setColumn] = useState<Column>('worst');
  const rows = arrange(history.rows, filter, column);
  const now = useNow(1000);
  const seconds = lesson.live_since_ms === null ? null : Math.max(0, Math.floor((now - lesson.live_since_ms) / 1000));
  return (
    <section class="lesson-card" data-test="lesson" data-lesson={lesson.id} aria-label={lesson.title}>
      <header class="lesson-head">
        <h2 class="ellipsis" title={lesson.title}>
          {lesson.title}
        </h2>
        <HostSchool name={host_school} />
        <span class={`pill state-${lesson.state}`} data-state={lesson.state}>
          {t(`lesson.${lesson.state}`)}
        </span>
        <span class="clock">{clockText(seconds)}</span>
        <span class="muted small-text ellipsis lesson-id" title={lesson.id}>
          {lesson.id}
        </span>
      </header>
      {poll.mayOrder && <Orders lesson={lesson} poll={poll} />}
      <div class="lesson-figures">
        <Counters history={history} />
        <Totals history={history} />
      </div>
      <SearchLine
        value={filter}
        onSearch={setFilter}
        label={t('table.filter')}
        shown={t('table.shown', { shown: rows.length, total: history.rows.length })}
        test={{ field: 'filter', shown: 'shown' }}
      />
      <Table rows={rows} column={column} onColumn={setColumn} />
    </section>
  );
}

function Counters({ history }: { history: LessonHistory }) {
  const { rows } = history;
  const classrooms = rows.filter((row) => row.participant.role === 'classroom');
  const figures = [
    { label: t('counter.online'), value: `${classrooms.filter((row) => row.participant.online).length} / ${classrooms.length}`, test: 'count-classrooms' },
    { label: t('counter.media'), value: String(rows.filter((row) => row.participant.media).length), test: 'count-media' },
    { label: t('counter.trouble'), value: String(rows.filter((row) => !['good', 'watching'].includes(healthOf(row))).length), test: 'count-trouble' },
    { label: t('counter.tcp'), value: String(rows.filter((row) => row.stats?.path === 'tcp').length), test: 'count-tcp' },
  ];
  return (
    <dl class="counters">
      {figures.map(({ label, value, test }) => (
        <div key={test}>
          <dt>{label}</dt>
          <dd data-test={test}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Totals({ history }: { history: LessonHistory }) {
  const last = history.totals[history.totals.length - 1] ?? { up: 0, down: 0 };
  return (
    <figure class="totals">
      <figcaption>
        <span class="key up">
          {t('total.up')} <b data-test="total-up">{bitsText(last.up)}bit/s</b>
        </span>
        <span class="key down">
          {t('total.down')} <b data-test="total-down">{bitsText(last.down)}bit/s</b>
        </span>
        <span class="muted small-text">{t('total.scale', { scale: `${bitsText(scaleOf(history.totals))}bit/s` })}</span>
      </figcaption>
      <Chart points={history.totals} label={t('total.chart')} area />
    </figure>
  );
}
