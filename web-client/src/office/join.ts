// Into a lesson from a page at a desk, and back to it afterwards.
import { useState } from 'preact/hooks';
import { CAME_FROM, lessonAddress } from '../api/way';
import { storeOf } from '../credentials';
import type { JoinView } from '../generated/api';
import { api, say } from './desk';
import { o } from './words';

/** Goes into a lesson; `problem`: why not. */
export function useJoin(): { join: (lesson: string) => Promise<void>; going: boolean; problem: unknown } {
  const [problem, setProblem] = useState<unknown>(null);
  const [going, setGoing] = useState(false);
  const join = async (lesson: string) => {
    setGoing(true);
    setProblem(null);
    try {
      const address = lessonAddress(await api.post<JoinView>(`/lessons/${encodeURIComponent(lesson)}/join`), location.origin);
      if (address !== null) {
        storeOf('sessionStorage')?.setItem(CAME_FROM, location.pathname);
        location.assign(address);
      } else say(o('join.other_page'), 'bad');
    } catch (refused) {
      setProblem(refused);
    }
    setGoing(false);
  };
  return { join, going, problem };
}
