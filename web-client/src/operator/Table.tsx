import { useState } from 'preact/hooks';
import { type Key, t } from '../i18n';
import { bitsText, shareText } from '../ui/format';
import { Chart } from './Chart';
import { type Column, healthOf, lossLevel, type Row, rttLevel } from './history';

/** Height of a row, as in the style sheet. */
const ROW = 44;
/** Rows seen at once; more are scrolled, and only those seen are painted. */
const SEEN = 12;
const SPARE = 3;

const COLUMNS: readonly { column: Column; label: Key }[] = [
  { column: 'worst', label: 'column.state' },
  { column: 'name', label: 'column.name' },
  { column: 'role', label: 'column.role' },
  { column: 'up', label: 'column.up' },
  { column: 'down', label: 'column.down' },
  { column: 'up_loss', label: 'column.up_loss' },
  { column: 'down_loss', label: 'column.down_loss' },
  { column: 'rtt', label: 'column.rtt' },
];

/** The participants; two hundred cost no more than twenty. */
export function Table({ rows, column, onColumn }: { rows: readonly Row[]; column: Column; onColumn: (column: Column) => void }) {
  const [top, setTop] = useState(0);
  const first = Math.max(0, Math.min(Math.floor(top / ROW), rows.length - SEEN) - SPARE);
  const seen = rows.slice(first, first + SEEN + 2 * SPARE);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable with the keyboard
    <div class="table" style={{ maxHeight: `${(SEEN + 1) * ROW}px` }} onScroll={(event) => setTop(event.currentTarget.scrollTop)} tabIndex={0}>
      <table aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            {COLUMNS.map((entry) => (
              <HeadCell key={entry.column} {...entry} chosen={column === entry.column} onChoose={onColumn} />
            ))}
            <th scope="col" class="col-chart">
              {t('column.chart')}
            </th>
            <th scope="col" class="col-layers">
              {t('column.layers')}
            </th>
          </tr>
        </thead>
        <tbody>
          <Gap rows={first} />
          {seen.map((row, index) => (
            <Line key={row.participant.id} row={row} index={first + index} />
          ))}
          <Gap rows={rows.length - first - seen.length} />
        </tbody>
      </table>
      {rows.length === 0 && <p class="muted table-empty">{t('table.empty')}</p>}
    </div>
  );
}

/** The room of rows that are not painted. */
function Gap({ rows }: { rows: number }) {
  return rows > 0 ? <tr style={{ height: `${rows * ROW}px` }} /> : null;
}

function HeadCell({ column, label, chosen, onChoose }: { column: Column; label: Key; chosen: boolean; onChoose: (column: Column) => void }) {
  return (
    <th scope="col" class={`col-${column}`} aria-sort={chosen ? (column === 'name' || column === 'role' ? 'ascending' : 'descending') : 'none'}>
      <button type="button" class={chosen ? 'sort chosen' : 'sort'} onClick={() => onChoose(column)} data-test={`sort-${column}`}>
        {t(label)}
      </button>
    </th>
  );
}

function Line({ row, index }: { row: Row; index: number }) {
  const { participant, stats, points } = row;
  return (
    <tr aria-rowindex={index + 2} data-test="row" data-participant={participant.id}>
      <td>
        <State row={row} />
      </td>
      <td class="ellipsis" title={participant.name}>
        {participant.name}
      </td>
      <td>{t(`role.${participant.role}`)}</td>
      <td class="figure up" data-test="up">
        {stats ? bitsText(stats.up_bps) : '–'}
      </td>
      <td class="figure down" data-test="down">
        {stats ? bitsText(stats.down_bps) : '–'}
      </td>
      <td class={`figure level-${lossLevel(stats?.up_loss ?? 0)}`}>{stats ? shareText(stats.up_loss) : '–'}</td>
      <td class={`figure level-${lossLevel(stats?.down_loss ?? 0)}`}>{stats ? shareText(stats.down_loss) : '–'}</td>
      <td class={`figure level-${rttLevel(stats?.rtt_ms ?? null)}`}>{rttText(stats?.rtt_ms ?? null)}</td>
      <td>
        <Chart points={points} label={t('column.chart')} area={false} />
      </td>
      <td class="layers ellipsis" title={t('layers.text')}>
        {stats?.layers.map((layer) => (
          <code key={layer.slot}>
            {layer.slot}:{layer.spatial}.{layer.temporal}
          </code>
        ))}
      </td>
    </tr>
  );
}

function rttText(ms: number | null): string {
  return ms === null ? '–' : `${Math.round(ms)} ms`;
}

function State({ row }: { row: Row }) {
  const health = healthOf(row);
  return (
    <span class="state">
      <span class={`dot health-${health}`} aria-hidden="true" />
      {t(`health.${health}`)}
      {row.stats?.path && <span class={row.stats.path === 'tcp' ? 'path tcp' : 'path'}>{row.stats.path.toUpperCase()}</span>}
    </span>
  );
}
