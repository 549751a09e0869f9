import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { timeText } from '../ui/format';

/** The protocol's limit. */
const LONGEST = 500;

export function Chat() {
  const lesson = useLesson();
  const { chat, you } = lesson.session.value;
  const [text, setText] = useState('');
  const list = useRef<HTMLOListElement>(null);
  useEffect(() => {
    const element = list.current;
    if (element) element.scrollTop = element.scrollHeight;
  }, [chat.length]);
  const say = (event: Event) => {
    event.preventDefault();
    const line = text.trim();
    if (line !== '' && lesson.send({ type: 'chat', text: line })) setText('');
  };
  return (
    <section class="chat" aria-label={t('chat.heading')}>
      <ol ref={list} aria-live="polite" data-test="chat-lines">
        {chat.length === 0 && <li class="muted small-text">{t('chat.empty')}</li>}
        {chat.map((line) => (
          <li key={line.seq} class={line.from === you ? 'own-line' : ''}>
            <span class="chat-head">
              <span class="ellipsis">{line.name}</span>
              <time>{timeText(line.at_ms)}</time>
            </span>
            <span class="chat-text">{line.text}</span>
          </li>
        ))}
      </ol>
      <form onSubmit={say}>
        <input
          value={text}
          maxLength={LONGEST}
          placeholder={t('chat.placeholder')}
          aria-label={t('chat.placeholder')}
          onInput={(event) => setText(event.currentTarget.value)}
          data-test="chat-input"
        />
        <button type="submit" class="button small primary" disabled={text.trim() === '' || lesson.phase.value.kind !== 'joined'} data-test="chat-send">
          {t('chat.send')}
        </button>
      </form>
    </section>
  );
}
