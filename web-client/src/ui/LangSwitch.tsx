import { lang, speak } from '../i18n';

/** Shows the language one would switch to, in that language. */
export function LangSwitch() {
  const next = lang.value === 'zh' ? 'en' : 'zh';
  return (
    <button type="button" class="button quiet lang" lang={next === 'zh' ? 'zh-CN' : 'en'} onClick={() => speak(next)} data-test="lang">
      {next === 'zh' ? '中文' : 'English'}
    </button>
  );
}
