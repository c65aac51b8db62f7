import type { HostMetricsPage, HostProcesses } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import { iso } from '../range.js';
import { ask, withQuery } from '../server/ask.js';
import { hostMetricsPath, type HostQuestion } from './questions.js';

/** A step of a chart: from its beginning until its end, and of which chart it is. */
export interface MomentStep {
  fromMs: number;
  stepMs: number;
  question: HostQuestion;
}

/** What of the programs of a moment is asked for. */
export interface MomentList {
  order: string;
  limit: number;
  pin?: readonly string[] | undefined;
}

export function processesPath(host: string, { order, limit, pin }: MomentList, at?: number): string {
  return withQuery(fillRoute(routes.hostProcesses, { host }), {
    at: at === undefined ? undefined : iso(at),
    order,
    limit,
    process: pin,
  });
}

/**
 * The moment that a step of a chart stands for: where it holds several ticks, the one with the largest value, since that
 * is what its peak shows.
 */
async function momentOf(host: string, step: MomentStep, intervalMs: number, signal: AbortSignal): Promise<number> {
  const { fromMs, stepMs, question } = step;
  const toMs = fromMs + stepMs;
  const newest = toMs - 1;
  if (stepMs <= intervalMs) return newest;
  const range = { fromMs, toMs, live: false };
  const { series } = await ask<HostMetricsPage>(hostMetricsPath(host, question, range, intervalMs), { signal });
  const sums = new Map<number, number>();
  for (const [time, value] of series.flatMap(({ points }) => points)) {
    const ms = Date.parse(time);
    sums.set(ms, (sums.get(ms) ?? 0) + (question === 'idle' ? -value : value));
  }
  let peak: number | undefined;
  for (const [ms, value] of sums) if (peak === undefined || value > (sums.get(peak) ?? -Infinity)) peak = ms;
  return peak === undefined ? newest : Math.min(newest, peak + intervalMs - 1);
}

/** Answers that are kept, the least used goes first. */
const KEPT = 64;

/** Reads the programs of moments: one question at a time, the newest one only, and each once. */
export class MomentReader {
  private readonly kept = new Map<string, HostProcesses>();
  private abort: AbortController | undefined;

  constructor(private readonly host: string) {}

  cached(key: string): HostProcesses | undefined {
    const answer = this.kept.get(key);
    if (answer) {
      this.kept.delete(key);
      this.kept.set(key, answer);
    }
    return answer;
  }

  /** Whatever is asked before it has come is given up; it rejects as an aborted `fetch` does. */
  async read(of: MomentStep | number, list: MomentList, intervalMs: number): Promise<HostProcesses> {
    const key = momentKey(of, list);
    this.cancel();
    const known = this.cached(key);
    if (known) return known;
    const abort = new AbortController();
    this.abort = abort;
    const at = typeof of === 'number' ? of : await momentOf(this.host, of, intervalMs, abort.signal);
    const answer = await ask<HostProcesses>(processesPath(this.host, list, at), { signal: abort.signal });
    this.kept.set(key, answer);
    for (const oldest of this.kept.keys()) {
      if (this.kept.size <= KEPT) break;
      this.kept.delete(oldest);
    }
    return answer;
  }

  cancel(): void {
    this.abort?.abort();
    this.abort = undefined;
  }
}

export function momentKey(of: MomentStep | number, { order, limit, pin = [] }: MomentList): string {
  const moment = typeof of === 'number' ? of : [of.fromMs, of.stepMs, of.question];
  return JSON.stringify([moment, order, limit, pin]);
}
