// An empty timetable, to be filled in and imported: with the headings of an export. Pure.
import type { Lang } from '../i18n';

export type Layout = 'list' | 'grid';

const LIST: Readonly<Record<Lang, readonly string[]>> = {
  zh: ['星期', '节次', '学科', '课程名称', '主讲教师', '助教', '主讲教室', '听讲教室', '课型', '周次', '开始日期', '结束日期'],
  en: ['weekday', 'period', 'subject', 'title', 'teacher', 'assistants', 'host classroom', 'receiving classrooms', 'kind', 'weeks', 'from', 'to'],
};
const WEEK: Readonly<Record<Lang, readonly string[]>> = {
  zh: ['节次', '周一', '周二', '周三', '周四', '周五'],
  en: ['period', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday'],
};
const PERIODS = 8;

/** The rows of an empty sheet: the headings of a list, or a week without lessons. */
export function templateRows(layout: Layout, lang: Lang): readonly (readonly string[])[] {
  if (layout === 'list') return [LIST[lang]];
  return [WEEK[lang], ...Array.from({ length: PERIODS }, (_, index) => WEEK[lang].map((_, column) => (column === 0 ? String(index + 1) : '')))];
}

/** The sheet as the address of a CSV file, marked so that Excel takes it for UTF-8. */
export function templateAddress(layout: Layout, lang: Lang): string {
  const text = templateRows(layout, lang)
    .map((row) => `${row.join(',')}\r\n`)
    .join('');
  return `data:text/csv;charset=utf-8,${encodeURIComponent(`\uFEFF${text}`)}`;
}
