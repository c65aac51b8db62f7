import { UsageError } from './command.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const calendar = /^(\d{4}-\d\d-\d\d)(?:[t ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?)?\s?(z|utc|[+-]\d\d:\d\d)?$/;
const clock = /^(\d{1,2}):(\d\d)(?::(\d\d))?$/;
const unixSeconds = /^@?(\d{9,11})(?:\.(\d{1,6}))?$/;
const agoPart =
  /^\s?(?:and )?(\d{1,6}(?:\.\d{1,3})?)\s?(?:(s|sec|secs|seconds?)|(m|mins?|minutes?)|(h|hours?)|(d|days?)|(w|weeks?))(?![a-z])/;
const weekdays = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];

/**
 * A moment as people write it, in milliseconds since the epoch; undefined where the text is none. Times are UTC unless
 * they say otherwise. `03:12` is the last time that it was so, `monday 03:12` the last Monday's, `yesterday` alone the
 * same time of yesterday.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const words = text.trim().toLowerCase().replaceAll(/\s+/g, ' ');
  if (words === 'now') return nowMs;
  const ms = parseCalendar(words) ?? parseUnix(words) ?? parseAgo(words, nowMs) ?? parseDay(words, nowMs);
  return ms !== undefined && ms >= 0 ? ms : undefined;
}

/** @throws UsageError naming the text, where it is no moment */
export function readMoment(what: string, text: string, nowMs: number): number {
  const ms = parseMoment(text, nowMs);
  if (ms !== undefined) return ms;
  throw new UsageError(
    `${what} must be a time such as "03:12 yesterday", "10 min ago" or 2026-11-22T03:12Z (UTC), not "${text}".`,
  );
}

function parseCalendar(text: string): number | undefined {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'z'] = calendar.exec(text) ?? [];
  if (date === undefined) return undefined;
  const iso = `${date}T${minutes}:${seconds}`;
  const ms = Date.parse(`${iso}.${fraction.slice(0, 3).padEnd(3, '0')}${/^[+-]/.test(zone) ? zone : 'Z'}`);
  // Date.parse takes 31 February for 3 March.
  const real = Date.parse(`${iso}Z`);
  return Number.isNaN(ms) || !new Date(real).toISOString().startsWith(iso) ? undefined : ms;
}

function parseUnix(text: string): number | undefined {
  const [, seconds, fraction = ''] = unixSeconds.exec(text) ?? [];
  return seconds === undefined ? undefined : Number(seconds) * 1000 + Number(fraction.slice(0, 3).padEnd(3, '0'));
}

/** `10 min ago`, `1h30m ago`, `1 day 2 hours ago`, `-10m`. */
function parseAgo(text: string, nowMs: number): number | undefined {
  const span = text.endsWith(' ago') ? text.slice(0, -4) : text.startsWith('-') ? text.slice(1) : undefined;
  if (span === undefined) return undefined;
  let rest = span;
  let ms = 0;
  do {
    const found = agoPart.exec(rest);
    if (!found) return undefined;
    const unit = [1000, MINUTE_MS, HOUR_MS, DAY_MS, 7 * DAY_MS].find((_, i) => found[i + 2] !== undefined);
    ms += Number(found[1]) * (unit ?? 0);
    rest = rest.slice(found[0].length);
  } while (rest !== '');
  return Math.round(nowMs - ms);
}

/** A time of the day, a day, or both in either order. */
function parseDay(text: string, nowMs: number): number | undefined {
  const words = text.split(' ').filter((word) => !['at', 'on', 'last', 'utc'].includes(word));
  const times = words.filter((word) => clock.test(word));
  const days = words.filter((word) => !clock.test(word));
  if (times.length > 1 || days.length > 1 || words.length === 0) return undefined;
  const ofDay = times[0] === undefined ? undefined : msOfDay(times[0]);
  if (times.length > 0 && ofDay === undefined) return undefined;
  const today = Math.floor(nowMs / DAY_MS) * DAY_MS;
  const start = days[0] === undefined ? today : startOf(days[0], today);
  if (start === undefined) return undefined;
  if (ofDay === undefined) return days[0] === 'yesterday' ? nowMs - DAY_MS : start;
  const found = start + ofDay;
  if (found <= nowMs || days[0] === 'today') return found;
  return found - (days[0] === undefined ? DAY_MS : 7 * DAY_MS);
}

function startOf(day: string, today: number): number | undefined {
  if (day === 'today') return today;
  if (day === 'yesterday') return today - DAY_MS;
  const weekday = weekdays.findIndex((name) => day === name || day === name.slice(0, 3));
  if (weekday < 0) return undefined;
  return today - ((new Date(today).getUTCDay() - weekday + 7) % 7) * DAY_MS;
}

function msOfDay(text: string): number | undefined {
  const [, hours, minutes, seconds = '0'] = clock.exec(text) ?? [];
  const [h, m, s] = [Number(hours), Number(minutes), Number(seconds)];
  return h < 24 && m < 60 && s < 60 ? h * HOUR_MS + m * MINUTE_MS + s * 1000 : undefined;
}
