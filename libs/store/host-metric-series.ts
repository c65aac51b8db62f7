import { type HostMetricSeries, type HostTags, type Micros, microsToIso } from '#domain';
import { finite } from './finite.js';

/** One step of one device, with its tags as `tagsText` writes them. */
export type HostMetricRow = [tags: string, step: Micros, value: number];

/** Tags in one form, so that a device is one text. */
export function tagsText(tags: HostTags): string {
  const known = Object.entries(tags).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** Series of rows that come in the order of device and time. */
export function toHostMetrics(rows: HostMetricRow[]): HostMetricSeries[] {
  const series = new Map<string, [Micros, number][]>();
  for (const [tags, step, value] of rows) {
    const points = series.get(tags);
    if (points) points.push([step, value]);
    else series.set(tags, [[step, value]]);
  }
  return [...series].map(([tags, points]) => ({
    tags: JSON.parse(tags) as HostTags,
    points: points.map(([step, value]) => [microsToIso(step), finite(value)]),
  }));
}
