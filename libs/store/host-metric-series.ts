import { type HostMetricSeries, type HostTags, type Micros } from '#domain';
import { addPoint } from './series-point.js';

/** One step of one device, with its tags as `tagsText` writes them; smallest and largest where they were asked for. */
export type HostMetricRow = [tags: string, step: Micros, value: number, least?: number, largest?: number];

/** Tags in one form, so that a device is one text. */
export function tagsText(tags: HostTags): string {
  const known = Object.entries(tags).filter(([, value]) => value !== undefined);
  return JSON.stringify(Object.fromEntries(known.toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** Series of rows that come in the order of device and time. */
export function toHostMetrics(rows: HostMetricRow[]): HostMetricSeries[] {
  const series = new Map<string, HostMetricSeries>();
  for (const [tags, ...point] of rows) {
    let device = series.get(tags);
    if (!device) series.set(tags, (device = { tags: JSON.parse(tags) as HostTags, points: [] }));
    addPoint(device, ...point);
  }
  return [...series.values()];
}
