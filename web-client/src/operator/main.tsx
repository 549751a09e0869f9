import { Credentials, storeOf } from '../credentials';
import { exposeDebug } from '../debug';
import { BarrierGate } from '../ui/Gate';
import { mount } from '../ui/mount';
import { App } from './App';
import './operator.css';
import { Poll } from './poll';

const address = { hash: location.hash, clear: () => history.replaceState(null, '', location.pathname + location.search) };
const credentials = new Credentials('operator', storeOf('sessionStorage'), null, address);
const token = credentials.token();
const poll = token === null ? null : new Poll(token);
exposeDebug('operator', {
  state: () => ({ lessons: poll ? [...poll.lessons.peek().values()].map((lesson) => lesson.overview) : [], problem: poll?.problem.peek() ?? null }),
  stats: async () => null,
  offers: () => 0,
});
mount('title.operator', poll ? <App poll={poll} /> : <BarrierGate barrier="token_missing" onRetry={() => undefined} />);
poll?.now();
