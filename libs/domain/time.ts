import { z } from 'zod';

/** A point in time as microseconds since the Unix epoch; exact as a number until the year 2255. */
export type Micros = number;

export const MICROS_PER_SECOND = 1_000_000;
/** Samples further ahead of the server's clock are refused. */
export const MAX_AHEAD_MS = 10 * 60_000;

/** ISO 8601 in UTC with up to six fractional digits, as every time on the wire. */
export const isoTime = z
  .string()
  .max(27)
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$/, {
    error: 'must be an ISO 8601 time in UTC such as 2026-11-22T20:41:50.25Z',
    // What is no time at all is not said to be no date as well.
    abort: true,
  })
  .refine(isOfCalendar, { error: 'is no date of the calendar' })
  .describe('ISO 8601 in UTC, up to microseconds');

/** Date.parse takes 31 February for 3 March, and 24:00 for the next day. */
function isOfCalendar(text: string): boolean {
  const seconds = text.slice(0, 19);
  const ms = Date.parse(`${seconds}Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(seconds);
}

/** Microseconds of an ISO 8601 time that `isoTime` has accepted. */
export function isoToMicros(iso: string): Micros {
  const fraction = iso.slice(20, -1).padEnd(6, '0');
  return Date.parse(`${iso.slice(0, 19)}Z`) * 1000 + (fraction === '' ? 0 : Number(fraction));
}

/** Refines a query with a range: `from`, where both are given, is not after `to`. */
export function fromNotAfterTo({ from, to }: { from?: string; to?: string }, context: z.RefinementCtx): void {
  if (from === undefined || to === undefined || isoToMicros(from) <= isoToMicros(to)) return;
  context.addIssue({ code: 'custom', path: ['from'], message: `is after to, which is "${to}"` });
}

/** The shortest ISO 8601 form that loses nothing: milliseconds, or microseconds where there are any. */
export function microsToIso(micros: Micros): string {
  const iso = new Date(Math.floor(micros / 1000)).toISOString();
  const rest = ((micros % 1000) + 1000) % 1000;
  return rest === 0 ? iso : `${iso.slice(0, -1)}${String(rest).padStart(3, '0')}Z`;
}

/** ISO 8601 of milliseconds since the epoch, rounded to whole ones. */
export function msToIso(ms: number): string {
  return new Date(Math.round(ms)).toISOString();
}

/** ISO 8601 without a fraction, as on the console. */
export function isoSeconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** A duration such as `90s`, `5m`, `48h` in milliseconds; `undefined` where the text is none. */
export function parseDurationMs(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text);
  if (!match) return undefined;
  return Math.round(Number(match[1]) * unitMs[match[2] as keyof typeof unitMs]);
}

/** Schema of a duration between two bounds, which turns `5m` into milliseconds. */
export function duration(minMs: number, maxMs: number) {
  return z.string({ error: 'must be a duration such as 90s, 5m or 48h' }).transform((text, context) => {
    const ms = parseDurationMs(text);
    if (ms === undefined) {
      context.addIssue({
        code: 'custom',
        message: `must be a duration such as 90s, 5m or 48h, not "${text.slice(0, 40)}"`,
      });
      return z.NEVER;
    }
    if (ms < minMs || ms > maxMs) {
      context.addIssue({
        code: 'custom',
        message: `must be between ${formatDuration(minMs)} and ${formatDuration(maxMs)}`,
      });
      return z.NEVER;
    }
    return ms;
  });
}

/** `30 s`, `3 min`, `2 h`, `1 d 3 h`: for people. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours} h`;
  const rest = hours % 24;
  return `${Math.floor(hours / 24)} d${rest ? ` ${rest} h` : ''}`;
}
