import type { ComponentChildren } from 'preact';
import { clockOf } from '../api/zone';
import type { AttendanceView, PlannedLessonView } from '../generated/api';
import { session, zone } from '../office/desk';
import { percentText } from '../office/format';
import { shareText } from '../ui/format';
import { Bar } from './Bar';
import { columnsOf, lateMs, type Span, worstOf } from './bar';
import { Count } from './Count';
import { durationText, placeText } from './text';
import { actsOf, flowOf, mayCount, moodOf, type Verdict, verdictOf } from './verdict';
import { a } from './words';

interface Props {
  lesson: PlannedLessonView;
  row: AttendanceView;
  /** What the bars of all classrooms reach over. */
  span: Span;
  /** The service's time of what is shown. */
  now: number;
  onCounted: () => void;
}

/** One receiving classroom of a lesson: the verdict with what to do about it, the bar, the figures. */
export function Classroom({ lesson, row, span, now, onCounted }: Props) {
  const verdict = verdictOf(row, lesson, now);
  const mood = moodOf(verdict, lesson, now);
  const interactive = lesson.receivers.find(({ classroom }) => classroom === row.place.classroom)?.interactive ?? false;
  const sends = interactive || row.minutes.some(({ sent_s }) => sent_s > 0);
  const hint = hintOf(verdict, mood === 'bad' || mood === 'warn' || verdict === 'waiting');
  return (
    <article class={`record-classroom ${mood}`} data-test="record-row" data-classroom={row.place.classroom} data-verdict={verdict}>
      <div class="record-head">
        <h4>
          {placeText(row.place)}
          {!interactive && <span class="muted small-text"> {a('listen_only')}</span>}
        </h4>
        <span class={`pill record-${mood}`} data-test="record-verdict">
          {a(`verdict.${verdict}`, { cause: row.delivery?.cause ?? '' })}
        </span>
      </div>
      {hint !== null && <p class="record-hint">{hint}</p>}
      {(row.intervals.length > 0 || row.minutes.length > 0) && <Bar row={row} period={lesson} span={span} now={now} sends={sends} />}
      <Figures lesson={lesson} row={row} now={now} sends={sends} onCounted={onCounted} />
    </article>
  );
}

function hintOf(verdict: Verdict, needed: boolean): string | null {
  switch (verdict) {
    case 'power':
    case 'network':
    case 'absent':
    case 'partly':
    case 'host':
    case 'away':
    case 'never':
    case 'waiting':
      return needed ? a(`hint.${verdict}`) : null;
    default:
      return null;
  }
}

/** The figures; those that say nothing are left out. */
function Figures({ lesson, row, now, sends, onCounted }: Omit<Props, 'span'> & { sends: boolean }) {
  const { received_s, sent_s, planned_s } = flowOf(row, lesson);
  const acts = actsOf(row);
  const worst = worstOf(columnsOf(row.minutes));
  const freeze_s = row.minutes.reduce((sum, { freeze_ms }) => sum + freeze_ms, 0) / 1000;
  const at = (what: string, ms: number) => a('worst.at', { what, time: clockOf(ms, zone()) });
  const counts = session.value !== null && mayCount(session.value, lesson, row.place);
  const came = row.intervals.length > 0;
  /** Name, value, whether it is shown, how wide it is. */
  const facts: [string, ComponentChildren, boolean, string?][] = [
    [a('fact.punctual'), punctualText(row, lesson, now), true],
    [a('fact.heads'), <Count key="heads" lesson={lesson.id} place={row.place} count={row.headcount} may={counts} onCounted={onCounted} />, true],
    [
      a('fact.received'),
      a('of', { part: durationText(received_s), whole: durationText(planned_s), share: percentText(planned_s > 0 ? received_s / planned_s : null) }),
      came,
    ],
    [a('fact.sent'), durationText(sent_s), came && sends],
    [a('fact.acts'), actsText(acts), came && sends, 'broad'],
    [a('fact.loss'), worst.loss && at(shareText(worst.loss.loss), worst.loss.at), worst.loss !== null],
    [a('fact.rtt'), worst.rtt && at(a('rtt.ms', { ms: worst.rtt.rtt_ms ?? 0 }), worst.rtt.at), worst.rtt !== null],
    [a('fact.freeze'), durationText(freeze_s), freeze_s >= 1],
    [a('fact.fault'), durationText(row.delivery?.fault_s ?? 0), (row.delivery?.fault_s ?? 0) > 0],
  ];
  return (
    <dl class="record-facts">
      {facts
        .filter(([, , shown]) => shown)
        .map(([name, value, , look]) => (
          <div key={name} class={look}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

function punctualText({ delivery, intervals }: AttendanceView, lesson: PlannedLessonView, now: number): string {
  if (delivery?.punctual) return a('punctual.yes');
  const late = lateMs(intervals, lesson, now);
  if (late === null) return a(delivery || lesson.end_ms <= now ? 'punctual.never' : 'punctual.waiting');
  // As the service has it: there within a minute of the bell.
  return late <= 60_000 ? a('punctual.yes') : a('punctual.late', { n: Math.ceil(late / 60_000) });
}

/** `举手 2 · 点名 1 · 回答 1（20 秒） · 发言 45 秒`. */
function actsText({ hands, calls, answers, speech_ms, answers_ms }: ReturnType<typeof actsOf>): string {
  const counted = a('acts', { hands, calls, answers });
  const acts = answers_ms > 0 ? a('acts.answered', { acts: counted, time: durationText(answers_ms / 1000) }) : counted;
  return speech_ms > 0 ? a('acts.spoke', { acts, time: durationText(speech_ms / 1000) }) : acts;
}
