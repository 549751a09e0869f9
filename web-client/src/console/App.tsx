import { useEffect, useState } from 'preact/hooks';
import { CAME_FROM } from '../api/way';
import { storeOf } from '../credentials';
import { t } from '../i18n';
import { barrierOf, pageOf } from '../problem';
import { useLesson } from '../ui/context';
import { BarrierGate, Gate } from '../ui/Gate';
import { keepChoices, readChoices } from './choices';
import { Lobby } from './Lobby';
import { Room } from './Room';

/** The way back to the teacher's day, for who came from there. */
function cameFrom() {
  return storeOf('sessionStorage')?.getItem(CAME_FROM) === '/teacher' ? { text: t('action.my_lessons'), go: () => location.assign('/teacher') } : undefined;
}

/** Device choice, then the lesson; a reload inside the lesson goes straight back in. */
export function App() {
  const lesson = useLesson();
  const [entered, setEntered] = useState(() => readChoices().entered);
  const hasToken = lesson.credentials.token() !== null;

  useEffect(() => {
    if (!hasToken) return;
    const { camera, microphone, speaker } = readChoices();
    lesson.capture.chosen.camera.value = camera;
    lesson.capture.chosen.microphone.value = microphone;
    lesson.capture.chosen.speaker.value = speaker;
    void lesson.capture.open();
    if (entered) lesson.enter();
  }, []);

  if (!hasToken) return <BarrierGate barrier="token_missing" onRetry={() => undefined} home={cameFrom()} />;
  if (!entered) {
    return (
      <Lobby
        onEnter={() => {
          keepChoices({ entered: true });
          setEntered(true);
          lesson.enter();
        }}
      />
    );
  }
  return <Inside onOut={() => keepChoices({ entered: false })} />;
}

function Inside({ onOut }: { onOut: () => void }) {
  const lesson = useLesson();
  const barrier = barrierOf(lesson.phase.value);
  const session = lesson.session.value;
  const over = barrier ?? (session.lesson?.state === 'ended' || session.lesson?.state === 'cancelled' ? 'ended' : null);
  useEffect(() => {
    if (over === 'ended') {
      onOut();
      lesson.capture.close();
    }
  }, [over]);

  if (over) return <BarrierGate barrier={over} onRetry={() => lesson.enter()} home={cameFrom()} />;
  const me = lesson.me.value;
  if (me && me.role !== 'host') {
    return (
      <Gate title={t('barrier.wrong_page.title')} text={t('barrier.wrong_page.text')} test="barrier-wrong_page">
        <a class="button primary" href={`/${pageOf(me.role)}#token=${encodeURIComponent(lesson.credentials.token() ?? '')}`}>
          {t('action.right_page')}
        </a>
      </Gate>
    );
  }
  return <Room />;
}
