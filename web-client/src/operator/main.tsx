import { Credentials, storeOf } from '../credentials';
import { exposeDebug } from '../debug';
import { api } from '../office/desk';
import { mount } from '../ui/mount';
import { App } from './App';
import './operator.css';
import { Poll } from './poll';

const address = { hash: location.hash, clear: () => history.replaceState(null, '', location.pathname + location.search) };
const credentials = new Credentials('operator', storeOf('sessionStorage'), null, address);
// A link with a token is for a board on a wall; who signed in needs none.
const poll = new Poll(credentials.token(), api);
exposeDebug('operator', {
  state: () => ({ lessons: [...poll.lessons.peek().values()].map((lesson) => lesson.overview), problem: poll.problem.peek() }),
  stats: async () => null,
  offers: () => 0,
});
mount('title.operator', <App poll={poll} />);
poll.now();
