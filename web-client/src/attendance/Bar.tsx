import type { ComponentChildren } from 'preact';
import { clockOf } from '../api/zone';
import type { AttendanceView } from '../generated/api';
import { zone } from '../office/desk';
import { o } from '../office/words';
import { shareText } from '../ui/format';
import { type Column, columnsOf, isPoor, momentsOf, type Period, percentOf, presenceOf, type Span, ticksOf } from './bar';
import { durationText } from './text';
import { flowOf } from './verdict';
import { a } from './words';

const MINUTE = 60_000;
/** Of the bars of minutes, in pixels. */
const HEIGHT = 22;
/** Comings and goings that are written out. */
const TOLD = 6;

interface Props {
  row: AttendanceView;
  period: Period;
  span: Span;
  now: number;
  /** Something was expected or came from it. */
  sends: boolean;
}

/** Presence and, minute by minute, what came and went, over the period; then the same in words. */
export function Bar({ row, period, span, now, sends }: Props) {
  const columns = columnsOf(row.minutes);
  const told = momentsText(row);
  const { received_s, sent_s } = flowOf(row, period);
  const label = a('bar.label', {
    from: clockOf(period.start_ms, zone()),
    to: clockOf(period.end_ms, zone()),
    moments: told,
    received: durationText(received_s),
    sent: durationText(sent_s),
  });
  const common = { period, span, now };
  return (
    <>
      <div class="record-bar" role="img" aria-label={label} data-test="record-bar">
        <span class="muted">{a('lane.there')}</span>
        <Lane {...common} height={12}>
          {presenceOf(row.intervals, period, now).map((piece) => (
            <rect key={`${piece.kind} ${piece.from}`} class={`piece ${piece.kind}`} {...placed(span, piece)} y="0" height="12" data-piece={piece.kind} />
          ))}
        </Lane>
        <span class="muted">{a('lane.received')}</span>
        <Lane {...common} height={HEIGHT}>
          {columns.map((column) => (
            <Minute key={column.at} {...common} column={column} seconds={column.received_s} look={isPoor(column, period, now) ? 'received poor' : 'received'} />
          ))}
        </Lane>
        {sends && (
          <>
            <span class="muted">{a('lane.sent')}</span>
            <Lane {...common} height={HEIGHT}>
              {columns.map((column) => (
                <Minute key={column.at} {...common} column={column} seconds={column.sent_s} look="sent" />
              ))}
            </Lane>
          </>
        )}
        <span />
        <Axis period={period} span={span} />
      </div>
      <p class="muted small-text record-moments" data-test="record-moments">
        {told}
      </p>
    </>
  );
}

/** `08:18 进入、08:41 断开`. */
function momentsText({ intervals }: AttendanceView): string {
  const moments = momentsOf(intervals);
  if (moments.length === 0) return a('moments.none');
  const named = moments.slice(0, TOLD).map(({ at, kind }) => a(`moment.${kind}`, { time: clockOf(at, zone()) }));
  return named.join(o('people')) + (moments.length > TOLD ? ` ${a('moments.more', { n: intervals.length })}` : '');
}

function placed(span: Span, { from, to }: Span): { x: string; width: string } {
  const x = percentOf(span, from);
  return { x: `${x}%`, width: `${Math.max(0, percentOf(span, to) - x)}%` };
}

interface LaneProps {
  period: Period;
  span: Span;
  now: number;
  height: number;
  children: ComponentChildren;
}

/** The ground of a bar: the period, its tens of minutes, and now while it lasts. */
function Lane({ period, span, now, height, children }: LaneProps) {
  const line = (at: number) => ({ x1: `${percentOf(span, at)}%`, x2: `${percentOf(span, at)}%`, y1: 0, y2: height });
  return (
    <svg class="record-lane" width="100%" height={height} aria-hidden="true">
      <rect class="period" {...placed(span, { from: period.start_ms, to: period.end_ms })} y="0" height={height} />
      {ticksOf(period).map((at) => (
        <line key={at} class="tick" {...line(at)} />
      ))}
      {children}
      {now > period.start_ms && now < period.end_ms && <line class="now" {...line(now)} />}
    </svg>
  );
}

/** A minute as a column: the higher, the more of its seconds. */
function Minute({ column, seconds, look, span }: { column: Column; seconds: number; look: string; span: Span }) {
  const height = (HEIGHT * seconds) / 60;
  const { at, received_s, sent_s, loss, rtt_ms } = column;
  if (at + MINUTE <= span.from || at >= span.to) return null;
  const title =
    a('minute.title', { time: clockOf(at, zone()), received: received_s, sent: sent_s }) +
    (loss > 0 ? a('minute.loss', { share: shareText(loss) }) : '') +
    (rtt_ms === null ? '' : a('minute.rtt', { ms: rtt_ms }));
  return (
    <rect class={`minute ${look}`} {...placed(span, { from: at, to: at + MINUTE })} y={HEIGHT - height} height={height}>
      <title>{title}</title>
    </rect>
  );
}

/** The bells, and the tens of minutes between them. */
function Axis({ period, span }: { period: Period; span: Span }) {
  const text = (at: number, look: string) => (
    <text key={at} class={look} x={`${percentOf(span, at)}%`} y="12" text-anchor="middle">
      {clockOf(at, zone())}
    </text>
  );
  return (
    <svg class="record-axis" width="100%" height="16" aria-hidden="true">
      {text(period.start_ms, 'bell')}
      {ticksOf(period).map((at) => text(at, 'tick'))}
      {text(period.end_ms, 'bell')}
    </svg>
  );
}
