import { minuteText } from '../api/zone';
import type { Term } from '../generated/api';
import { Field } from '../office/Modal';
import { weekdayText } from '../office/words';
import { daysOf, weekOf, weeksOf } from './calendar';
import { periodsFor } from './choices';
import type { Draft, WeeksChoice } from './draft';
import type { Register } from './register';
import { w } from './words';
import { e } from './words-entries';

const WEEKS: readonly WeeksChoice[] = ['all', 'odd', 'even', 'list'];

export interface PartProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  register: Register;
  term: Term;
}

/** When it is taught: a weekday and weeks, or a day; and the period. */
export function When(props: PartProps) {
  return props.draft.repeat === 'weekly' ? <Weekly {...props} /> : <Once {...props} />;
}

function Weekly({ draft, set, register, term }: PartProps) {
  return (
    <>
      <div class="three">
        <Field label={e('weekday')}>
          <select value={draft.weekday} onChange={(event) => set({ weekday: Number(event.currentTarget.value) })} data-test="weekday">
            {[1, 2, 3, 4, 5, 6, 7].map((weekday) => (
              <option key={weekday} value={weekday}>
                {weekdayText(weekday)}
              </option>
            ))}
          </select>
        </Field>
        <Period draft={draft} set={set} register={register} term={term} />
        <Field label={e('weeks')}>
          <select value={draft.weeks} onChange={(event) => set({ weeks: event.currentTarget.value as WeeksChoice })} data-test="weeks">
            {WEEKS.map((choice) => (
              <option key={choice} value={choice}>
                {e(`weeks.${choice}` as 'weeks.all')}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {draft.weeks === 'list' && (
        <Field label={e('weeks.typed')} hint={e('weeks.hint', { n: weeksOf(term) })}>
          <input maxLength={200} value={draft.list} onInput={(event) => set({ list: event.currentTarget.value })} data-test="weeks-list" />
        </Field>
      )}
      <div class="two">
        <Field label={e('from')}>
          <input
            type="date"
            min={term.first_day}
            max={term.last_day}
            value={draft.from}
            onInput={(event) => set({ from: event.currentTarget.value })}
            data-test="from"
          />
        </Field>
        <Field label={e('to')}>
          <input
            type="date"
            min={term.first_day}
            max={term.last_day}
            value={draft.to}
            onInput={(event) => set({ to: event.currentTarget.value })}
            data-test="to"
          />
        </Field>
      </div>
    </>
  );
}

function Once({ draft, set, register, term }: PartProps) {
  const closed = draft.day !== '' && isClosed(term, draft.day);
  return (
    <div class="two">
      <Field label={e('day')} {...(closed ? { hint: e('day.closed') } : {})}>
        <input type="date" value={draft.day} onInput={(event) => set({ day: event.currentTarget.value })} data-test="day" />
      </Field>
      <Period draft={draft} set={set} register={register} term={term} />
    </div>
  );
}

function Period({ draft, set, register, term }: PartProps) {
  const periods = periodsFor(draft, term, register.bells);
  // A period that the bells of that day lack stays chosen, so that an entry is not changed by being looked at.
  const missing = !periods.some(({ number }) => number === draft.period);
  return (
    <Field label={e('period')} {...(periods.length === 0 ? { hint: e('period.none') } : {})}>
      <select value={draft.period} onChange={(event) => set({ period: Number(event.currentTarget.value) })} data-test="period">
        {missing && <option value={draft.period}>{draft.period}</option>}
        {periods.map(({ number, start_min, end_min }) => (
          <option key={number} value={number}>
            {w('move.period_option', { n: number, from: minuteText(start_min), to: minuteText(end_min) })}
          </option>
        ))}
      </select>
    </Field>
  );
}

/** Whether nothing is taught on a day by the term. */
function isClosed(term: Term, day: string): boolean {
  if (day < term.first_day || day > term.last_day) return true;
  const found = daysOf(term, weekOf(term, day)).find((other) => other.day === day);
  return found?.special?.kind === 'holiday';
}
