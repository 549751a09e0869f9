// A lesson for the page tests: long names, many classes.
import type { ChatLine, ParticipantView, Welcome } from '../../src/generated/protocol';
import { participant, welcome } from '../fake-server';

export const HOST = participant('h1', { role: 'host', name: '陈晓梅（县实验小学）', sources: ['microphone', 'camera'] });

const NAMES = [
  '青石岭小学五（1）班',
  '内蒙古自治区呼伦贝尔市鄂伦春自治旗大杨树镇中心校教学点五年级',
  '白马河教学点',
  '红旗乡中心小学 五（2）班',
  '石门坎小学',
  '云雾山希望小学五年级',
  '柳树沟教学点',
  '三岔口小学五（1）班',
  '大湾小学',
  '长岭镇第二中心小学五（3）班',
  '黄土坡教学点',
  '清水河小学',
];

/** `n` classrooms, `c1` first. */
export function classrooms(n: number): ParticipantView[] {
  return Array.from({ length: n }, (_, i) => participant(`c${i + 1}`, { name: `${NAMES[i % NAMES.length]}${i >= NAMES.length ? ` ${i + 1}` : ''}` }));
}

/** A welcome to the console. */
export function toConsole(n: number, change: Partial<Welcome> = {}): Welcome {
  return welcome({ you: HOST, participants: [HOST, ...classrooms(n)], ...change });
}

/** A welcome to classroom `c1`. */
export function toPanel(change: Partial<Welcome> = {}): Welcome {
  const you = classrooms(1)[0] as ParticipantView;
  return welcome({ you, participants: [HOST, you], ...change });
}

export function chatLines(): ChatLine[] {
  const lines = ['老师好，我们班到齐了，28 人。', '声音很清楚', '请把第 12 页再放大一点，后排同学看不清，谢谢老师！这一行很长，用来看换行是不是好看。'];
  return lines.map((text, i) => ({ seq: i + 1, from: `c${i + 1}`, name: NAMES[i] ?? '', text, at_ms: Date.now() - 60_000 * (5 - i) }));
}
