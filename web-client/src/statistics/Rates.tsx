import type { StatisticsRow } from '../generated/api';
import { percentText } from '../office/format';
import { o } from '../office/words';
import { Causes } from './Causes';
import { type By, LOW } from './choice';
import { w } from './words';

/** Opens the lessons behind a row's figures; null: they cannot be listed. */
export type Behind = (row: StatisticsRow, name: string) => (() => void) | null;

/** The figures of everything together. */
export function Total({ total, behind }: { total: StatisticsRow; behind: Behind }) {
  const figures = [
    [w('stat.opening_rate'), percentText(total.opening_rate)],
    [w('stat.delivered'), `${total.delivered} / ${total.planned}`],
    [w('stat.punctuality'), percentText(total.punctuality)],
    [w('stat.coverage'), percentText(total.coverage)],
    [w('stat.interaction'), percentText(total.interaction)],
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
      <div class="missed-total" data-test="missed-total">
        <dt>{w('missed.total')}</dt>
        <dd>
          <Causes row={total} name={w('missed.all')} onOpen={behind(total, w('missed.all'))} />
        </dd>
      </div>
    </dl>
  );
}

/** A line for each of what is summed by. */
export function RateTable({ rows, by, behind }: { rows: readonly StatisticsRow[]; by: By; behind: Behind }) {
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
            <th>{w('stat.missed')}</th>
            <th class="number">{w('stat.punctuality')}</th>
            <th class="number">{w('stat.coverage')}</th>
            <th class="number">{w('stat.interaction')}</th>
            <th class="number">{w('stat.fault_minutes')}</th>
            <th class="number">{w('stat.headcount')}</th>
            {lessons && <th class="number">{w('stat.lessons')}</th>}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.key} data-test="rate" data-key={row.key}>
              <td>{nameOf(row, by)}</td>
              <td>
                <Rate share={row.opening_rate} />
              </td>
              <td class="number">
                {row.delivered} / {row.planned}
              </td>
              <td class="causes-column">
                <Causes row={row} name={nameOf(row, by)} onOpen={behind(row, nameOf(row, by))} />
              </td>
              <td class="number">{percentText(row.punctuality)}</td>
              <td class="number">{percentText(row.coverage)}</td>
              <td class="number">{percentText(row.interaction)}</td>
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

function nameOf({ key, name }: StatisticsRow, by: By): string {
  return by === 'week' ? o('week', { n: key }) : name || w('stat.unknown');
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
