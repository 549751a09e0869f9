import { type Key, t } from '../i18n';
import { LangSwitch } from '../ui/LangSwitch';
import { mount } from '../ui/mount';
import './landing.css';

const DOORS = ['console', 'panel', 'operator'] as const;

function Landing() {
  return (
    <main class="landing">
      <header class="landing-head">
        <span class="brand">{t('brand')}</span>
        <span class="spacer" />
        <LangSwitch />
      </header>
      <section class="landing-hero">
        <h1>{t('landing.title')}</h1>
        <p>{t('landing.text')}</p>
      </section>
      <nav class="doors" aria-label={t('landing.doors')}>
        {DOORS.map((door) => (
          <a key={door} class={`door door-${door}`} href={`/${door}`} data-test={`door-${door}`}>
            <h2>{t(`title.${door}`)}</h2>
            <p>{t(`landing.${door}`)}</p>
            <span class="door-go">{t('landing.go')}</span>
          </a>
        ))}
      </nav>
      <section class="landing-help">
        <h2>{t('landing.help')}</h2>
        <ul>
          {(['landing.help_link', 'landing.help_expired', 'landing.help_browser'] satisfies Key[]).map((key) => (
            <li key={key}>{t(key)}</li>
          ))}
        </ul>
      </section>
    </main>
  );
}

mount('title.landing', <Landing />);
