// Changes of a lesson: tried first, then made. What the service says about a try is remembered for as long as nothing changed.
import { ApiProblem } from '../api/problem';
import { wallOf } from '../api/zone';
import type { BellPlan, LessonDraft, PlannedLessonView, WindowView } from '../generated/api';
import { api } from '../office/desk';
import { commonMinutes, isShort, periodsOn } from './calendar';
import { w } from './words';

/** What came of a try. */
export type Check = { kind: 'free' } | { kind: 'clash'; why: string } | { kind: 'failed'; problem: unknown };

/** Asks whether a change would clash; nothing is changed. */
export async function check(lesson: PlannedLessonView, draft: LessonDraft, signal?: AbortSignal): Promise<Check> {
  try {
    await api.put(`/lessons/${encodeURIComponent(lesson.id)}`, draft, lesson.version, { query: { dry_run: true }, ...(signal ? { signal } : {}) });
    return { kind: 'free' };
  } catch (problem) {
    if (problem instanceof ApiProblem && problem.name === 'clash') return { kind: 'clash', why: problem.detail };
    return { kind: 'failed', problem };
  }
}

/** Makes the change. */
export function change(lesson: PlannedLessonView, draft: LessonDraft): Promise<PlannedLessonView> {
  return api.put<PlannedLessonView>(`/lessons/${encodeURIComponent(lesson.id)}`, draft, lesson.version);
}

/** The lesson as it is now, after somebody else changed it. */
export function latestOf(lesson: PlannedLessonView): Promise<PlannedLessonView> {
  return api.get<PlannedLessonView>(`/lessons/${encodeURIComponent(lesson.id)}`);
}

export function windowsOf(lesson: PlannedLessonView): Promise<WindowView[]> {
  return api.all<WindowView>(`/lessons/${encodeURIComponent(lesson.id)}/windows`);
}

/** What receives, as far as bells go: a lesson, or one that is only being filled in. */
export interface Received {
  receivers: readonly { school: string; school_name: string }[];
}

/** The bells of the schools that receive a lesson, by school. One that may not be seen is left out: the service warns after the change. */
export async function bellsOfReceivers(lesson: Received): Promise<Map<string, BellPlan[]>> {
  const schools = [...new Set(lesson.receivers.map(({ school }) => school))];
  const plans = await Promise.all(schools.map((school) => api.all<BellPlan>('/bell-plans', { school }).catch(() => [])));
  return new Map(schools.map((school, index) => [school, plans[index] ?? []]));
}

/** Warnings of common windows under 30 minutes, should the lesson be moved there; one for each school. */
export function shortWindows(lesson: Received, bells: ReadonlyMap<string, readonly BellPlan[]>, start_ms: number, end_ms: number, zone: string): string[] {
  const { day, minute } = wallOf(start_ms, zone);
  const end = minute + Math.round((end_ms - start_ms) / 60_000);
  const warned = new Map<string, string>();
  for (const { school, school_name } of lesson.receivers) {
    const plans = bells.get(school) ?? [];
    if (plans.length === 0 || warned.has(school)) continue;
    const periods = periodsOn(plans, day);
    if (!isShort(periods, minute, end)) continue;
    const minutes = commonMinutes(periods, minute, end);
    warned.set(school, minutes === 0 ? w('window.none', { school: school_name }) : w('window.short', { school: school_name, minutes }));
  }
  return [...warned.values()];
}
