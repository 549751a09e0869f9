import { clockOf } from '../api/zone';
import { RecordButton } from '../attendance/Dialog';
import type { PlannedLessonView, ReceiverView } from '../generated/api';
import { timesText } from '../office/format';
import { useJoin } from '../office/join';
import { ProblemNote } from '../office/load';
import { o } from '../office/words';
import { isOpen, OPENS_MS } from './next';
import { w } from './words';

interface Props {
  lesson: PlannedLessonView;
  me: string;
  zone: string;
  now: number;
  /** The one that matters now. */
  large: boolean;
}

/** A lesson of today; the one that matters now has the one big button. */
export function LessonToday({ lesson, me, zone, now, large }: Props) {
  const { join, going, problem } = useJoin();
  const assists = lesson.teacher?.id !== me;
  const words = isOpen(lesson) && lesson.state !== 'open' ? w('go_on') : assists ? w('assist') : w('start');
  return (
    <article class={`today-lesson state-${lesson.state}${large ? ' large' : ''}`} data-test="today-lesson" data-lesson={lesson.id}>
      <div class="today-when">
        {large && <span class="today-label">{w(lesson.state === 'live' || lesson.state === 'paused' ? 'now.label' : 'next.label')}</span>}
        <strong>{clockOf(lesson.start_ms, zone)}</strong>
        <span class="muted">{timesText(lesson, zone)}</span>
        {lesson.period !== null && <span class="muted">{o('period', { n: lesson.period })}</span>}
      </div>
      <div class="today-what">
        <h2>{lesson.title}</h2>
        <p class="today-tags">
          <span class={`pill state-${lesson.state}`}>{o(`state.${lesson.state}`)}</span>
          {lesson.kind && <span class="pill">{o(`kind.${lesson.kind}`)}</span>}
        </p>
        <Places lesson={lesson} whole={large} />
        {lesson.reason !== null && lesson.reason !== '' && (
          <p class="office-note today-reason">{w(lesson.state === 'cancelled' ? 'cancelled' : 'changed', { reason: lesson.reason })}</p>
        )}
        {problem !== null && <ProblemNote problem={problem} />}
      </div>
      <div class="today-go">
        {isOpen(lesson) ? (
          <button
            type="button"
            class={large ? 'button primary today-button' : 'button primary'}
            disabled={going}
            onClick={() => void join(lesson.id)}
            data-test="start"
          >
            {words}
          </button>
        ) : (
          <Waiting lesson={lesson} now={now} zone={zone} />
        )}
      </div>
    </article>
  );
}

function Waiting({ lesson, now, zone }: { lesson: PlannedLessonView; now: number; zone: string }) {
  if (lesson.state === 'ended') {
    return (
      <>
        <span class="muted today-over">{w('over')}</span>
        <RecordButton lesson={lesson} />
      </>
    );
  }
  if (lesson.state !== 'scheduled') return null;
  const opens = lesson.start_ms - OPENS_MS;
  const minutes = Math.max(1, Math.ceil((opens - now) / 60_000));
  const time = clockOf(opens, zone);
  return <span class="muted">{minutes <= 60 ? w('opens', { time, minutes }) : w('opens.later', { time })}</span>;
}

/** Who receives it; for the lesson that matters also where it is taught and who assists. */
function Places({ lesson, whole }: { lesson: PlannedLessonView; whole: boolean }) {
  return (
    <dl class="office-facts today-places">
      {whole && lesson.host && (
        <>
          <dt>{w('host')}</dt>
          <dd>
            {lesson.host.school_name} {lesson.host.name}
          </dd>
        </>
      )}
      <dt>{w('receivers')}</dt>
      <dd title={lesson.receivers.map(nameOf).join('\n')}>{receiversText(lesson.receivers)}</dd>
      {whole && lesson.assistants.length > 0 && (
        <>
          <dt>{w('assistants')}</dt>
          <dd>{lesson.assistants.map(({ name }) => name).join(o('people'))}</dd>
        </>
      )}
    </dl>
  );
}

/** Named one by one as far as they can be read. */
const NAMED = 6;

function receiversText(receivers: readonly ReceiverView[]): string {
  if (receivers.length === 0) return w('receivers.none');
  const named = receivers.slice(0, NAMED).map(nameOf).join(o('people'));
  return receivers.length > NAMED ? `${named} ${o('and_more', { n: receivers.length })}` : named;
}

function nameOf({ school_name, name, interactive }: ReceiverView): string {
  return `${school_name} ${name}${interactive ? '' : `（${w('listen_only')}）`}`;
}
