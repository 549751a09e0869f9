import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { ApiProblem, tell } from '../api/problem';
import { LessonRecord } from '../attendance/LessonRecord';
import { hasBegun } from '../attendance/verdict';
import type { PlannedLessonView, Term } from '../generated/api';
import { api, say, serverNow } from '../office/desk';
import { dayText, momentText, timesText } from '../office/format';
import { Loaded, useLoad } from '../office/load';
import { Field, Form, Modal } from '../office/Modal';
import { o } from '../office/words';
import { latestOf, shortWindowsOf } from './change';
import type { Over } from './drag';
import { type ActKind, actsOn, isMovable } from './grid';
import { Move } from './Move';
import type { Register } from './register';
import { ShortWindows } from './ShortWindows';
import { Substitute } from './Substitute';
import { w } from './words';

/** What is being done with a lesson; `to`: where it was dropped. */
export type Act = { kind: 'move'; to: Over | null } | { kind: Exclude<ActKind, 'move'> };

interface Props {
  lesson: PlannedLessonView;
  act: Act | null;
  register: Register;
  term: Term;
  zone: string;
  onClose: () => void;
  /** Something was changed, by us or by somebody else: the grid is to be read again. */
  onChanged: () => void;
}

/** A lesson with all that can be done with it: the way of the keyboard, and where a drop is confirmed. */
export function LessonDialog({ lesson: given, act: first, register, term, zone, onClose, onChanged }: Props) {
  const [lesson, setLesson] = useState(given);
  const [act, setAct] = useState<Act | null>(first);
  const [readAgain, setReadAgain] = useState(false);
  const asHost = lesson.host?.school === register.school.id;
  const done = (text: string) => {
    say(text);
    onChanged();
    onClose();
  };
  /** Sends a change; where somebody was quicker, the latest is shown and the form stays. */
  const send = async (change: () => Promise<void>) => {
    try {
      await change();
    } catch (problem) {
      if (problem instanceof ApiProblem && problem.name === 'changed') {
        setLesson(await latestOf(lesson));
        setReadAgain(true);
        onChanged();
        return;
      }
      throw problem;
    }
  };
  const told = act === null && hasBegun(lesson, serverNow());
  const common = { lesson, register, zone, send, done, onCancel: () => setAct(null) };
  return (
    <Modal title={lesson.title} onClose={onClose} wide={told} test="lesson-dialog">
      {readAgain && (
        <p class="office-note" role="alert" data-test="read-again">
          {tell(new ApiProblem('changed', 412, ''))}
        </p>
      )}
      <Facts lesson={lesson} zone={zone} />
      {told && <LessonRecord lesson={lesson} />}
      {act === null && (
        <>
          {serverNow() < lesson.end_ms && <Windows lesson={lesson} register={register} />}
          {(!asHost || register.allowed.may('ManageTimetable')) && <Acts lesson={lesson} asHost={asHost} onAct={setAct} />}
        </>
      )}
      {act?.kind === 'move' && <Move {...common} term={term} to={act.to} />}
      {act?.kind === 'substitute' && <Substitute {...common} />}
      {act?.kind === 'cancel' && <Cancel {...common} />}
      {act?.kind === 'reinstate' && <Reinstate {...common} />}
    </Modal>
  );
}

/** What the forms of a lesson's dialog get. */
export interface ActProps {
  lesson: PlannedLessonView;
  register: Register;
  zone: string;
  send: (change: () => Promise<void>) => Promise<void>;
  done: (text: string) => void;
  onCancel: () => void;
}

