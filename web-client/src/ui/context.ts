import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Lesson } from '../lesson';

const LessonContext = createContext<Lesson | null>(null);

export const LessonProvider = LessonContext.Provider;

/** The lesson of this page. */
export function useLesson(): Lesson {
  const lesson = useContext(LessonContext);
  if (!lesson) throw new Error('no LessonProvider above this component; wrap the page in one');
  return lesson;
}
