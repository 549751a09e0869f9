// What lessons are called of which a line of the audit log tells the id alone: asked one by one, each once.
import { useEffect, useRef, useState } from 'preact/hooks';
import { wallOf } from '../api/zone';
import type { PlannedLessonView } from '../generated/api';
import { api, zone } from '../office/desk';
import { dayText } from '../office/format';
import { p } from './words-people';

/** So many are asked about at a time, and while the page is open. */
const AT_ONCE = 4;
const MOST = 400;

/** Title and day of lessons, by id, as they become known; one that is not seen stays away. */
export function useLessonNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const [names, setNames] = useState<ReadonlyMap<string, string>>(new Map());
  const asked = useRef(new Set<string>());
  useEffect(() => {
    const queue = ids.filter((id) => !asked.current.has(id)).slice(0, MOST - asked.current.size);
    for (const id of queue) asked.current.add(id);
    const next = async (): Promise<void> => {
      const id = queue.shift();
      if (id === undefined) return;
      const lesson = await api.get<PlannedLessonView>(`/lessons/${encodeURIComponent(id)}`).catch(() => null);
      if (lesson) {
        const name = p('audit.lesson', { title: lesson.title, day: dayText(wallOf(lesson.start_ms, zone()).day) });
        setNames((old) => new Map(old).set(id, name));
      }
      return next();
    };
    for (let n = 0; n < AT_ONCE; n += 1) void next();
  }, [ids.join(' ')]);
  return names;
}
