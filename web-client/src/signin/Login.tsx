import { useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { ApiProblem } from '../api/problem';
import type { SessionView, SignIn } from '../generated/api';
import { ProblemNote } from '../office/load';
import { Field } from '../office/Modal';
import { Provider } from './Provider';
import { w } from './words';

interface Props {
  api: Api;
  /** The password was just set. */
  done: boolean;
  onIn: (session: SessionView) => void;
  onReset: () => void;
}

/** Login and password; then the code, for who has a second factor. */
export function Login({ api, done, onIn, onReset }: Props) {
  const [login, setLogin] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [sending, setSending] = useState(false);
  const send = async (event: Event) => {
    event.preventDefault();
    if (sending) return;
    setSending(true);
    setProblem(null);
    try {
      const body: SignIn = { login: login.trim(), password, ...(code === null ? {} : { code: code.trim() }) };
      onIn(await api.post<SessionView>('/session', body));
    } catch (refused) {
      if (refused instanceof ApiProblem && refused.name === 'second_factor_needed' && code === null) setCode('');
      else setProblem(refused);
    }
    setSending(false);
  };
  return (
    <form onSubmit={send} class="office-form" data-test="login-form">
      <h1>{w('heading')}</h1>
      {done && <p class="office-note good">{w('reset.done')}</p>}
      {code === null ? (
        <>
          <Field label={w('login')} hint={w('login.hint')}>
            <input
              name="login"
              autocomplete="username"
              autocapitalize="none"
              spellcheck={false}
              maxLength={64}
              required
              value={login}
              onInput={(event) => setLogin(event.currentTarget.value)}
              data-test="login"
            />
          </Field>
          <Field label={w('password')}>
            <input
              name="password"
              type="password"
              autocomplete="current-password"
              maxLength={256}
              required
              value={password}
              onInput={(event) => setPassword(event.currentTarget.value)}
              data-test="password"
            />
          </Field>
        </>
      ) : (
        <Field label={`${w('code')} · ${login}`} hint={w('code.hint')}>
          <CodeInput value={code} onInput={setCode} />
        </Field>
      )}
      {problem !== null && <ProblemNote problem={problem} />}
      <button type="submit" class="button primary large signin-send" disabled={sending || (code !== null && !/^\d{6}$/.test(code))} data-test="enter">
        {w(code === null ? 'enter' : 'code.enter')}
      </button>
      {code === null && <Provider api={api} />}
      {code === null ? (
        <button type="button" class="button quiet" onClick={onReset} data-test="use-reset">
          {w('use_reset')}
        </button>
      ) : (
        <button
          type="button"
          class="button quiet"
          onClick={() => {
            setCode(null);
            setPassword('');
            setProblem(null);
          }}
        >
          {w('other_account')}
        </button>
      )}
    </form>
  );
}

/** Six digits, typed or pasted with a space between. */
export function CodeInput({ value, onInput }: { value: string; onInput: (code: string) => void }) {
  return (
    <input
      class="signin-code"
      inputMode="numeric"
      autocomplete="one-time-code"
      maxLength={8}
      // biome-ignore lint/a11y/noAutofocus: the one field of its step
      autoFocus
      value={value}
      onInput={(event) => {
        const digits = event.currentTarget.value.replace(/\D/g, '').slice(0, 6);
        event.currentTarget.value = digits;
        onInput(digits);
      }}
      data-test="code"
    />
  );
}
