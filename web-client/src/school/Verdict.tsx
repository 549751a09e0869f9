import type { BellPlan, Term } from '../generated/api';
import { serverNow } from '../office/desk';
import { useLoad } from '../office/load';
import { o } from '../office/words';
import { Checked } from './Checked';
import { weeksOf } from './calendar';
import { bellsOfReceivers, type Check, shortWindows } from './change';
import { type Choices, dayFor, receivedBy } from './choices';
import { type Draft, type Lack, lacksOf } from './draft';
import { timesOf } from './Grid';
import type { Register } from './register';
import { ShortWindows } from './ShortWindows';
import { e } from './words-entries';

/** The moments of a draft by the school's bells of its day; null: no such period that day. */
export function momentsOf(draft: Draft, term: Term, bells: readonly BellPlan[], zone: string): { start_ms: number; end_ms: number } | null {
  const day = dayFor(draft, term);
  return day === '' ? null : timesOf({ day, period: draft.period }, bells, zone);
}

/** Whether a lesson that is taught once would be in the past. */
export function isPast(draft: Draft, times: { start_ms: number } | null): boolean {
  return draft.repeat === 'once' && times !== null && times.start_ms < serverNow();
}

interface Props {
  draft: Draft;
  register: Register;
  term: Term;
  choices: Choices;
  zone: string;
  found: Check | null;
  /** Enough is there to be tried. */
  trying: boolean;
}

/** What stands in the way: what is missing, a clash with both lessons named, short common windows. */
export function Verdict({ draft, register, term, choices, zone, found, trying }: Props) {
  const received = receivedBy(choices, register, draft);
  const schools = received.receivers.map(({ school }) => school).join();
  const bells = useLoad(() => bellsOfReceivers(received, register.schools), [schools]);
  const times = momentsOf(draft, term, register.bells, zone);
  const short = bells.value && times ? shortWindows(received, bells.value, times.start_ms, times.end_ms, zone) : [];
  const lacks = lacksOf(draft, weeksOf(term));
  return (
    <div class={found?.kind === 'clash' ? 'verdict clash' : 'verdict'}>
      {isPast(draft, times) && (
        <p class="office-note" data-test="past">
          {e('day.past')}
        </p>
      )}
      <Checked found={found} trying={trying} />
      <ShortWindows windows={short} register={register} />
      {lacks.length > 0 && (
        <p class="muted small-text" data-test="lacks">
          {e('lack.before', { what: lacks.map((lack: Lack) => e(`lack.${lack}`)).join(o('people')) })}
        </p>
      )}
    </div>
  );
}
