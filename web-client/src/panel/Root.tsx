import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { exposeDebug } from '../debug';
import { Lesson } from '../lesson';
import { LessonProvider } from '../ui/context';
import { App } from './App';
import { Binding } from './Binding';
import { deviceToken, firstScreen, forgetLesson, keepDeviceToken, lessonToken } from './device';
import { api, stores } from './here';
import { keepAwake } from './kiosk';
import { sceneOf } from './scene';
import { KioskFoot } from './TodayParts';
import { TodayScreen } from './TodayScreen';
import { type Holds, homeward } from './today';

/** What fills the screen. `id`: the lesson that was joined from the list of the day. */
type Screen = { kind: 'binding'; revoked: boolean } | { kind: 'today' } | { kind: 'lesson'; lesson: Lesson; id: string | null; linked: boolean };

/** A lesson of the token that waits in the address or the store, joined at once. */
function enterLesson(): Lesson {
  const lesson = new Lesson('panel');
  lesson.enter();
  return lesson;
}

function first(): Screen {
  const linked = lessonToken(stores, location.hash) === 'given';
  const screen = firstScreen(stores, location.hash);
  if (screen === 'lesson') return { kind: 'lesson', lesson: enterLesson(), id: null, linked };
  return screen === 'today' ? { kind: 'today' } : { kind: 'binding', revoked: false };
}

const screen = signal<Screen>(first());
let holds: Holds = {};

/** Shows the day, or asks to be bound; what is there of a lesson is closed. */
function home(hold: number): void {
  const now = screen.peek();
  if (now.kind === 'lesson') {
    if (now.id !== null) holds = { ...holds, [now.id]: Date.now() + hold };
    now.lesson.leave();
    forgetLesson(stores);
  }
  screen.value = deviceToken(stores) === null ? { kind: 'binding', revoked: false } : { kind: 'today' };
}

export function Root() {
  useEffect(() => keepAwake(), []);
  const now = screen.value;
  if (now.kind === 'lesson') return <InLesson key={now.id ?? ''} {...now} />;
  return (
    <div class="kiosk-frame">
      <Idle now={now} />
      <KioskFoot />
    </div>
  );
}

function Idle({ now }: { now: Exclude<Screen, { kind: 'lesson' }> }) {
  useEffect(() => {
    exposeDebug('panel', { state: () => ({ screen: now.kind }), stats: async () => null, offers: () => 0 });
  }, [now.kind]);
  const token = deviceToken(stores);
  if (now.kind === 'binding' || token === null) {
    return (
      <Binding
        api={api}
        revoked={now.kind === 'binding' && now.revoked}
        onBound={(fresh) => {
          keepDeviceToken(stores, fresh);
          screen.value = { kind: 'today' };
        }}
      />
    );
  }
  return (
    <TodayScreen
      api={api}
      token={token}
      holds={holds}
      onJoin={(id, lessonToken) => {
        // Handed over as a link hands it over: the lesson takes it out of the address at once.
        history.replaceState(null, '', `${location.pathname}#token=${encodeURIComponent(lessonToken)}`);
        screen.value = { kind: 'lesson', lesson: enterLesson(), id, linked: false };
      }}
      onRevoked={() => {
        keepDeviceToken(stores, null);
        screen.value = { kind: 'binding', revoked: true };
      }}
    />
  );
}

/** Barriers of a lesson's token that will not come right by waiting. */
const DEAD = new Set(['token_expired', 'token_invalid', 'lesson_unknown']);

/** The lesson as ever; a bound panel goes home after it, and one whose old link is dead asks to be bound. */
function InLesson({ lesson, linked }: Extract<Screen, { kind: 'lesson' }>) {
  const [bound] = useState(() => deviceToken(stores) !== null);
  const scene = sceneOf(lesson.phase.value, lesson.session.value);
  const barrier = scene.kind === 'barrier' ? scene.barrier : null;
  const way = barrier === null ? null : bound ? homeward(barrier) : !linked && DEAD.has(barrier) ? { after: 0, hold: 0 } : null;
  useEffect(() => {
    if (!way) return;
    const timer = setTimeout(() => home(way.hold), way.after);
    return () => clearTimeout(timer);
  }, [barrier]);
  return (
    <LessonProvider value={lesson}>
      <App onHome={bound ? () => home(way?.hold ?? 0) : undefined} />
    </LessonProvider>
  );
}
