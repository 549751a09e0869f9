import { t } from '../i18n';
import { LangSwitch } from '../ui/LangSwitch';
import { mount } from '../ui/mount';
import './landing.css';
import { w } from './words';

/** The doors, those that most people want first, and what each asks for. */
const DOORS = [
  ['teacher', 'sign_in'],
  ['panel', 'panel'],
  ['school', 'sign_in'],
  ['county', 'sign_in'],
  ['operator', 'link'],
] as const;

function Landing() {
  return (
    <main class="landing">
      <header class="landing-head">
        <span class="brand">{t('brand')}</span>
        <span class="spacer" />
        <LangSwitch />
        <a class="button primary" href="/signin" data-test="sign-in">
          {w('sign.in')}
        </a>
      </header>
      <section class="landing-hero">
        <h1>{t('landing.title')}</h1>
        <p>{t('landing.text')}</p>
      </section>
      <nav class="doors" aria-label={t('landing.doors')}>
        {DOORS.map(([door, who]) => (
          <a key={door} class={`door door-${door}`} href={`/${door}`} data-test={`door-${door}`}>
            <h2>{w(`door.${door}`)}</h2>
            <p>{w(`text.${door}`)}</p>
            <span class="door-who">{w(`who.${who}`)}</span>
            <span class="door-go">{t('landing.go')}</span>
          </a>
        ))}
      </nav>
      <section class="landing-help">
        <h2>{t('landing.help')}</h2>
        <ul>
          {(['help.account', 'help.panel', 'help.link'] as const).map((key) => (
            <li key={key}>{w(key)}</li>
          ))}
          <li>{t('landing.help_browser')}</li>
        </ul>
      </section>
    </main>
  );
}

mount('title.landing', <Landing />);
