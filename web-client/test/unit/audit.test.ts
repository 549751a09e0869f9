import { beforeAll, describe, expect, test } from 'vitest';
import { detailOf, fieldsOf, learned, nameOf, sentenceOf, unnamedLessons, whoOf } from '../../src/county/audit';
import { hostOf } from '../../src/county/hosts';
import { grantOf, placesOf, scopesFor } from '../../src/county/scopes';
import type { AuditView } from '../../src/generated/api';
import { lang } from '../../src/i18n';

const line = (change: Partial<AuditView>): AuditView => ({
  id: 'a',
  at_ms: 0,
  person: { id: 'op', name: '何海燕' },
  address: '',
  act: 'update',
  thing: 'school',
  thing_id: 's1',
  detail: '',
  ...change,
});
const names = new Map([
  ['s1', '实验小学'],
  ['chen', '陈晓梅'],
]);

describe('a line of the audit log', () => {
  beforeAll(() => {
    lang.value = 'zh';
  });

  test('names the thing as it was written, else as it is known, else by its id', () => {
    expect(nameOf(line({ detail: '{"name":"白马河小学"}' }), names)).toBe('白马河小学');
    expect(nameOf(line({}), names)).toBe('实验小学');
    expect(nameOf(line({ thing_id: 'x9' }), names)).toBe('x9');
    expect(nameOf(line({ thing: 'person', thing_id: 'p', detail: '{"person":{"name":"林新"},"grants":[]}' }), names)).toBe('林新');
    expect(nameOf(line({ thing: 'webhook', thing_id: 'w', detail: '{"host":"edu.qs.gov.cn","region":null}' }), names)).toBe('edu.qs.gov.cn');
  });

  test('is a sentence; an act that has no word is shown as it is', () => {
    expect(sentenceOf(line({}), names)).toBe('修改学校“实验小学”');
    expect(sentenceOf(line({ act: 'import', thing: 'term', thing_id: 't1', detail: '120 made' }), names)).toBe('导入课表到学期“t1”');
    expect(sentenceOf(line({ act: 'something new', thing: 'gadget', thing_id: 'g' }), names)).toBe(' something new  gadget “g”');
  });

  test('what closes a thing is named as what made or changed it', () => {
    const lines = [
      line({ act: 'close', thing: 'entry', thing_id: 'e1' }),
      line({ thing: 'entry', thing_id: 'e1', detail: '{"title":"三年级书法"}' }),
      line({ act: 'create', thing: 'entry', thing_id: 'e1', detail: '{"title":"书法"}' }),
    ];
    const all = learned(lines, names);
    expect(lines.map((one) => nameOf(one, all))).toEqual(['三年级书法', '三年级书法', '书法']);
    expect(all.get('chen')).toBe('陈晓梅');
  });

  test('a role that was given is told', () => {
    const grant = line({ act: 'grant', thing: 'person', thing_id: 'chen', detail: '{"role":"teacher","scope":"school","scope_id":"s1"}' });
    expect(sentenceOf(grant, names)).toBe('授予权限给账号“陈晓梅”：主讲教师');
    expect(sentenceOf({ ...grant, detail: '{"role":"emperor"}' }, names)).toBe('授予权限给账号“陈晓梅”');
  });

  test('an act in a live lesson names whom it was done to, and is about the lesson', () => {
    const act = line({ act: 'lesson.block', thing: 'lesson', thing_id: 'l3', detail: '{"participant":"c1","name":"青石岭小学","by":"陈晓梅"}' });
    expect(sentenceOf(act, names)).toBe('禁止“青石岭小学”再进入：课“l3”');
  });

  test('who: the person, the bell, or the service', () => {
    expect(whoOf(line({}))).toBe('何海燕');
    expect(whoOf(line({ person: null, act: 'lesson.end', detail: '{"by":"bell"}' }))).toContain('铃');
    expect(whoOf(line({ person: null }))).toBe('系统或设备');
  });

  test('a screen goes into a lesson as nobody', () => {
    expect(whoOf(line({ person: null, act: 'join', thing: 'lesson', thing_id: 'l3', detail: 'classroom' }))).toBe('教室大屏');
  });

  test('the lessons that are known by their id alone, each once', () => {
    const join = line({ act: 'join', thing: 'lesson', thing_id: 'l3', detail: 'host' });
    const named = line({ act: 'cancel', thing: 'lesson', thing_id: 'l4', detail: '{"title":"三年级音乐"}' });
    const lines = [join, join, named, line({ act: 'join', thing: 'lesson', thing_id: 'l4', detail: 'host' })];
    expect(unnamedLessons(lines, learned(lines, names))).toEqual(['l3']);
  });

  test('details that are no JSON, or broken, stay words', () => {
    expect(fieldsOf('120 made')).toBe(null);
    expect(fieldsOf('{broken')).toBe(null);
    expect(detailOf('{broken')).toBe('{broken');
    expect(detailOf('{"a":"x","b":null,"c":[1]}')).toBe('a: x\nc: [1]');
  });
});

describe('roles of the county', () => {
  test('what holds everywhere is given only by who holds it', () => {
    expect(scopesFor('county_operator', false)).toEqual(['region']);
    expect(scopesFor('county_operator', true)).toContain('everything');
    expect(scopesFor('alliance_admin', true)).toEqual(['alliance']);
  });

  test('a grant needs a place, unless it holds everywhere', () => {
    expect(grantOf('inspector', 'everything', 'x')).toEqual({ role: 'inspector', scope: 'everything', scope_id: null });
    expect(grantOf('inspector', 'alliance', null)).toBe(null);
    expect(placesOf('everything', { regions: [], alliances: [], schools: [] })).toEqual([]);
  });
});

test('of a webhook’s URL only the host is shown', () => {
  expect(hostOf('https://edu.qs.gov.cn:8443/hook?key=1')).toBe('edu.qs.gov.cn:8443');
  expect(hostOf('nonsense')).toBe('nonsense');
});
