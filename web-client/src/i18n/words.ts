// The words of one page or part, kept beside it: what a page does not show it does not load.
import { fill, lang, type Params } from './index';

/** The texts of one part in both languages; called with a key it gives the text in the language now shown. */
export interface Words<K extends string> {
  (key: K, params?: Params): string;
  readonly zh: Readonly<Record<K, string>>;
  readonly en: Readonly<Record<K, string>>;
}

/** Chinese first: the English has the same keys. */
export function words<K extends string>(zh: Record<K, string>, en: Record<NoInfer<K>, string>): Words<K> {
  const text = (key: K, params: Params = {}) => fill((lang.value === 'zh' ? zh : (en as Record<K, string>))[key], params);
  return Object.assign(text, { zh, en: en as Record<K, string> });
}
