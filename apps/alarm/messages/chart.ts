import { type Drawn, EIGHTHS, largestOfParts } from '#domain';

/** Width of the chart's time, ms. */
export const CHART_MS = 60 * 60_000;
const TREND_MS = 10 * 60_000;

/** The last hour of what an alert is about: values in %, oldest first, with their times in ms since the epoch. */
export interface Chart extends Drawn {
  points: [timeMs: number, value: number][];
  limit: number | null;
}

/** Where the values go: the change over the last ten minutes, in %. */
export interface Trend {
  direction: 'rising' | 'falling' | 'steady';
  change: number;
}

/** Upper end of the chart's scale, which begins at 0. */
export function ceilingOf({ points, limit }: Chart): number {
  return Math.max(1, limit ?? 0, ...points.map(([, value]) => value)) * 1.05;
}

/** The chart in one line, `▁▂▃▅▇█`: the largest value of each part of the hour; a space where nothing is known. */
export function sparkline(chart: Chart, width = 30): string {
  // The first step of the history may begin before the hour.
  const points = chart.points.map(([timeMs, value]) => [Math.max(timeMs, chart.fromMs), value] as const);
  const ceiling = ceilingOf(chart);
  const bar = (value: number) => EIGHTHS[Math.max(0, Math.min(7, Math.floor((value / ceiling) * 8)))] ?? '';
  return largestOfParts({ ...chart, points }, width)
    .map((value) => (value === undefined ? ' ' : bar(value)))
    .join('');
}

/** Between the ends of the last ten minutes, two values each; undefined where fewer than four are known of them. */
export function trendOf({ points }: Chart): Trend | undefined {
  const lastMs = points.at(-1)?.[0] ?? 0;
  const recent = points.filter(([timeMs]) => timeMs > lastMs - TREND_MS).map(([, value]) => value);
  if (recent.length < 4) return undefined;
  const mean = ([first = 0, second = 0]: number[]) => (first + second) / 2;
  const [before, now] = [mean(recent.slice(0, 2)), mean(recent.slice(-2))];
  const change = now - before;
  const noticeable = Math.max(1, Math.abs(now) * 0.03);
  return { direction: Math.abs(change) < noticeable ? 'steady' : change > 0 ? 'rising' : 'falling', change };
}

/** An hour that ends at the value of a sample, to show what a chart looks like. */
export function sampleChart(nowMs: number, { value, limit }: { value: number | null; limit: number | null }): Chart {
  const steps = 60;
  const points = Array.from({ length: steps }, (_, i): [number, number] => {
    const part = (i + 1) / steps;
    return [nowMs - CHART_MS + part * CHART_MS, (value ?? 0) * (0.3 + 0.7 * part ** 3)];
  });
  return { points, fromMs: nowMs - CHART_MS, toMs: nowMs, limit };
}
