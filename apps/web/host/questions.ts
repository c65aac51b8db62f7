import type { HostMetricsPage } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import { iso, type Range } from '../range.js';
import { withQuery } from '../server/ask.js';

/** What the charts of a host are drawn from: Telegraf's measurement and field, counters as growth a second. */
export const hostQuestions = {
  idle: { measurement: 'cpu', field: 'usage_idle' },
  waiting: { measurement: 'cpu', field: 'usage_iowait' },
  memory: { measurement: 'mem', field: 'used_percent' },
  received: { measurement: 'net', field: 'bytes_recv', rate: true },
  sent: { measurement: 'net', field: 'bytes_sent', rate: true },
  read: { measurement: 'diskio', field: 'read_bytes', rate: true },
  written: { measurement: 'diskio', field: 'write_bytes', rate: true },
  full: { measurement: 'disk', field: 'used_percent' },
  programsCpu: { measurement: 'procstat', field: 'cpu_usage' },
  programsMemory: { measurement: 'procstat', field: 'memory_usage' },
} as const;
/** What is asked only where the host tells nothing of itself, as one that sends by the original's protocol. */
export const insteadOf: Partial<Record<HostQuestion, HostQuestion>> = { programsCpu: 'idle', programsMemory: 'memory' };
export type HostQuestion = keyof typeof hostQuestions;
export type HostAnswers = Record<Exclude<HostQuestion, 'programsCpu' | 'programsMemory'>, HostMetricsPage> &
  Partial<Record<'programsCpu' | 'programsMemory', HostMetricsPage>>;

/** Widths of a step that people count in, milliseconds. */
const STEPS = [
  ...[1, 2, 5, 10, 15, 20, 30].map((seconds) => seconds * 1000),
  ...[1, 2, 5, 10, 15, 20, 30, 60].map((minutes) => minutes * 60_000),
];

/** The narrowest step of which one is as wide as a pixel at least, and as long as the host's own interval. */
export function stepOf({ fromMs, toMs }: Range, pixels: number, intervalMs: number): number {
  const least = Math.max((toMs - fromMs) / Math.max(1, pixels), intervalMs);
  return STEPS.find((step) => step >= least) ?? Math.ceil(least / 3_600_000) * 3_600_000;
}

/** Path of one question; a range that follows now has no end, so that a host whose clock is ahead is not cut off. */
export function hostMetricsPath(host: string, question: HostQuestion, range: Range, stepMs: number): string {
  return withQuery(fillRoute(routes.hostMetrics, { host }), {
    ...hostQuestions[question],
    // Steps begin at whole multiples of their width, and the first one is asked for whole.
    from: iso(Math.floor(range.fromMs / stepMs) * stepMs),
    to: range.live ? undefined : iso(range.toMs),
    step: `${stepMs}ms`,
    extremes: true,
  });
}
