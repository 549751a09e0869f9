import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { templateAddress, templateRows } from '../../src/school/template';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the template of a list has the headings that are documented, and those of an export', () => {
  const documented = /any order: ((?:\p{Script=Han}+(?:, )?)+)\./u.exec(read('docs/api.md'))?.[1];
  expect(templateRows('list', 'zh')).toEqual([documented?.split(', ')]);
  const exported = [...read('signaling/timetable/src/sheet/list.rs').matchAll(/Self::\w+ => \("([^"]+)", "([^"]+)"/g)];
  expect(templateRows('list', 'zh')).toEqual([exported.map(([, chinese]) => chinese)]);
  expect(templateRows('list', 'en')).toEqual([exported.map(([, , english]) => english)]);
});

test('that of a week is a grid of periods and weekdays; both are CSV that Excel reads', () => {
  const rows = templateRows('grid', 'zh');
  expect(rows[0]).toEqual(['节次', '周一', '周二', '周三', '周四', '周五']);
  expect(rows.every((row) => row.length === 6) && rows.length === 9).toBe(true);
  expect(rows[8]).toEqual(['8', '', '', '', '', '']);
  const text = decodeURIComponent(templateAddress('list', 'zh').split(',')[1] ?? '');
  expect(text).toMatch(/^\uFEFF星期,节次,.*,结束日期\r\n$/);
});
