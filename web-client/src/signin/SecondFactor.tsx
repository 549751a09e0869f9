import { useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { SecondFactorSecret, SessionView } from '../generated/api';
import { Loaded, useLoad } from '../office/load';
import { Field, Form } from '../office/Modal';
import { Qr } from '../ui/Qr';
import { CodeInput } from './Login';
import { w } from './words';

interface Props {
  api: Api;
  /** Where to go without it, for who also teaches; null: nowhere. */
  later: string | null;
  onDone: (session: SessionView) => void;
  onOut: () => void;
}

/** Sets up the second factor, or proves the one that is there: who came in by another way than a password was not asked for it. */
export function Factor({ api, later, onDone, onOut }: Props) {
  const secret = useLoad(() => newSecret(api), []);
  const [code, setCode] = useState('');
  const prove = {
    disabled: !/^\d{6}$/.test(code),
    onSend: async () => onDone(await api.put<SessionView>('/session/second-factor', { code }, null)),
    test: 'factor-form',
  };
  return (
    <>
      <Loaded load={secret}>
        {(made) =>
          made === 'there' ? (
            <>
              <h1>{w('prove.heading')}</h1>
              <Form send={w('code.enter')} {...prove}>
                <Field label={w('code')} hint={w('code.hint')}>
                  <CodeInput value={code} onInput={setCode} />
                </Field>
              </Form>
            </>
          ) : (
            <>
              <h1>{w('factor.heading')}</h1>
              <p class="muted signin-text">{w('factor.text')}</p>
              <Form send={w('factor.send')} {...prove}>
                <Steps made={made} code={code} onCode={setCode} />
              </Form>
            </>
          )
        }
      </Loaded>
      {later !== null && (
        <a class="button quiet" href={later}>
          {w('factor.later')}
        </a>
      )}
      <button type="button" class="button quiet" onClick={onOut}>
        {w('sign_out')}
      </button>
    </>
  );
}

/** A new secret; `there`: one was set up before, and this session has only to prove it. */
async function newSecret(api: Api): Promise<SecondFactorSecret | 'there'> {
  try {
    return await api.post<SecondFactorSecret>('/session/second-factor');
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.name === 'exists') return 'there';
    throw problem;
  }
}

/** The way from a secret to its first code. */
function Steps({ made, code, onCode }: { made: SecondFactorSecret; code: string; onCode: (code: string) => void }) {
  return (
    <ol class="signin-steps">
      <li>{w('factor.step1')}</li>
      <li>
        {w('factor.step2')}
        <div class="signin-secret">
          <Qr text={made.uri} label={w('factor.qr')} />
          <div>
            <span class="muted small-text">{w('factor.secret')}</span>
            <code class="secret" data-test="secret">
              {inFours(made.secret)}
            </code>
          </div>
        </div>
      </li>
      <li>
        <Field label={w('factor.step3')}>
          <CodeInput value={code} onInput={onCode} />
        </Field>
      </li>
    </ol>
  );
}

/** `JBSW Y3DP`, which is typed without losing one's place. */
export function inFours(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}
