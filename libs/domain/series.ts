import { z } from 'zod';
import { hostName, processName, wellFormedText } from './text.js';
import { unitName } from './unit.js';

/** What is judged against a limit and forecast, all in %. */
export const seriesMetric = z.enum(['cpu', 'mem', 'disk', 'inodes', 'swap']);
export type SeriesMetric = z.infer<typeof seriesMetric>;

/** Fields that name a series: a metric of a program, of a unit, or of the host itself or one of its disks. */
export const seriesFields = {
  host: hostName,
  process: processName.nullable().describe('null: a unit, or the host itself'),
  unit: unitName.optional().describe('Of a unit: cpu and mem are % of its own limit'),
  device: wellFormedText(1024).optional().describe('Mount point, of disk and inodes'),
  metric: seriesMetric,
};

/** Which series. */
export interface SeriesKey {
  host: string;
  process: string | null;
  unit?: string;
  device?: string;
  metric: SeriesMetric;
}

/** A text for each series of its own, in which they can be kept and sorted. */
export function seriesText({ host, process, unit, device, metric }: SeriesKey): string {
  return JSON.stringify([host, process, unit ?? null, device ?? null, metric]);
}
