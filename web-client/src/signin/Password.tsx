import { useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { Field, Form } from '../office/Modal';
import { w } from './words';

/** The least length of a password, as the service asks for. */
const LEAST = 10;

/** What is wrong with a new password; null: nothing. Counted as the service counts, in code points. */
export function faultOf(password: string, again: string): string | null {
  const length = [...password].length;
  if (length < LEAST) return w('new.short', { n: length });
  return again === password ? null : w('new.differs');
}

/** The new password, twice. */
function useNewPassword() {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const fault = faultOf(password, again);
  const fields = (
    <>
      <Field label={w('new.password')} hint={w('new.hint')}>
        <input
          type="password"
          autocomplete="new-password"
          maxLength={256}
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
          data-test="new-password"
        />
      </Field>
      <Field label={w('new.again')}>
        <input
          type="password"
          autocomplete="new-password"
          maxLength={256}
          value={again}
          onInput={(event) => setAgain(event.currentTarget.value)}
          data-test="new-again"
        />
      </Field>
      {fault !== null && again !== '' && (
        <p class="office-note" role="status" data-test="new-fault">
          {fault}
        </p>
      )}
    </>
  );
  return { password, fault, fields };
}

/** The first password, or one that was reset: changed before anything else. */
export function ChangePassword({ api, onDone, onOut }: { api: Api; onDone: () => void; onOut: () => void }) {
  const [old, setOld] = useState('');
  const { password, fault, fields } = useNewPassword();
  return (
    <>
      <h1>{w('change.heading')}</h1>
      <p class="muted signin-text">{w('change.text')}</p>
      <Form
        send={w('change.send')}
        disabled={fault !== null || old === ''}
        onSend={async () => {
          await api.put('/session/password', { old, new: password }, null);
          onDone();
        }}
        test="change-form"
      >
        <Field label={w('change.old')}>
          <input
            type="password"
            autocomplete="current-password"
            maxLength={256}
            value={old}
            onInput={(event) => setOld(event.currentTarget.value)}
            data-test="old-password"
          />
        </Field>
        {fields}
      </Form>
      <button type="button" class="button quiet" onClick={onOut}>
        {w('sign_out')}
      </button>
    </>
  );
}

/** With the code an administrator told: typed here, never part of an address. */
export function Reset({ api, onDone, onBack }: { api: Api; onDone: () => void; onBack: () => void }) {
  const [token, setToken] = useState('');
  const { password, fault, fields } = useNewPassword();
  return (
    <>
      <h1>{w('reset.heading')}</h1>
      <p class="muted signin-text">{w('reset.text')}</p>
      <Form
        send={w('reset.send')}
        disabled={fault !== null || token.trim() === ''}
        onSend={async () => {
          await api.post('/password-resets', { token: token.trim(), password });
          onDone();
        }}
        test="reset-form"
      >
        <Field label={w('reset.token')}>
          <input
            autocomplete="off"
            autocapitalize="none"
            spellcheck={false}
            maxLength={100}
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            data-test="reset-token"
          />
        </Field>
        {fields}
      </Form>
      <button type="button" class="button quiet" onClick={onBack} data-test="back">
        {w('back')}
      </button>
    </>
  );
}
