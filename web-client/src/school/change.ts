// Changes of a lesson: tried first, then made. What the service says about a try is remembered for as long as nothing changed.
import { ApiProblem } from '../api/problem';
import { wallOf } from '../api/zone';
import type { BellPlan, LessonDraft, PlannedLessonView, School, WindowView } from '../generated/api';
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

/** A common window that is too short. */
export interface ShortWindow {
  /** The receiving school. */
  school: string;
  /** Whom it is about. */
  name: string;
  text: string;
  /** It has no bells at all. */
  bare: boolean;
}

/** The common windows of a lesson that are too short, by receiving classroom. `seen`: the schools whose bells are. */
export async function shortWindowsOf(lesson: PlannedLessonView, seen: readonly School[]): Promise<ShortWindow[]> {
  const windows = await api.all<WindowView>(`/lessons/${encodeURIComponent(lesson.id)}/windows`);
  const short = windows.filter((window) => window.short);
  const bells = await bellsOfReceivers({ receivers: short.filter(({ common_min }) => common_min === 0).map(({ place }) => place) }, seen);
  return short.map(({ place: { school, school_name, name }, message }) => {
    const bare = bells.get(school)?.length === 0;
    return { school, name: `${school_name} ${name}`, text: bare ? w('window.bare') : message, bare };
  });
}

/** What is too short in one line. */
export function shortText(windows: readonly ShortWindow[]): string {
  return windows.map(({ name, text }) => `${name} ${text}`).join('；');
}

/** What receives, as far as bells go: a lesson, or one that is only being filled in. */
export interface Received {
  receivers: readonly { school: string; school_name: string }[];
}

/** The bells of the schools that receive a lesson, by school. Those of a school that is not seen are left out: the service warns after the change. */
export async function bellsOfReceivers({ receivers }: Received, seen: readonly School[]): Promise<Map<string, BellPlan[]>> {
  const schools = seen.filter(({ id }) => receivers.some(({ school }) => school === id)).map(({ id }) => id);
  const plans = await Promise.all(schools.map((school) => api.all<BellPlan>('/bell-plans', { school }).catch(() => null)));
  return new Map(schools.flatMap((school, index): [string, BellPlan[]][] => (plans[index] ? [[school, plans[index]]] : [])));
}

/** The common windows under 30 minutes, should the lesson be moved there; one for each school. */
export function shortWindows(lesson: Received, bells: ReadonlyMap<string, readonly BellPlan[]>, start_ms: number, end_ms: number, zone: string): ShortWindow[] {
  const { day, minute } = wallOf(start_ms, zone);
  const end = minute + Math.round((end_ms - start_ms) / 60_000);
  const warned = new Map<string, ShortWindow>();
  for (const { school, school_name: name } of lesson.receivers) {
    const plans = bells.get(school);
    if (plans === undefined || warned.has(school)) continue;
    const periods = periodsOn(plans, day);
    if (!isShort(periods, minute, end)) continue;
    const minutes = commonMinutes(periods, minute, end);
    const bare = plans.length === 0;
    const text = bare ? w('window.bare') : minutes === 0 ? w('window.none') : w('window.short', { minutes });
    warned.set(school, { school, name, text, bare });
  }
  return [...warned.values()];
}
