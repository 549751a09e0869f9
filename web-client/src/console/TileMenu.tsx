import { useState } from 'preact/hooks';
import type { ParticipantView } from '../generated/protocol';
import { t } from '../i18n';
import { useLesson } from '../ui/context';
import { Dialog } from '../ui/Dialog';

/** What is done to a class rarely, and asked about first: sending it away, and keeping it out. `seated`: on stage without the floor; a small tile has no room for that button. */
export function TileMenu({ participant, seated }: { participant: ParticipantView; seated: boolean }) {
  const lesson = useLesson();
  const [open, setOpen] = useState(false);
  const { id, name } = participant;
  const offline = lesson.phase.value.kind !== 'joined';
  const say = (type: 'dismiss' | 'remove' | 'block') => {
    lesson.send({ type, participant: id });
    setOpen(false);
  };
  return (
    <>
      <button
        type="button"
        class="button small quiet"
        disabled={offline}
        aria-haspopup="dialog"
        aria-label={`${t('action.more')} ${name}`}
        onClick={() => setOpen(true)}
        data-test="tile-menu"
      >
        {t('action.more')}
      </button>
      {open && (
        <Dialog title={name} onClose={() => setOpen(false)}>
          {seated && (
            <button type="button" class="button large wide" disabled={offline} onClick={() => say('dismiss')} data-test="menu-dismiss">
              {t('action.dismiss')}
            </button>
          )}
          <p>{t('remove.text')}</p>
          <button type="button" class="button large wide" disabled={offline} onClick={() => say('remove')} data-test="remove">
            {t('action.remove')}
          </button>
          <p>{t('block.text')}</p>
          <button type="button" class="button large wide danger" disabled={offline} onClick={() => say('block')} data-test="block">
            {t('action.block')}
          </button>
          <div class="dialog-actions">
            <button type="button" class="button large" onClick={() => setOpen(false)} data-test="tile-menu-cancel">
              {t('action.cancel')}
            </button>
          </div>
        </Dialog>
      )}
    </>
  );
}
