import type { StatisticsRow } from '../generated/api';
import { percentText } from '../office/format';
import { o } from '../office/words';
import { type By, LOW } from './choice';
import { w } from './words';

/** The figures of everything together. */
export function Total({ total }: { total: StatisticsRow }) {
  const figures = [
    [w('stat.opening_rate'), percentText(total.opening_rate)],
    [w('stat.delivered'), `${total.delivered} / ${total.planned}`],
    [w('stat.punctuality'), percentText(total.punctuality)],
    [w('stat.coverage'), percentText(total.coverage)],
    [w('stat.interaction'), percentText(total.interaction)],
    [w('stat.cancelled'), String(total.cancelled)],
    [w('stat.fault_minutes'), String(total.fault_minutes)],
    [w('stat.headcount'), String(total.headcount)],
    ...(total.lessons === null ? [] : [[w('stat.lessons'), String(total.lessons)] as const]),
  ] as const;
  return (
    <dl class="figures" data-test="total">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A line for each of what is summed by. */
export function RateTable({ rows, by }: { rows: readonly StatisticsRow[]; by: By }) {
  // The service counts them where it is asked who taught.
  const lessons = rows.some((row) => row.lessons !== null);
  return (
    <div class="office-table-box">
      <table class="office-table rates">
        <thead>
          <tr>
            <th>{w(`of.${by}`)}</th>
            <th class="rate-column">{w('stat.opening_rate')}</th>
            <th class="number">{w('stat.delivered')}</th>
            <th class="number">{w('stat.punctuality')}</th>
            <th class="number">{w('stat.coverage')}</th>
            <th class="number">{w('stat.interaction')}</th>
            <th class="number">{w('stat.cancelled')}</th>
            <th class="number">{w('stat.fault_minutes')}</th>
            <th class="number">{w('stat.headcount')}</th>
            {lessons && <th class="number">{w('stat.lessons')}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-test="rate" data-key={row.key}>
              <td>{by === 'week' ? o('week', { n: row.key }) : row.name || w('stat.unknown')}</td>
              <td>
                <Rate share={row.opening_rate} />
              </td>
              <td class="number">
                {row.delivered} / {row.planned}
              </td>
              <td class="number">{percentText(row.punctuality)}</td>
              <td class="number">{percentText(row.coverage)}</td>
              <td class="number">{percentText(row.interaction)}</td>
              <td class="number">{row.cancelled}</td>
              <td class="number">{row.fault_minutes}</td>
              <td class="number">{row.headcount}</td>
              {lessons && <td class="number">{row.lessons}</td>}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** A rate as a bar with its figure; a low one is marked in words too. */
function Rate({ share }: { share: number | null }) {
  const low = share !== null && share < LOW;
  return (
    <span class={low ? 'rate low' : 'rate'} title={low ? w('stat.low') : undefined}>
      <span class="rate-bar" aria-hidden="true">
        <span style={{ width: `${Math.round((share ?? 0) * 100)}%` }} />
      </span>
      <strong>{percentText(share)}</strong>
    </span>
  );
}
