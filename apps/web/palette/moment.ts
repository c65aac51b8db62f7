const UNIT_MS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const CLOCK = /^(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
const DAY = /^(\d{4})-(\d{1,2})-(\d{1,2})$/;

/** Year, month (from 1) and day. */
type Day = [number, number, number];
/** With hour, minute and second. */
type Parts = [...Day, number, number, number];

/**
 * The moment that somebody means, in milliseconds since the epoch: `03:12`, `03:12 yesterday`, `2026-11-29 03:12`, all in
 * local time (`UTC` or `Z` at the end: in that), or `-2h`, `90m ago`. A time of day that is still to come is that of the
 * day before. Undefined: it is no moment, there was no such one, as where the clock was put forward, or it is to come.
 */
export function parseMoment(text: string, nowMs: number): number | undefined {
  const words = text.trim().toLowerCase();
  const ago = /^(?:[-−](.+)|(.+) ago)$/.exec(words);
  const ms = ago ? agoMs(ago[1] ?? ago[2] ?? '', nowMs) : calendarMs(words, nowMs);
  return ms !== undefined && ms <= nowMs && ms >= 0 ? ms : undefined;
}

/** `2h`, `2h30m`, `1 d` before now. */
function agoMs(text: string, nowMs: number): number | undefined {
  if (!/^(?:\d+(?:\.\d+)?\s*[smhd]\s*)+$/.test(text)) return undefined;
  const parts = text.matchAll(/([\d.]+)\s*([smhd])/g);
  let ms = 0;
  for (const [, count, unit] of parts) ms += Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  return nowMs - ms;
}

function calendarMs(text: string, nowMs: number): number | undefined {
  const zoned = /^(.*?)\s*(?:utc|z)$/.exec(text);
  const [msOf, dayOf] = zoned ? [utcMs, utcDay] : [localMs, localDay];
  const words = (zoned?.[1] ?? text).replace(/^(\d{4}-\d{1,2}-\d{1,2})t/, '$1 ').split(/\s+/);
  const clock = words.find((word) => CLOCK.test(word));
  const [day, ...more] = words.filter((word) => word !== clock);
  const [, hour, minute, second = '0'] = CLOCK.exec(clock ?? '') ?? [];
  if (hour === undefined || minute === undefined || more.length > 0) return undefined;
  const onDay = (date: Day) => msOf([...date, Number(hour), Number(minute), Number(second)]);
  if (day === 'today') return onDay(dayOf(nowMs, 0));
  if (day === 'yesterday') return onDay(dayOf(nowMs, -1));
  if (day !== undefined) {
    const [, year, month, date] = DAY.exec(day) ?? [];
    return year === undefined ? undefined : onDay([Number(year), Number(month), Number(date)]);
  }
  const ms = onDay(dayOf(nowMs, 0));
  return ms !== undefined && ms > nowMs ? onDay(dayOf(nowMs, -1)) : ms;
}

/** The local day of a moment, or so many days later. */
function localDay(ms: number, days: number): Day {
  const time = new Date(ms);
  time.setHours(12, 0, 0, 0);
  time.setDate(time.getDate() + days);
  return [time.getFullYear(), time.getMonth() + 1, time.getDate()];
}

function utcDay(ms: number, days: number): Day {
  const time = new Date(ms + days * UNIT_MS.d);
  return [time.getUTCFullYear(), time.getUTCMonth() + 1, time.getUTCDate()];
}

/** Undefined where the local clock never showed that. A time that it showed twice is the first of them. */
function localMs(parts: Parts): number | undefined {
  const [year, month, day, hour, minute, second] = parts;
  const time = new Date(year, month - 1, day, hour, minute, second);
  const shown = [time.getHours(), time.getMinutes(), time.getSeconds()];
  return isDate(parts) && shown.join() === [hour, minute, second].join() ? time.getTime() : undefined;
}

function utcMs(parts: Parts): number | undefined {
  const [year, month, day, hour, minute, second] = parts;
  return isDate(parts) ? Date.UTC(year, month - 1, day, hour, minute, second) : undefined;
}

/** `Date` takes 31 February for 3 March. */
function isDate([year, month, day, hour, minute, second]: Parts): boolean {
  if (month < 1 || month > 12 || day < 1 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return false;
  return hour < 24 && minute < 60 && second < 60;
}
