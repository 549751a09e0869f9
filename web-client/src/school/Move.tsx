import { useState } from 'preact/hooks';
import { minuteText, wallOf, weekdayOf } from '../api/zone';
import type { Term } from '../generated/api';
import { say, serverNow } from '../office/desk';
import { dayText } from '../office/format';
import { useLoad } from '../office/load';
import { Field, Form } from '../office/Modal';
import { weekdayText } from '../office/words';
import { Checked, useCheck } from './Checked';
import { periodsOn } from './calendar';
import { bellsOfReceivers, change, shortText, shortWindows, shortWindowsOf } from './change';
import type { Over } from './drag';
import { timesOf } from './Grid';
import { type ActProps, Reason, whenText } from './LessonDialog';
import { ShortWindows } from './ShortWindows';
import { w } from './words';

/** Another day or period: tried while it is chosen, made with a reason. */
export function Move({ lesson, register, term, to, zone, send, done, onCancel }: ActProps & { term: Term; to: Over | null }) {
  const now = wallOf(lesson.start_ms, zone).day;
  // Nothing is moved into the past: a lesson that was missed is offered today.
  const today = wallOf(serverNow(), zone).day;
  const [day, setDay] = useState(to?.day ?? (now < today ? today : now));
  const [number, setNumber] = useState(to?.period ?? lesson.period ?? 1);
  const [reason, setReason] = useState('');
  const periods = periodsOn(register.bells, day);
  const times = timesOf({ day, period: number }, register.bells, zone);
  const past = times !== null && times.end_ms <= serverNow();
  const moved = times !== null && !past && times.start_ms !== lesson.start_ms;
  const found = useCheck(lesson, moved ? times : null);
  const others = useLoad(() => bellsOfReceivers(lesson, register.schools), [lesson.id]);
  const short = moved && others.value ? shortWindows(lesson, others.value, times.start_ms, times.end_ms, zone) : [];
  const before = whenText(now, lesson, zone);
  return (
    <Form
      send={w('move.send')}
      disabled={!moved || found?.kind === 'clash' || reason.trim() === ''}
      onCancel={onCancel}
      onSend={() =>
        send(async () => {
          if (!times) return;
          const fresh = await change(lesson, { ...times, reason: reason.trim() });
          done(w('move.done', { title: lesson.title, when: whenText(day, times, zone) }));
          const warned = await shortWindowsOf(fresh, register.schools).catch(() => []);
          if (warned.length > 0) say(w('move.done_short', { why: shortText(warned) }), 'warning');
        })
      }
      test="move-form"
    >
      <div class="two">
        <Field label={w('move.day')} hint={`${dayText(day)} ${weekdayText(weekdayOf(day))}`}>
          <input
            type="date"
            value={day}
            min={term.first_day < today ? today : term.first_day}
            max={term.last_day}
            onInput={(event) => event.currentTarget.value && setDay(event.currentTarget.value)}
            data-test="move-day"
          />
        </Field>
        <Field label={w('move.period')} {...(periods.length === 0 ? { hint: w('move.no_period') } : {})}>
          <select value={number} disabled={periods.length === 0} onChange={(event) => setNumber(Number(event.currentTarget.value))} data-test="move-period">
            {periods.map((period) => (
              <option key={period.number} value={period.number}>
                {w('move.period_option', { n: period.number, from: minuteText(period.start_min), to: minuteText(period.end_min) })}
              </option>
            ))}
          </select>
        </Field>
      </div>
      {moved && <p class="move-from-to">{w('move.from_to', { before, after: whenText(day, times, zone) })}</p>}
      {past && (
        <p class="office-note" role="status" data-test="move-past">
          {w('drag.past')}
        </p>
      )}
      <Checked found={found} trying={moved} />
      <ShortWindows windows={short} register={register} />
      <Reason label={w('move.reason')} value={reason} onInput={setReason} />
    </Form>
  );
}
