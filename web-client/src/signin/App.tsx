import { useEffect, useState } from 'preact/hooks';
import { maySomewhere } from '../access/access';
import { Api } from '../api/client';
import { ApiProblem } from '../api/problem';
import { afterSignIn, backOf } from '../api/way';
import type { SessionView } from '../generated/api';
import { t } from '../i18n';
import { ProblemNote } from '../office/load';
import { LangSwitch } from '../ui/LangSwitch';
import { Login } from './Login';
import { ChangePassword, Reset } from './Password';
import { refusalOf } from './Provider';
import { Factor } from './SecondFactor';
import { w } from './words';

/** Asks here never lead to the sign-in page: this is it. */
const api = new Api();

/** Where one stands on the way in. `login` with `done`: the password was just set. */
type Step = { kind: 'asking' } | { kind: 'login'; done?: boolean } | { kind: 'reset' } | { kind: 'signed_in'; session: SessionView };

export function App() {
  const [step, setStep] = useState<Step>({ kind: 'asking' });
  const [problem, setProblem] = useState<unknown>(null);
  const [refusal, setRefusal] = useState<unknown>(() => refusalOf(location.hash));
  const look = () => {
    setProblem(null);
    api.get<SessionView>('/session').then(
      (session) => setStep({ kind: 'signed_in', session }),
      (refused: unknown) => {
        const out = refused instanceof ApiProblem && refused.status === 401;
        if (!out) setProblem(refused);
        setStep({ kind: 'login' });
      },
    );
  };
  useEffect(() => {
    // It is told once, not again when the page is loaded again.
    if (refusal !== null) history.replaceState(null, '', location.pathname + location.search);
    look();
  }, []);
  return (
    <main class="signin">
      <section class="signin-side" aria-hidden="true">
        <span class="brand">{t('brand')}</span>
        <p class="signin-claim">{t('landing.title')}</p>
        <p>{t('landing.text')}</p>
      </section>
      <section class="signin-main">
        <div class="signin-lang">
          <LangSwitch />
        </div>
        <div class="signin-card">
          {problem !== null && <ProblemNote problem={problem} onRetry={look} />}
          {refusal !== null && step.kind === 'login' && <ProblemNote problem={refusal} />}
          <Now
            step={step}
            setStep={(next) => {
              setRefusal(null);
              setStep(next);
            }}
          />
        </div>
      </section>
    </main>
  );
}

function Now({ step, setStep }: { step: Step; setStep: (step: Step) => void }) {
  const entered = (session: SessionView) => setStep({ kind: 'signed_in', session });
  switch (step.kind) {
    case 'asking':
      return null;
    case 'login':
      return <Login api={api} done={step.done === true} onIn={entered} onReset={() => setStep({ kind: 'reset' })} />;
    case 'reset':
      return <Reset api={api} onDone={() => setStep({ kind: 'login', done: true })} onBack={() => setStep({ kind: 'login' })} />;
    case 'signed_in':
      return <SignedIn session={step.session} onChange={entered} onOut={() => setStep({ kind: 'login' })} />;
  }
}

/** Inside, but perhaps with something to do first. */
function SignedIn({ session, onChange, onOut }: { session: SessionView; onChange: (session: SessionView) => void; onOut: () => void }) {
  const back = backOf(location.search);
  const through = !session.must_change_password && session.second_factor !== 'to_be_set_up';
  useEffect(() => {
    if (through) location.replace(afterSignIn(session, back));
  }, [through]);
  const out = () => void api.remove('/session').then(onOut, onOut);
  if (session.must_change_password) return <ChangePassword api={api} onDone={() => onChange({ ...session, must_change_password: false })} onOut={out} />;
  if (session.second_factor === 'to_be_set_up') {
    return <Factor api={api} later={maySomewhere(session, 'JoinOwnLessons') ? '/teacher' : null} onDone={onChange} onOut={out} />;
  }
  return <p role="status">{w('signed_in')}</p>;
}
