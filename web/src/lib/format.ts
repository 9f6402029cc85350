// Dates, times and numbers as people of the locale write them.
import { timestampDate, type Timestamp } from '@bufbuild/protobuf/wkt';
import { localeTag } from './i18n';

type Moment = Timestamp | Date | undefined;
const made = new Map<string, Intl.DateTimeFormat>();

function formatter(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = localeTag() + JSON.stringify(options);
  let f = made.get(key);
  if (!f) made.set(key, (f = new Intl.DateTimeFormat(localeTag(), options)));
  return f;
}

/** dateOf is a timestamp as a Date; undefined stays undefined. */
export function dateOf(at: Moment): Date | undefined {
  return at instanceof Date || at === undefined ? at : timestampDate(at);
}

/** absolute is date and time with the zone, as shown on hover. */
export function absolute(at: Moment): string {
  const d = dateOf(at);
  return d ? formatter({ dateStyle: 'medium', timeStyle: 'long' }).format(d) : '';
}

/** dateTime is date and time, short. */
export function dateTime(at: Moment): string {
  const d = dateOf(at);
  return d ? formatter({ dateStyle: 'medium', timeStyle: 'short' }).format(d) : '';
}

/** day is the date of "2026-02-28" or of a moment. */
export function day(at: Moment | string): string {
  if (typeof at === 'string') {
    const d = new Date(`${at}T00:00:00Z`);
    return Number.isNaN(d.getTime()) ? at : formatter({ dateStyle: 'medium', timeZone: 'UTC' }).format(d);
  }
  const d = dateOf(at);
  return d ? formatter({ dateStyle: 'medium' }).format(d) : '';
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000], ['month', 2_592_000], ['week', 604_800], ['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1],
];

/** relative is "3 hours ago" or "in 2 days". */
export function relative(at: Moment, now: number = Date.now()): string {
  const d = dateOf(at);
  if (!d) return '';
  const seconds = Math.round((d.getTime() - now) / 1000);
  const format = new Intl.RelativeTimeFormat(localeTag(), { numeric: 'auto' });
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  }
  return format.format(0, 'second');
}

/** span is a duration in seconds as "2 h 05 min"; a negative one has a minus. */
export function span(seconds: number): string {
  const s = Math.abs(Math.round(seconds));
  const [d, h, m] = [Math.floor(s / 86_400), Math.floor((s % 86_400) / 3600), Math.floor((s % 3600) / 60)];
  const text = d ? `${d} d ${h} h` : h ? `${h} h ${String(m).padStart(2, '0')} min` : m ? `${m} min` : `${s} s`;
  return seconds < 0 ? `−${text}` : text;
}

/** number is a number with the locale's separators. */
export function number(n: number, digits = 0): string {
  return new Intl.NumberFormat(localeTag(), { maximumFractionDigits: digits }).format(n);
}

/** bytes is a file's size. */
export function bytes(n: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return `${number(n, i ? 1 : 0)} ${units[i]}`;
}
