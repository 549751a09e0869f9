import { useState } from 'preact/hooks';
import type { Api } from '../api/client';
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

/** Sets up the second factor: scan or type the secret, then prove it with a code. */
export function Factor({ api, later, onDone, onOut }: Props) {
  const secret = useLoad(() => api.post<SecondFactorSecret>('/session/second-factor'), []);
  const [code, setCode] = useState('');
  return (
    <>
      <h1>{w('factor.heading')}</h1>
      <p class="muted signin-text">{w('factor.text')}</p>
      <Loaded load={secret}>
        {({ secret, uri }) => (
          <Form
            send={w('factor.send')}
            disabled={!/^\d{6}$/.test(code)}
            onSend={async () => onDone(await api.put<SessionView>('/session/second-factor', { code }, null))}
            test="factor-form"
          >
            <ol class="signin-steps">
              <li>{w('factor.step1')}</li>
              <li>
                {w('factor.step2')}
                <div class="signin-secret">
                  <Qr text={uri} label={w('factor.qr')} />
                  <div>
                    <span class="muted small-text">{w('factor.secret')}</span>
                    <code class="secret" data-test="secret">
                      {inFours(secret)}
                    </code>
                  </div>
                </div>
              </li>
              <li>
                <Field label={w('factor.step3')}>
                  <CodeInput value={code} onInput={setCode} />
                </Field>
              </li>
            </ol>
          </Form>
        )}
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

/** `JBSW Y3DP`, which is typed without losing one's place. */
export function inFours(secret: string): string {
  return secret.replace(/(.{4})(?=.)/g, '$1 ');
}