function Facts({ lesson, zone }: { lesson: PlannedLessonView; zone: string }) {
  const places = lesson.receivers.map(({ school_name, name }) => `${school_name} ${name}`);
  const facts: [string, ComponentChildren][] = [
    [
      w('lesson.when'),
      `${momentText(lesson.start_ms, zone).replace(/ .*/, '')} ${timesText(lesson, zone)}${lesson.period === null ? '' : ` · ${o('period', { n: lesson.period })}`}`,
    ],
    [w('lesson.teacher'), lesson.teacher?.name ?? w('lesson.teacher_none')],
    [w('lesson.assistants'), lesson.assistants.map(({ name }) => name).join(o('people'))],
    [w('lesson.host'), lesson.host ? `${lesson.host.school_name} ${lesson.host.name}` : ''],
    [w('lesson.receivers'), places.length > 8 ? `${places.slice(0, 8).join(o('people'))} ${o('and_more', { n: places.length })}` : places.join(o('people'))],
    [w('lesson.kind'), lesson.kind ? o(`kind.${lesson.kind}`) : ''],
    [w('lesson.state'), <span class={`pill state-${lesson.state}`}>{o(`state.${lesson.state}`)}</span>],
    [w('lesson.reason'), lesson.reason ?? ''],
  ];
  return (
    <dl class="office-facts">
      {facts
        .filter(([, value]) => value !== '')
        .map(([name, value]) => (
          <>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </>
        ))}
    </dl>
  );
}

/** The common windows with the receiving schools that are too short. */
function Windows({ lesson, register }: { lesson: PlannedLessonView; register: Register }) {
  const windows = useLoad(() => shortWindowsOf(lesson, register.schools), [lesson.id, lesson.version]);
  return <Loaded load={windows}>{(short) => <ShortWindows windows={short} register={register} />}</Loaded>;
}

const LOOKS: Record<ActKind, string> = { cancel: 'button danger', substitute: 'button', move: 'button primary', reinstate: 'button primary' };

function Acts({ lesson, asHost, onAct }: { lesson: PlannedLessonView; asHost: boolean; onAct: (act: Act) => void }) {
  if (!asHost) return <p class="office-note plain">{w('lesson.received', { school: lesson.host?.school_name ?? '–' })}</p>;
  const now = serverNow();
  const kinds = actsOn(lesson, now);
  return (
    <>
      {(kinds.length === 0 || lesson.end_ms <= now) && (
        <p class="office-note plain" data-test="acts-note">
          {noteOn(lesson)}
        </p>
      )}
      {kinds.length > 0 && (
        <div class="office-form-actions">
          {kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              class={LOOKS[kind]}
              onClick={() => onAct(kind === 'move' ? { kind, to: null } : { kind })}
              data-test={`act-${kind}`}
            >
              {w(`act.${kind}`)}
            </button>
          ))}
        </div>
      )}
    </>
  );
}

/** Why less can be done with it than with a lesson to come. */
function noteOn(lesson: PlannedLessonView): string {
  if (lesson.state === 'cancelled') return w('lesson.past_cancelled');
  return isMovable(lesson) ? w('lesson.past') : w('lesson.running', { state: o(`state.${lesson.state}`) });
}

/** A reason that others read: asked for with every change. */
export function Reason({ label, value, onInput }: { label: string; value: string; onInput: (reason: string) => void }) {
  return (
    <Field label={label}>
      <input maxLength={200} value={value} placeholder={w('reason.placeholder')} onInput={(event) => onInput(event.currentTarget.value)} data-test="reason" />
    </Field>
  );
}

function Cancel({ lesson, send, done, onCancel }: ActProps) {
  const [reason, setReason] = useState('');
  return (
    <Form
      send={w('cancel.send')}
      danger
      disabled={reason.trim() === ''}
      onCancel={onCancel}
      onSend={() =>
        send(async () => {
          await api.post(`/lessons/${encodeURIComponent(lesson.id)}/cancel`, { reason: reason.trim() }, { version: lesson.version });
          done(w('cancel.done', { title: lesson.title }));
        })
      }
    >
      <Reason label={w('cancel.heading')} value={reason} onInput={setReason} />
      <p class="muted small-text">{w('cancel.text')}</p>
    </Form>
  );
}

function Reinstate({ lesson, send, done, onCancel }: ActProps) {
  return (
    <Form
      send={w('reinstate.send')}
      onCancel={onCancel}
      onSend={() =>
        send(async () => {
          await api.post(`/lessons/${encodeURIComponent(lesson.id)}/reinstate`, undefined, { version: lesson.version });
          done(w('reinstate.done', { title: lesson.title }));
        })
      }
    >
      <p class="muted">{w('reinstate.text')}</p>
    </Form>
  );
}

/** `10月12日 08:20–09:00`. */
export function whenText(day: string, times: { start_ms: number; end_ms: number }, zone: string): string {
  return `${dayText(day)} ${timesText(times, zone)}`;
}
