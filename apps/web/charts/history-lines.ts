import type { HistoryExtremes } from '#domain';
import type { Line } from './chart.js';

/** A series as any route of a history answers it. */
export interface Told {
  points: readonly (readonly [time: string, value: number])[];
  extremes?: HistoryExtremes;
}

/**
 * A line of a chart with the band of its extremes. Where samples are missing for longer than two steps the line has a
 * gap, which is no news, and not a straight way from one to the other.
 */
export function lineOf(label: string, colour: number, { points, extremes }: Told, stepMs: number): Line {
  const times: number[] = [];
  const values: (number | null)[] = [];
  const low: (number | null)[] = [];
  const high: (number | null)[] = [];
  for (const [i, [time, value]] of points.entries()) {
    const ms = Date.parse(time);
    const before = times.at(-1);
    if (before !== undefined && ms - before > Math.max(2.5 * stepMs, GAP_MS)) {
      times.push(before + 1);
      for (const list of [values, low, high]) list.push(null);
    }
    times.push(ms);
    values.push(value);
    low.push(extremes?.[i]?.[0] ?? value);
    high.push(extremes?.[i]?.[1] ?? value);
  }
  return { label, colour, times, values, ...(extremes && { low, high }) };
}

/** Collectors that report seldom have no gaps between their samples. */
const GAP_MS = 150_000;
