import { useState } from 'preact/hooks';
import { RecordDialog } from '../attendance/Dialog';
import { durationText, placeText } from '../attendance/text';
import { a } from '../attendance/words';
import type { DeliveryLine, PlannedLessonView } from '../generated/api';
import { api, zone } from '../office/desk';
import { momentText, timesText } from '../office/format';
import { ProblemNote } from '../office/load';
import { Modal } from '../office/Modal';
import { usePages } from '../office/pages';
import { Table } from '../office/Table';
import { o } from '../office/words';
import { type Cause, type Counts, isCause, missedOf, partsOf } from './causes';
import type { Only } from './choice';
import { w } from './words';

interface Props {
  /** Whose lessons. */
  name: string;
  term: string;
  only: Only;
  /** How many there were when the figures were read. */
  row: Counts;
  onClose: () => void;
}

/** The lessons that were not delivered, of one figure: all of them or those of a cause; from each its record opens. */
export function Missed({ name, term, only, row, onClose }: Props) {
  const [cause, setCause] = useState<Cause | 'any'>('any');
  const [opening, setOpening] = useState<string | null>(null);
  const [refused, setRefused] = useState<{ problem: unknown; line: DeliveryLine } | null>(null);
  const [opened, setOpened] = useState<PlannedLessonView | null>(null);
  const pages = usePages<DeliveryLine>('/deliveries', { term, ...only, cause });
  const open = async (line: DeliveryLine) => {
    setRefused(null);
    setOpening(keyOf(line));
    try {
      setOpened(await api.get<PlannedLessonView>(`/lessons/${encodeURIComponent(line.lesson)}`));
    } catch (problem) {
      setRefused({ problem, line });
    }
    setOpening(null);
  };
  const choices = [{ cause: 'any' as const, n: missedOf(row) }, ...partsOf(row)];
  return (
    <>
      <Modal title={w('missed.title', { name })} onClose={onClose} wide test="missed-dialog">
        <div class="office-line">
          <fieldset class="segments" aria-label={w('missed.cause')}>
            {choices.map(({ cause: one, n }) => (
              <button
                key={one}
                type="button"
                class={one === cause ? 'current' : ''}
                aria-pressed={one === cause}
                onClick={() => setCause(one)}
                data-test={`cause-${one}`}
              >
                {w(`cause.${one}`)} {n}
              </button>
            ))}
          </fieldset>
          <span class="muted small-text">{w('missed.each')}</span>
        </div>
        {pages.problem !== null && <ProblemNote problem={pages.problem} onRetry={pages.rows === null ? pages.again : pages.next} />}
        {refused !== null && <ProblemNote problem={refused.problem} onRetry={() => open(refused.line)} />}
        {pages.rows === null && pages.loading && (
          <p class="office-loading" role="status" data-test="loading">
            <span class="office-spinner" aria-hidden="true" />
            {o('loading')}
          </p>
        )}
        {pages.rows?.length === 0 && (
          <p class="office-empty" data-test="missed-none">
            {w('missed.none')}
          </p>
        )}
        {pages.rows !== null && pages.rows.length > 0 && <Lines rows={pages.rows} opening={opening} onOpen={open} />}
        {pages.more && (
          <p class="missed-more">
            <button type="button" class="button" disabled={pages.loading} onClick={pages.next} data-test="more">
              {pages.loading ? o('loading') : w('missed.more')}
            </button>
          </p>
        )}
      </Modal>
      {opened && <RecordDialog lesson={opened} onClose={() => setOpened(null)} />}
    </>
  );
}

interface LinesProps {
  rows: readonly DeliveryLine[];
  /** Whose lesson is being read. */
  opening: string | null;
  onOpen: (line: DeliveryLine) => void;
}

function Lines({ rows, opening, onOpen }: LinesProps) {
  return (
    <Table head={[w('missed.lesson'), w('missed.places'), w('missed.why'), w('missed.got'), null]}>
      {rows.map((line) => (
        <tr key={keyOf(line)} data-test="missed-line" data-lesson={line.lesson}>
          <td>
            {line.title}
            {line.teacher && <span class="muted"> · {line.teacher.name}</span>}
            <small class="muted block nowrap">{whenText(line)}</small>
          </td>
          <td>
            {placeText(line.place)}
            <small class="muted block">{line.host ? w('missed.from', { place: placeText(line.host) }) : w('missed.no_host')}</small>
          </td>
          <td class="nowrap">
            {line.cause !== null && (
              <span class="pill">
                <i class={`cause-${line.cause}`} aria-hidden="true" /> {isCause(line.cause) ? w(`cause.${line.cause}`) : line.cause}
              </span>
            )}
          </td>
          <td class="nowrap">
            {w('missed.received', { time: durationText(line.received_s) })}
            <small class="muted block">{w('missed.sent', { time: durationText(line.sent_s), whole: durationText(line.planned_s) })}</small>
          </td>
          <td class="actions">
            <button
              type="button"
              class="button small"
              aria-label={a('row.open', { title: line.title })}
              disabled={opening === keyOf(line)}
              onClick={() => onOpen(line)}
              data-test="record-open"
            >
              {a('title')}
            </button>
          </td>
        </tr>
      ))}
    </Table>
  );
}

function keyOf({ lesson, place }: DeliveryLine): string {
  return `${lesson} ${place.classroom}`;
}

function whenText({ start_ms, planned_s, period }: DeliveryLine): string {
  const day = momentText(start_ms, zone()).replace(/ .*/, '');
  const times = timesText({ start_ms, end_ms: start_ms + planned_s * 1000 }, zone());
  return `${day} ${times}${period === null ? '' : ` · ${o('period', { n: period })}`}`;
}
