import { useMemo } from 'preact/hooks';
import type { Alert, HistoryPage, HostMetricsPage, UnitHistoryPage } from '#domain';
import { fillRoute, routes } from '#domain/routes';
import type { Line } from '../charts/chart.js';
import { lineOf } from '../charts/history-lines.js';
import { iso, type Range } from '../range.js';
import { withQuery } from '../server/ask.js';
import { type Answered, useAnswer } from '../server/use-answer.js';

/** Steps of the chart around an alert. */
const POINTS = 300;

type About = Pick<Alert, 'host' | 'process' | 'unit' | 'metric' | 'device'>;
type Page = HistoryPage | UnitHistoryPage | HostMetricsPage;

export interface AlertLines {
  lines: Line[];
  asked: Answered<Page>;
}

/** History of what an alert is about; no lines where there is none, as of a host that is silent. */
export function useAlertLines(about: About, { fromMs, toMs }: Range): AlertLines {
  const range = { from: iso(fromMs), to: iso(toMs) };
  const stepMs = Math.max(1000, Math.ceil((toMs - fromMs) / POINTS));
  const ask = pathOf(about, { ...range, step: `${stepMs}ms`, extremes: true });
  const asked = useAnswer<Page>(ask.path, null);
  // A processor that waits for a disk is as free as one that idles: both are taken off.
  const waiting = useAnswer<HostMetricsPage>(ask.waiting, null);
  const lines = useMemo(
    () => (asked.answer ? linesOf(about, asked.answer, ask.waiting ? waiting.answer : undefined) : []),
    [asked.answer, waiting.answer],
  );
  return { lines, asked };
}

function pathOf(about: About, range: Record<string, string | boolean>): { path?: string; waiting?: string } {
  const { host, process, unit, metric } = about;
  if (metric === 'data') return {};
  if (unit !== undefined) {
    const field = metric === 'cpu' ? 'cpuShare' : 'memShare';
    return { path: withQuery(routes.unitHistory, { host, unit, metric: field, ...range }) };
  }
  if (process !== null) {
    const field = metric === 'cpu' ? 'cpuMax' : 'memMax';
    return { path: withQuery(routes.history, { host, process, metric: field, ...range }) };
  }
  // Of swap there are bytes only, so that there is no share to draw.
  if (metric === 'swap') return {};
  const ofHost = (measurement: string, field: string) =>
    withQuery(fillRoute(routes.hostMetrics, { host }), { measurement, field, ...range });
  if (metric === 'cpu') return { path: ofHost('cpu', 'usage_idle'), waiting: ofHost('cpu', 'usage_iowait') };
  if (metric === 'mem') return { path: ofHost('mem', 'used_percent') };
  return { path: ofHost('disk', metric === 'inodes' ? 'inodes_used_percent' : 'used_percent') };
}

function linesOf(about: About, page: Page, waiting: HostMetricsPage | undefined): Line[] {
  const { metric, device, process, unit } = about;
  if (process === null && unit === undefined && metric === 'cpu') return busyLine(page as HostMetricsPage, waiting);
  const isDisk = metric === 'disk' || metric === 'inodes';
  const series = (page.series as HostMetricsPage['series']).find(({ tags }) => !isDisk || tags.path === device);
  return series ? [lineOf(metric, 1, series, page.stepMs)] : [];
}

/** What is neither idle nor waiting for a disk. */
function busyLine(idle: HostMetricsPage, waiting: HostMetricsPage | undefined): Line[] {
  const total = (page: HostMetricsPage | undefined) => page?.series.find(({ tags }) => tags.cpu === 'cpu-total');
  const series = total(idle);
  if (!series) return [];
  const wait = new Map(total(waiting)?.points);
  const busy = (value: number, waited: number) => Math.max(0, 100 - value - waited);
  const points = series.points.map(([time, value]): [string, number] => [time, busy(value, wait.get(time) ?? 0)]);
  return [lineOf('CPU', 1, { points }, idle.stepMs)];
}
