// How a lesson's record is written. Pure.
import type { Place } from '../generated/api';
import { a } from './words';

/** `38 分`, `3 分 20 秒`, `45 秒`: seconds only of what is short. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return a('time.seconds', { s: whole });
  if (whole >= 600) return a('time.minutes', { m: Math.round(whole / 60) });
  const rest = whole % 60;
  const m = Math.floor(whole / 60);
  return rest === 0 ? a('time.minutes', { m }) : a('time.both', { m, s: rest });
}

export function placeText({ school_name, name }: Place): string {
  return `${school_name} ${name}`;
}
