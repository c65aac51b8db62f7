import type { Alert, Forecast, SeriesMetric } from '#domain';
import { USAGE_LIMIT } from '#domain/breach';
import type { Mark, Path } from '../charts/marks.js';
import type { Range } from '../range.js';

/** Marks that can still be told apart. */
const MAX_MARKS = 40;

/** What its open alert is about to break or has broken, else the limit that holds where no rule says otherwise. */
export function limitOf(alerts: readonly Alert[], metric: SeriesMetric): number {
  const open = alerts.find((alert) => alert.closed === null && alert.metric === metric && alert.limit !== null);
  return open?.limit ?? USAGE_LIMIT;
}

/** Warnings and breaches of a range on the line: each warning with how it turned out. */
export function warningMarks(alerts: readonly Alert[], metric: SeriesMetric, { fromMs, toMs }: Range): Mark[] {
  return alerts
    .filter((alert) => alert.metric === metric)
    .flatMap(({ history }) => history)
    .map(({ time, color, outcome }) => ({ atMs: Date.parse(time), color, outcome }))
    .filter(({ atMs, color }) => color !== 'GREEN' && atMs >= fromMs && atMs <= toMs)
    .sort((a, b) => a.atMs - b.atMs)
    .slice(-MAX_MARKS)
    .map(({ atMs, color, outcome }) => ({
      atMs,
      kind: color === 'RED' ? 'red' : 'amber',
      text: outcome === undefined ? color : `${color} ${outcome}`,
    }));
}

/** Of the forecasts of a metric the one that comes first. */
export function soonest(forecasts: readonly Forecast[], metric: SeriesMetric): Forecast | undefined {
  return forecasts.filter((one) => one.metric === metric).sort((a, b) => (a.breachAt < b.breachAt ? -1 : 1))[0];
}

/** The predicted way to the limit; it takes at most half of the chart, so that the past stays readable. */
export function pathOf(forecast: Forecast | undefined, range: Range): Path | undefined {
  if (!forecast || !range.live) return undefined;
  const { time, value, limit, breachAt, breachFrom, breachTo } = forecast;
  const latestMs = Date.parse(breachTo);
  const length = range.toMs - range.fromMs;
  return {
    fromMs: Date.parse(time),
    value,
    limit,
    atMs: Date.parse(breachAt),
    earliestMs: Date.parse(breachFrom),
    latestMs,
    toMs: Math.min(latestMs + length / 20, range.toMs + length),
  };
}

/** How warnings turned out: `3 hit, 1 early, 2 false`; undefined where none has. */
export function outcomesText(alerts: readonly Alert[]): string | undefined {
  const counts = { hit: 0, early: 0, false: 0 };
  for (const { outcome } of alerts.flatMap(({ history }) => history)) if (outcome) counts[outcome] += 1;
  const parts = Object.entries(counts).filter(([, count]) => count > 0);
  return parts.length === 0 ? undefined : parts.map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}
