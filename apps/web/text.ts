import { formatBytes } from '#domain/bytes';
import { type Subject, subjectWords } from '#domain/subject';

/** What is not known. */
export const NONE = '–';
type Known = number | null | undefined;
const isKnown = (value: Known): value is number => value !== null && value !== undefined && Number.isFinite(value);

/** `12.5`; more digits where it is small, none where it is large. */
export function figure(value: Known): string {
  if (!isKnown(value)) return NONE;
  const size = Math.abs(value);
  if (size >= 1e6) return value.toExponential(1);
  return value.toFixed(size >= 100 ? 0 : 1);
}

export const percent = (value: Known) => (isKnown(value) ? `${figure(value)} %` : NONE);
export const bytes = (value: Known) => (isKnown(value) ? formatBytes(value) : NONE);
export const whole = (value: Known) => (isKnown(value) ? Math.round(value).toLocaleString('en') : NONE);

/** `+12.5`, `−3.0`: how much something changed. */
export function signed(value: Known, text: (value: number) => string = figure): string {
  if (!isKnown(value)) return NONE;
  return `${value > 0 ? '+' : value < 0 ? '−' : '±'}${text(Math.abs(value))}`;
}

const two = (value: number) => String(value).padStart(2, '0');

/** Local date and time, `2026-11-30 03:12:40`. */
export function localTime(ms: number): string {
  const time = new Date(ms);
  return `${localDate(time)} ${localClock(ms)}`;
}

const localDate = (time: Date) => `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;

/** Local time of day, `03:12:40`. */
export function localClock(ms: number): string {
  const time = new Date(ms);
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}

/** Local time, with the date where it is not today's. */
export function shortTime(ms: number, nowMs = Date.now()): string {
  const time = new Date(ms);
  return localDate(time) === localDate(new Date(nowMs)) ? localClock(ms) : localTime(ms);
}

/** A local time as `<input type="datetime-local">` has it, and back; undefined where it is none. */
export const inputTime = (ms: number) => localTime(ms).replace(' ', 'T');
export function inputTimeMs(text: string): number | undefined {
  const ms = new Date(text).getTime();
  return Number.isNaN(ms) ? undefined : ms;
}

/** `2026-11-30 03:12:40 UTC` */
export const utcTime = (ms: number) => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** `12 s ago`, `in 5 min` */
export function relativeTime(ms: number, nowMs = Date.now()): string {
  const text = span(Math.abs(nowMs - ms));
  return ms > nowMs ? `in ${text}` : `${text} ago`;
}

/** `45 s`, `12 min`, `3 h`, `2 d` */
export function span(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

/** `1 host`, `3 hosts` */
export const many = (count: number, one: string, several = `${one}s`) =>
  `${whole(count)} ${count === 1 ? one : several}`;

/**
 * A name as one line of text: control and direction characters, which could break or turn the line around it, are shown
 * as escapes.
 */
export function nameText(name: string): string {
  return name.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return point === 10 ? '\\n' : point === 9 ? '\\t' : `\\u{${point.toString(16)}}`;
  });
}

/** What an alert or a series is about, as one line: `nginx cpu`, `host disk /var`. */
export const subjectText = (one: Subject) => nameText(subjectWords(one));
