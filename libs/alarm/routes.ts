import { z } from 'zod';
import { type Incident, isAbout, matcher, matchesGlob, type Matcher } from '#domain';

const MAX_ROUTES = 200;
const days = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const MINUTES_A_DAY = 24 * 60;

const clock = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, { error: 'must be a time of the day such as 08:30' })
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3)));

const timeZone = z.string().refine(isTimeZone, { error: 'must be a time zone such as Europe/Berlin' });

const hours = z.strictObject({
  days: z.array(z.enum(days)).min(1).max(7).optional().describe('Days on which it begins; all by default'),
  from: clock.prefault('00:00').describe('Time of the day, inclusive'),
  to: z
    .union([z.literal('24:00').transform(() => MINUTES_A_DAY), clock])
    .prefault('24:00')
    .describe('Time of the day, exclusive; of the next day where it is before `from`'),
  timezone: timeZone.prefault('UTC').describe('IANA time zone'),
});
type Hours = z.infer<typeof hours>;

const channelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, { error: 'must be the name of a channel such as slack' });

/** Who is told of what, and when. */
export const route = z.strictObject({
  match: matcher
    .extend({
      rule: z.string().min(1).max(1024).optional().describe('Glob (* and ?) of the rule'),
      color: z.enum(['AMBER', 'RED']).optional(),
    })
    .prefault({}),
  when: hours.optional(),
  to: z.array(channelName).max(50).describe('Names of channels; none: nobody is told'),
  continue: z.boolean().prefault(false).describe('Later routes are asked too'),
});
export type Route = z.infer<typeof route>;

export const routeList = z.array(route).max(MAX_ROUTES);

/** An alert as routes see it. */
export type Routed = Pick<Incident, 'host' | 'process' | 'unit' | 'metric' | 'device' | 'color' | 'rule'> & {
  service: string | null;
};

/** What one route said, for people. */
export interface RouteStep {
  route: number;
  to: string[];
  matched: boolean;
  why: string;
}

export interface Routing {
  /** Channels; null: no route matched, so that all are told. */
  to: string[] | null;
  steps: RouteStep[];
}

/** Who is told of an alert at a moment: what the first route that matches names, and of those after it that it lets ask. */
export function routeOf(routes: Route[], alert: Routed, nowMs: number): Routing {
  const steps: RouteStep[] = [];
  const to = new Set<string>();
  let found = false;
  for (const [i, one] of routes.entries()) {
    const why = mismatchOf(one, alert, nowMs);
    steps.push({
      route: i + 1,
      to: one.to,
      matched: why === undefined,
      why: why ?? (one.continue ? 'matches; the next ones are asked too' : 'matches'),
    });
    if (why !== undefined) continue;
    found = true;
    for (const name of one.to) to.add(name);
    if (!one.continue) break;
  }
  return { to: found ? [...to] : null, steps };
}

/** Why a route is not for the alert, or undefined where it is. */
function mismatchOf({ match, when }: Route, alert: Routed, nowMs: number): string | undefined {
  for (const key of ['host', 'service', 'process', 'unit', 'device', 'rule'] as const) {
    const why = globMismatch(key, match, alert);
    if (why !== undefined) return why;
  }
  const kind = isAbout(alert);
  if (match.of !== undefined && match.of !== kind) return `it is on a ${kind}, not on a ${match.of}`;
  if (match.metric !== undefined && match.metric !== alert.metric)
    return `metric is ${alert.metric}, not ${match.metric}`;
  if (match.color !== undefined && match.color !== alert.color) return `color is ${alert.color}, not ${match.color}`;
  return when === undefined ? undefined : hoursMismatch(when, nowMs);
}

function globMismatch(
  key: 'host' | 'service' | 'process' | 'unit' | 'device' | 'rule',
  match: Matcher & { rule?: string | undefined },
  alert: Routed,
): string | undefined {
  const glob = match[key];
  if (glob === undefined) return undefined;
  const value = alert[key] ?? (key === 'rule' ? 'default' : null);
  if (value === null) return `it has no ${key}`;
  return matchesGlob(glob, value) ? undefined : `${key} is ${value}, not ${glob}`;
}

function hoursMismatch({ days: on, from, to, timezone }: Hours, nowMs: number): string | undefined {
  const { day, minute } = localTime(timezone, nowMs);
  const isOn = (index: number) => on === undefined || on.includes(days[(index + 7) % 7] as (typeof days)[number]);
  // What begins in the evening and ends in the morning belongs to the day it begins on.
  const holds =
    from < to
      ? isOn(day) && minute >= from && minute < to
      : (isOn(day) && minute >= from) || (isOn(day - 1) && minute < to);
  if (holds) return undefined;
  const span = `${on === undefined ? '' : `${on.join(', ')} `}${clockText(from)}–${clockText(to)} ${timezone}`;
  return `it is ${days[day]} ${clockText(minute)} there, not ${span}`;
}

/** Day of the week (0: Monday) and minute of the day in a time zone. */
function localTime(timezone: string, nowMs: number): { day: number; minute: number } {
  const parts = formatOf(timezone).formatToParts(nowMs);
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '';
  const day = days.findIndex((name) => name === part('weekday').toLowerCase().slice(0, 3));
  return { day, minute: Number(part('hour')) * 60 + Number(part('minute')) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Making one takes a thousand times as long as using it. */
function formatOf(name: string): Intl.DateTimeFormat {
  let format = formats.get(name);
  if (!format) {
    const parts = { weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' } as const;
    formats.set(name, (format = new Intl.DateTimeFormat('en-GB', { timeZone: name, ...parts })));
  }
  return format;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-GB', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function clockText(minutes: number): string {
  return `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
}
