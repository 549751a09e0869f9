// Webhooks and the audit log for the fake service.
import type { AuditView, Webhook, WebhookDeliveryView } from '../src/generated/api';
import type { County } from './county';

export function webhooks(): Webhook[] {
  return [
    { id: 'w1', region: 'qs', url: 'https://edu.qs.gov.cn/hooks/tongke?key=4711', events: ['lesson.ended', 'lesson.live'], active: true, version: 1 },
    { id: 'w2', region: null, url: 'https://oa.example.org/tongke', events: ['classroom.lost'], active: false, version: 1 },
  ];
}

const EVENTS = ['lesson.live', 'lesson.ended', 'classroom.lost'] as const;

/** Deliveries of a webhook, the latest first: most were taken, one waits, some were given up. */
export function deliveries(now: number): WebhookDeliveryView[] {
  return Array.from({ length: 70 }, (_, i) => {
    const state = i === 0 ? 'waiting' : i % 9 === 4 ? 'failed' : 'delivered';
    return {
      id: `dl${i}`,
      event: EVENTS[i % 3] ?? 'lesson.live',
      at_ms: now - i * 1_300_000,
      state,
      attempts: state === 'delivered' ? 1 : state === 'failed' ? 12 : 3,
      status: state === 'delivered' ? 204 : state === 'failed' ? 503 : null,
      error: state === 'delivered' ? null : state === 'failed' ? 'answered 503 Service Unavailable' : 'connection refused',
      next_ms: state === 'waiting' ? now + 240_000 : null,
      done_ms: state === 'waiting' ? null : now - i * 1_300_000 + 400,
    };
  });
}

type Line = Pick<AuditView, 'act' | 'thing' | 'thing_id' | 'detail'>;

/** Lines of a day's work, over and over. */
export function auditLines(county: County, now: number): AuditView[] {
  const school = county.schools[2];
  const entry = { title: '五年级英语', subject: '英语', weekday: 2, period: 3 };
  const kinds: Line[] = [
    { act: 'update', thing: 'school', thing_id: school?.id ?? '', detail: JSON.stringify(school) },
    { act: 'sign in', thing: 'person', thing_id: 'op', detail: 'with a second factor' },
    { act: 'create', thing: 'entry', thing_id: 'e9', detail: JSON.stringify(entry) },
    { act: 'cancel', thing: 'lesson', thing_id: 'l9', detail: JSON.stringify({ title: '三年级音乐', reason: '停电检修' }) },
    { act: 'grant', thing: 'person', thing_id: 'chen', detail: JSON.stringify({ role: 'teacher', scope: 'school', scope_id: 's1' }) },
    { act: 'import', thing: 'term', thing_id: 't1', detail: '120 made, 3 unchanged' },
    { act: 'lesson.block', thing: 'lesson', thing_id: 'l3', detail: JSON.stringify({ participant: 'c2', name: '青石岭小学五（1）班', by: '陈晓梅' }) },
    { act: 'something new', thing: 'gadget', thing_id: 'x1', detail: '<img src=x onerror=alert(1)>' },
  ];
  const who = ['op', 'admin', 'chen', null];
  return Array.from({ length: 130 }, (_, i) => {
    const id = who[i % 4] ?? null;
    const person = id === null ? null : { id, name: county.people.find((other) => other.id === id)?.name ?? '' };
    return { id: `au${i}`, at_ms: now - i * 900_000, person, address: person ? '10.24.3.17' : '', ...(kinds[i % kinds.length] as Line) };
  });
}

/** A page of rows, as the service cuts them. */
export function paged<T>(rows: readonly T[], query: Record<string, string>): { items: T[]; next: string | null } {
  const from = Number(query.cursor ?? 0);
  const to = from + Math.min(Number(query.limit ?? 200), 1_000);
  return { items: rows.slice(from, to), next: to < rows.length ? String(to) : null };
}
