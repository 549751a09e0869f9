import { useState } from 'preact/hooks';
import { minuteOf, minuteText } from '../api/zone';
import type { BellPeriod, BellPlan, MakeReport } from '../generated/api';
import { api, say } from '../office/desk';
import { dayText } from '../office/format';
import { Field, Form, Modal } from '../office/Modal';
import { Remove } from '../office/Remove';
import { Empty } from '../office/Table';
import { o } from '../office/words';
import { faultOf } from './calendar';
import { Made, madeText, type Saved } from './Made';
import type { TabProps } from './Rooms';
import { r } from './words-register';

/** A school's bells, by season. */
export function Bells({ register, again }: TabProps) {
  const [edited, setEdited] = useState<BellPlan | 'new' | null>(null);
  const [removing, setRemoving] = useState<BellPlan | null>(null);
  const [report, setReport] = useState<MakeReport | null>(null);
  const changes = register.allowed.may('ManageClassrooms');
  return (
    <>
      {changes && (
        <div class="office-line">
          <span class="spacer" />
          <button type="button" class="button primary" onClick={() => setEdited('new')} data-test="add">
            {r('bells.add')}
          </button>
        </div>
      )}
      {report && <Made report={report} />}
      {register.bells.length === 0 && <Empty title={r('bells.empty')} text={changes ? r('bells.empty_text') : ''} />}
      {register.bells.map((plan) => (
        <section key={plan.id} class="office-card" data-test="bell-plan">
          <div class="office-line">
            <h2>{plan.name}</h2>
            <span class="muted">{spanText(plan)}</span>
            <span class="spacer" />
            {changes && (
              <>
                <button type="button" class="button small" onClick={() => setEdited(plan)} data-test="edit">
                  {o('edit')}
                </button>
                <button type="button" class="button small danger" onClick={() => setRemoving(plan)} data-test="remove">
                  {o('remove')}
                </button>
              </>
            )}
          </div>
          <ol class="bell-list">
            {plan.periods.map((period) => (
              <li key={period.number}>
                <strong>{r('bells.number', { n: period.number })}</strong> {minuteText(period.start_min)}–{minuteText(period.end_min)}
              </li>
            ))}
          </ol>
        </section>
      ))}
      {edited && (
        <EditBells
          plan={edited === 'new' ? null : edited}
          school={register.school.id}
          onClose={() => setEdited(null)}
          onSaved={(lessons) => {
            setReport(lessons);
            again();
          }}
        />
      )}
      {removing && (
        <Remove
          path="/bell-plans"
          row={removing}
          act={o('remove')}
          text={({ name }) => r('bells.remove_text', { name })}
          done={(_, followed) => (followed ? r('bells.removed_made', { made: madeText(followed.lessons) }) : r('bells.removed'))}
          onClose={() => setRemoving(null)}
          again={(followed) => {
            setReport(followed?.lessons ?? null);
            again();
          }}
        />
      )}
    </>
  );
}

function spanText({ from_day, to_day }: BellPlan): string {
  if (from_day === null && to_day === null) return r('bells.always');
  return r('pairings.span_of', { from: from_day ? dayText(from_day) : '…', to: to_day ? dayText(to_day) : '…' });
}

/** A plan to begin with: six periods of 40 minutes. */
const USUAL: readonly BellPeriod[] = [500, 550, 620, 670, 860, 910].map((start_min, index) => ({ number: index + 1, start_min, end_min: start_min + 40 }));

interface EditProps {
  plan: BellPlan | null;
  school: string;
  onClose: () => void;
  /** With what became of the lessons, if they follow the bells. */
  onSaved: (lessons: MakeReport | null) => void;
}

function EditBells({ plan, school, onClose, onSaved }: EditProps) {
  const [name, setName] = useState(plan?.name ?? '');
  const [from, setFrom] = useState(plan?.from_day ?? '');
  const [to, setTo] = useState(plan?.to_day ?? '');
  const [periods, setPeriods] = useState<readonly BellPeriod[]>(plan?.periods ?? USUAL);
  const fault = faultOf(periods);
  const set = (index: number, change: Partial<BellPeriod>) => setPeriods(periods.map((period, i) => (i === index ? { ...period, ...change } : period)));
  const add = () => {
    const last = periods[periods.length - 1];
    const start_min = Math.min(1390, (last?.end_min ?? 480) + 10);
    setPeriods([...periods, { number: Math.max(0, ...periods.map(({ number }) => number)) + 1, start_min, end_min: start_min + 40 }]);
  };
  const save = async () => {
    const fields = { school, name: name.trim(), from_day: from || null, to_day: to || null, periods: [...periods] };
    const { lessons } = plan
      ? await api.put<Saved<BellPlan>>(`/bell-plans/${encodeURIComponent(plan.id)}`, { ...plan, ...fields }, plan.version)
      : await api.post<Saved<BellPlan>>('/bell-plans', fields);
    say(lessons ? r('bells.saved_made', { made: madeText(lessons) }) : r('bells.saved'));
    onSaved(lessons ?? null);
    onClose();
  };
  return (
    <Modal title={r(plan ? 'bells.edit' : 'bells.add')} onClose={onClose}>
      <Form send={o('save')} disabled={name.trim() === '' || periods.length === 0 || fault !== null} onCancel={onClose} onSend={save} test="bells-form">
        <Field label={r('bells.name')} hint={r('bells.name_hint')}>
          <input maxLength={200} value={name} onInput={(event) => setName(event.currentTarget.value)} data-test="name" />
        </Field>
        <div class="two">
          <Field label={r('bells.from')}>
            <input type="date" value={from} onInput={(event) => setFrom(event.currentTarget.value)} />
          </Field>
          <Field label={r('bells.to')}>
            <input type="date" value={to} min={from} onInput={(event) => setTo(event.currentTarget.value)} />
          </Field>
        </div>
        <div class="bell-rows" data-test="bell-rows">
          {periods.map((period, index) => (
            <PeriodRow
              key={period.number}
              period={period}
              onSet={(change) => set(index, change)}
              onRemove={() => setPeriods(periods.filter((_, i) => i !== index))}
            />
          ))}
        </div>
        {fault && (
          <p class="office-note" role="status" data-test="bell-fault">
            {r(`bells.fault_${fault.kind}`, { n: fault.number })}
          </p>
        )}
        <button type="button" class="button small" onClick={add} disabled={periods.length >= 20}>
          {r('bells.period_add')}
        </button>
      </Form>
    </Modal>
  );
}

function PeriodRow({ period, onSet, onRemove }: { period: BellPeriod; onSet: (change: Partial<BellPeriod>) => void; onRemove: () => void }) {
  const time = (value: string) => minuteOf(value);
  return (
    <>
      <span>{r('bells.number', { n: period.number })}</span>
      <input
        type="time"
        aria-label={`${r('bells.number', { n: period.number })} ${r('bells.start')}`}
        value={minuteText(period.start_min)}
        onInput={(event) => {
          const start_min = time(event.currentTarget.value);
          if (start_min !== null) onSet({ start_min });
        }}
      />
      <input
        type="time"
        aria-label={`${r('bells.number', { n: period.number })} ${r('bells.end')}`}
        value={minuteText(period.end_min)}
        onInput={(event) => {
          const end_min = time(event.currentTarget.value);
          if (end_min !== null) onSet({ end_min });
        }}
      />
      <button type="button" class="button small quiet" onClick={onRemove}>
        {r('bells.period_remove')}
      </button>
    </>
  );
}
