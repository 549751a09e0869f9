import { useEffect, useRef, useState } from 'preact/hooks';
import type { Api } from '../api/client';
import { ApiProblem, tell } from '../api/problem';
import type { DeviceCodeView, NewDeviceCode, Place } from '../generated/api';
import { t } from '../i18n';
import { useNow } from '../ui/hooks';
import { Qr } from '../ui/Qr';
import { w } from './words';

interface Props {
  api: Api;
  revoked: boolean;
  onBound: (token: string, place: Place | null) => void;
}

const POLL_MS = 3_000;
const AGAIN_MS = 10_000;

/** Where the administrator confirms the code. It stands in the fragment; it opens nothing by itself and is shown on this very screen. */
export function bindingAddress(origin: string, code: string): string {
  return `${origin}/school#tab=devices&code=${code}`;
}

/** A panel that nobody bound yet: a code to be typed, the same in a QR code, and patience. */
export function Binding({ api, revoked, onBound }: Props) {
  const [code, setCode] = useState<ShownCode | null>(null);
  const [problem, setProblem] = useState<{ why: unknown; againAt: number } | null>(null);
  useNow(1_000);
  useCode(api, { code: setCode, problem: setProblem, bound: onBound });
  const minutes = code ? Math.max(1, Math.ceil((code.until - Date.now()) / 60_000)) : 0;
  const address = `${location.host}/school`;
  return (
    <div class="kiosk" data-test="binding">
      <header class="kiosk-head">
        <span class="brand">{t('brand')}</span>
        <span class="kiosk-place">{w('binding.title')}</span>
      </header>
      {revoked && (
        <p class="kiosk-problem" role="status" data-test="revoked">
          {w('binding.revoked')}
        </p>
      )}
      <main class="binding">
        <div class="binding-text">
          <ol>
            <li>{w('binding.step1', { address })}</li>
            <li>{w('binding.step2')}</li>
          </ol>
          <p class="binding-label">{w('binding.code')}</p>
          <p class="binding-code" data-test="code">
            {code ? `${code.code.slice(0, 3)} ${code.code.slice(3)}` : '— —'}
          </p>
          <p class="binding-hint" role="status" data-test="binding-hint">
            {problem !== null
              ? w('binding.failed', { seconds: Math.max(0, Math.ceil((problem.againAt - Date.now()) / 1000)), why: tell(problem.why) })
              : code
                ? `${w('binding.expires', { minutes })} · ${w('binding.waiting')}`
                : w('binding.getting')}
          </p>
        </div>
        <div class="binding-qr">{code && <Qr text={bindingAddress(location.origin, code.code)} label={w('binding.qr')} />}</div>
      </main>
    </div>
  );
}

/** A code with its end by the panel's own clock. */
type ShownCode = NewDeviceCode & { until: number };

/** A panel's clock may be years off: a life that cannot be is taken for a usual one. The service knows better and says so when it is asked. */
export function lifeOf({ expires_ms }: Pick<NewDeviceCode, 'expires_ms'>, now: number): number {
  const life = expires_ms - now;
  return life > 0 && life <= 3_600_000 ? life : 600_000;
}

interface CodeEvents {
  code: (code: ShownCode) => void;
  problem: (problem: { why: unknown; againAt: number } | null) => void;
  bound: (token: string, place: Place | null) => void;
}

/** Gets a code, asks whether it was confirmed, and gets another when it is used up. */
function useCode(api: Api, events: CodeEvents): void {
  const latest = useRef(events);
  latest.current = events;
  useEffect(() => {
    let timer = 0;
    let gone = false;
    const later = (act: () => Promise<void>, ms: number) => {
      if (!gone) timer = window.setTimeout(() => void act(), ms);
    };
    const get = async () => {
      try {
        const code = await api.post<NewDeviceCode>('/device-codes', undefined, { bearer: '' });
        if (gone) return;
        const shown = { ...code, until: Date.now() + lifeOf(code, Date.now()) };
        latest.current.code(shown);
        latest.current.problem(null);
        later(() => ask(shown), POLL_MS);
      } catch (why) {
        const pause = why instanceof ApiProblem && why.retryAfter !== null ? Math.max(AGAIN_MS, why.retryAfter * 1000) : AGAIN_MS;
        latest.current.problem({ why, againAt: Date.now() + pause });
        later(get, pause);
      }
    };
    const ask = async (code: ShownCode) => {
      if (Date.now() >= code.until) return get();
      try {
        const view = await api.get<DeviceCodeView>(`/device-codes/${encodeURIComponent(code.id)}`, { bearer: code.poll_token });
        if (gone) return;
        if (view.confirmed && view.token !== null) return latest.current.bound(view.token, view.place);
        latest.current.problem(null);
      } catch (why) {
        if (gone) return;
        // Used up or forgotten by the service: another one. Anything else is the line, and the code still holds.
        if (why instanceof ApiProblem && (why.status === 401 || why.status === 404)) return later(get, POLL_MS);
        latest.current.problem({ why, againAt: Date.now() + POLL_MS });
      }
      later(() => ask(code), POLL_MS);
    };
    void get();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, []);
}
