import type { PlannedLessonView } from '../../src/generated/api';
import { place } from '../county';
import type { Harness } from './harness';

/** Today in the county. */
export function localDay(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 10);
}

/** A lesson of today's teacher, `minutes` from now. */
export function soon(harness: Harness, id: string, minutes: number, change: Partial<PlannedLessonView> = {}): PlannedLessonView {
  const { county } = harness.server.api;
  const start_ms = Math.floor(Date.now() / 60_000) * 60_000 + minutes * 60_000;
  const lesson: PlannedLessonView = {
    id,
    title: '五年级英语 Unit 3 My school calendar',
    subject: '英语',
    kind: 'dedicated',
    state: minutes <= 10 ? 'open' : 'scheduled',
    day: localDay(),
    period: 2,
    start_ms,
    end_ms: start_ms + 40 * 60_000,
    teacher: { id: 'chen', name: '陈晓梅' },
    assistants: [{ id: 's2-t2', name: '李建国' }],
    host: place(county, 's1-r1'),
    receivers: [
      { ...place(county, 's2-r2'), interactive: true },
      { ...place(county, 's6-r3'), interactive: true },
      { ...place(county, 's28-r1'), interactive: false },
    ],
    reason: null,
    changed_by_hand: false,
    entry: null,
    version: 1,
    ...change,
  };
  county.lessons = county.lessons.filter((other) => other.id !== id);
  county.lessons.push(lesson);
  return lesson;
}
