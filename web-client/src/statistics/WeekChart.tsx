import type { StatisticsRow } from '../generated/api';
import { percentText } from '../office/format';
import { o } from '../office/words';
import { LOW } from './choice';
import { w } from './words';

const HEIGHT = 180;
const STEP = 84;
const LEFT = 44;
const TOP = 22;

/** The opening rate week by week, as columns; weeks that are still to come have none. */
export function WeekChart({ rows }: { rows: readonly StatisticsRow[] }) {
  const width = LEFT + rows.length * STEP;
  const y = (share: number) => TOP + HEIGHT * (1 - share);
  return (
    <figure class="office-card week-chart">
      <svg viewBox={`0 0 ${width} ${HEIGHT + TOP + 28}`} role="img" aria-label={w('stat.chart')} data-test="week-chart">
        <title>{w('stat.chart')}</title>
        {[0, 0.2, 0.4, 0.6, 0.8, 1].map((share) => (
          <g key={share} class={share === LOW ? 'grid-line mark' : 'grid-line'}>
            <line x1={LEFT} x2={width} y1={y(share)} y2={y(share)} />
            <text x={LEFT - 6} y={y(share) + 4} text-anchor="end">
              {Math.round(share * 100)}%
            </text>
          </g>
        ))}
        {rows.map((row, index) => {
          const x = LEFT + index * STEP + STEP / 2;
          const share = row.opening_rate;
          return (
            <g key={row.key}>
              {share !== null && (
                <>
                  <rect class={share < LOW ? 'column low' : 'column'} x={x - 18} width={36} y={y(share)} height={HEIGHT * share} rx={3} />
                  <text class="value" x={x} y={y(share) - 6} text-anchor="middle">
                    {percentText(share)}
                  </text>
                </>
              )}
              <text x={x} y={TOP + HEIGHT + 20} text-anchor="middle">
                {o('week', { n: row.key })}
              </text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}
