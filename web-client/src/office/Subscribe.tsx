import { useState } from 'preact/hooks';
import { ApiProblem } from '../api/problem';
import type { FeedTokenView } from '../generated/api';
import { api } from './desk';
import { Form, Modal } from './Modal';
import { Copied } from './Once';
import { c } from './words-calendar';

interface Props {
  /** Whose lessons. */
  kind: 'people' | 'schools' | 'classrooms';
  id: string;
  name: string;
  /** What is proposed as the user; the service takes any. */
  user: string;
}

/** A button that opens the way to subscribe. */
export function Subscribe(props: Props) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" class="button quiet small" onClick={() => setOpen(true)} data-test="subscribe">
        {c('subscribe')}
      </button>
      {open && <SubscribeDialog {...props} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Makes a feed's token, shows it once, takes it back. */
function SubscribeDialog({ kind, id, name, user, onClose }: Props & { onClose: () => void }) {
  const [feed, setFeed] = useState<FeedTokenView | null>(null);
  const [told, setTold] = useState<'revoked' | 'none' | null>(null);
  const path = `/calendars/${kind}/${encodeURIComponent(id)}/token`;
  const make = async () => {
    setTold(null);
    setFeed(await api.post<FeedTokenView>(path));
  };
  const revoke = async () => {
    try {
      await api.remove(path);
      setTold('revoked');
    } catch (problem) {
      if (!(problem instanceof ApiProblem && problem.name === 'not_found')) throw problem;
      setTold('none');
    }
    setFeed(null);
  };
  return (
    <Modal title={c('title', { name })} onClose={onClose} test="subscribe-dialog">
      <p class="muted">{c('text')}</p>
      {feed && (
        <>
          <Copied label={c('address')} value={location.origin + feed.path} test="feed-address" />
          <Copied label={c('user')} value={user} test="feed-user" />
          <Copied label={c('password')} value={feed.token} test="feed-password" />
          <p class="office-note">{c('once')}</p>
        </>
      )}
      {told && (
        <p class="office-note good" role="status" data-test="feed-told">
          {c(told)}
        </p>
      )}
      {!feed && <p class="muted small-text">{c('made')}</p>}
      <div class="subscribe-acts">
        <Form send={c('revoke')} danger onSend={revoke} test="feed-revoke" />
        <Form send={c(feed ? 'renew' : 'make')} onSend={make} test="feed-make" />
      </div>
    </Modal>
  );
}
