import { effect } from '@preact/signals';
import { type ComponentChild, render } from 'preact';
import { type Key, langTag, t } from '../i18n';
import './style.css';

/** Puts a page up, with its title in the language shown. */
export function mount(title: Key | (() => string), page: ComponentChild): void {
  effect(() => {
    document.documentElement.lang = langTag();
    document.title = typeof title === 'function' ? title() : t(title);
  });
  const place = document.getElementById('app');
  if (place) render(page, place);
}
