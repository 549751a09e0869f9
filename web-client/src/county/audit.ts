// A line of the audit log in words. Pure but for the language.
import type { AuditView, PersonRole } from '../generated/api';
import { o } from '../office/words';
import { COUNTY_ROLES } from './scopes';
import { p, wordOf } from './words-people';

/** Kinds of things that lines are about, as the service names them. */
export const THINGS = [
  'lesson',
  'entry',
  'term',
  'person',
  'school',
  'classroom',
  'alliance',
  'pairing',
  'bell plan',
  'device',
  'region',
  'webhook',
  'people',
  'classrooms',
  'schools',
] as const;

const ROLES: readonly string[] = ['teacher', 'assistant', 'school_admin', ...COUNTY_ROLES];

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a detail that is JSON; none where it is words. */
export function fieldsOf(detail: string): Fields | null {
  if (!detail.startsWith('{')) return null;
  try {
    return JSON.parse(detail) as Fields;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** What a thing is called: as its row says, as it is known by its id, or its id. A live lesson's acts name a participant, not the lesson. */
export function nameOf(line: AuditView, known: ReadonlyMap<string, string>): string {
  const fields = fieldsOf(line.detail);
  const by_id = known.get(line.thing_id);
  if (fields === null || line.act.startsWith('lesson.')) return by_id ?? line.thing_id;
  const person = fields.person as Fields | undefined;
  return text(fields.title) ?? text(fields.name) ?? text(person?.name) ?? text(fields.host) ?? text(fields.subject) ?? by_id ?? line.thing_id;
}

/** Names by id that the lines themselves tell: closing a thing tells only its id, making it told its name. The newest name wins. */
export function learned(lines: readonly AuditView[], known: ReadonlyMap<string, string>): Map<string, string> {
  const names = new Map(known);
  for (const line of [...lines].reverse()) {
    const name = nameOf(line, names);
    if (name !== line.thing_id) names.set(line.thing_id, name);
  }
  return names;
}

/** The lessons of which only the id is known. */
export function unnamedLessons(lines: readonly AuditView[], names: ReadonlyMap<string, string>): string[] {
  const unnamed = lines.filter((line) => line.thing === 'lesson' && line.thing_id !== '' && nameOf(line, names) === line.thing_id);
  return [...new Set(unnamed.map(({ thing_id }) => thing_id))];
}

/** `修改学校“白马河镇中心小学”`. */
export function sentenceOf(line: AuditView, known: ReadonlyMap<string, string>): string {
  const fields = fieldsOf(line.detail);
  const who = text(fields?.name) ?? '–';
  const parts = { act: wordOf('act', line.act, { who }), thing: wordOf('thing', line.thing), name: nameOf(line, known) };
  const said = line.thing_id === '' ? p('audit.sentence_unnamed', parts) : p('audit.sentence', parts);
  const role = line.act === 'grant' || line.act === 'end grant' ? text(fields?.role) : null;
  return role === null || !ROLES.includes(role) ? said : p('audit.as', { said, role: o(`role.${role as PersonRole}`) });
}

/** Who did it: a classroom's screen signs in as nobody, and goes into lessons alone. */
export function whoOf(line: AuditView): string {
  if (line.person) return line.person.name || line.person.id;
  const by = text(fieldsOf(line.detail)?.by);
  if (line.act === 'join') return p('audit.panel');
  return by === 'bell' ? p('audit.bell') : (by ?? p('audit.system'));
}

/** The rest of what is known, a field a line; of a detail in words just these. */
export function detailOf(detail: string): string {
  const fields = fieldsOf(detail);
  if (fields === null) return detail;
  return Object.entries(fields)
    .filter(([, value]) => value !== null && value !== '')
    .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`)
    .join('\n');
}
