import type { ComponentChildren } from 'preact';
import { t } from '../i18n';
import type { Barrier } from '../problem';
import { worthRetrying } from '../problem';
import { LangSwitch } from './LangSwitch';

interface Props {
  title: string;
  text: string;
  test: string;
  children?: ComponentChildren;
}

/** A whole page that says one thing and what to do about it. */
export function Gate({ title, text, test, children }: Props) {
  return (
    <main class="gate" data-test={test}>
      <div class="gate-lang">
        <LangSwitch />
      </div>
      <section class="gate-card" role="alert">
        <h1>{title}</h1>
        <p>{text}</p>
        {children && <div class="gate-actions">{children}</div>}
      </section>
    </main>
  );
}

interface BarrierProps {
  barrier: Barrier;
  onRetry: () => void;
  /** Where one came from; the start page where that is not known. */
  home?: { text: string; go: () => void } | undefined;
}

/** The gate of a barrier, with the attempt that may lift it. */
export function BarrierGate({ barrier, onRetry, home }: BarrierProps) {
  const retry =
    barrier === 'version' ? (
      <button type="button" class="button primary" onClick={() => location.reload()} data-test="reload">
        {t('action.reload')}
      </button>
    ) : worthRetrying(barrier) ? (
      <button type="button" class="button primary" onClick={onRetry} data-test="retry">
        {t('action.retry')}
      </button>
    ) : null;
  return (
    <Gate title={t(`barrier.${barrier}.title`)} text={t(`barrier.${barrier}.text`)} test={`barrier-${barrier}`}>
      {retry}
      {home ? (
        <button type="button" class="button" onClick={home.go} data-test="home">
          {home.text}
        </button>
      ) : (
        <a class="button" href="/">
          {t('action.home')}
        </a>
      )}
    </Gate>
  );
}
