// Days and times of day in the service's time zone, whatever the browser's own. Pure.

const MINUTE = 60_000;
const DAY = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    const options: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false };
    format = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone });
    formats.set(zone, format);
  }
  return format;
}

/** A moment on the wall: its day and the minutes since midnight. */
export function wallOf(ms: number, zone: string): { day: string; minute: number } {
  const parts: Record<string, string> = {};
  for (const { type, value } of formatOf(zone).formatToParts(new Date(ms))) parts[type] = value;
  // Old browsers write midnight as 24.
  const hour = Number(parts.hour) % 24;
  return { day: `${parts.year}-${parts.month}-${parts.day}`, minute: hour * 60 + Number(parts.minute) };
}

/** The moment a day's minute is on the wall. */
export function instantOf(day: string, minute: number, zone: string): number {
  const wanted = Date.parse(`${day}T00:00:00Z`) + minute * MINUTE;
  let guess = wanted;
  // The offset at the guess and again at what it leads to: enough around a change of the clock.
  for (let round = 0; round < 2; round += 1) {
    const wall = wallOf(guess, zone);
    guess += wanted - (Date.parse(`${wall.day}T00:00:00Z`) + wall.minute * MINUTE);
  }
  return guess;
}

/** The day `days` later. */
export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10);
}

/** 1 (Monday) to 7. */
export function weekdayOf(day: string): number {
  return ((new Date(Date.parse(`${day}T00:00:00Z`)).getUTCDay() + 6) % 7) + 1;
}

/** The Monday of the day's week. */
export function mondayOf(day: string): string {
  return addDays(day, 1 - weekdayOf(day));
}

/** Whole days from one to another. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / DAY);
}

/** `08:05`. */
export function minuteText(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** Minutes of `08:05`; null where it is no time of day. */
export function minuteOf(text: string): number | null {
  const parts = /^(\d{1,2}):(\d{2})$/.exec(text);
  const minute = parts ? Number(parts[1]) * 60 + Number(parts[2]) : Number.NaN;
  return minute >= 0 && minute <= 1440 && Number(parts?.[2]) < 60 ? minute : null;
}

/** `08:05` of a moment. */
export function clockOf(ms: number, zone: string): string {
  return minuteText(wallOf(ms, zone).minute);
}

/** Month and day as numbers. */
export function monthDay(day: string): { month: number; date: number } {
  return { month: Number(day.slice(5, 7)), date: Number(day.slice(8, 10)) };
}
