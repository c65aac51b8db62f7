import { type HistoryExtremes, type Micros, microsToIso } from '#domain';
import { finite } from './finite.js';

interface Series {
  points: [string, number][];
  extremes?: HistoryExtremes;
}

/** Adds one point to a series, with the smallest and the largest of its samples where they were asked for. */
export function addPoint(
  series: Series | undefined,
  start: Micros,
  value: number,
  least?: number,
  largest?: number,
): void {
  series?.points.push([microsToIso(start), finite(value)]);
  if (series === undefined || least === undefined || largest === undefined) return;
  (series.extremes ??= []).push([finite(least), finite(largest)]);
}
