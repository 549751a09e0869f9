// Two typed dictionaries and the language now shown.
import { signal } from '@preact/signals';
import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof zh;
export type Lang = 'zh' | 'en';
export type Params = Record<string, string | number>;

export const dictionaries: Record<Lang, Record<Key, string>> = { zh, en };

const STORE = 'tongke.lang';

/** The language now shown; components that read it follow. */
export const lang = signal<Lang>(kept());

/** The text of `key` in the language now shown, with `{name}` filled in. */
export function t(key: Key, params: Params = {}): string {
  return fill(dictionaries[lang.value][key], params);
}

export function fill(template: string, params: Params): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

/** Shows the page in `next` from now on, also after a reload. */
export function speak(next: Lang): void {
  lang.value = next;
  try {
    localStorage.setItem(STORE, next);
  } catch {
    // Without a store the choice lasts until the page is closed.
  }
}

/** The tag for `<html lang>`. */
export function langTag(): string {
  return lang.value === 'zh' ? 'zh-CN' : 'en';
}

function kept(): Lang {
  try {
    return localStorage.getItem(STORE) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}
