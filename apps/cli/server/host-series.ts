import type { AmberwatchClient } from '#client/amberwatch-client';
import { hostCpu } from '#client/host-cpu';
import { type HostMeasurement, isoSeconds, type UnitField, type UsageField } from '#domain';

/** Points of one metric, oldest first: start of each step, in milliseconds since the epoch, and its value. */
export interface Series {
  name: string;
  unit: '%' | 'bytes' | 'count';
  points: [timeMs: number, value: number][];
}

export interface Range {
  fromMs: number;
  toMs: number;
  stepMs: number;
}

const programMetrics: Record<UsageField, { name: string; unit: Series['unit'] }> = {
  cpu: { name: 'cpu', unit: '%' },
  cpuMax: { name: 'largest cpu', unit: '%' },
  mem: { name: 'mem', unit: '%' },
  memMax: { name: 'largest mem', unit: '%' },
  rssBytes: { name: 'rss', unit: 'bytes' },
  count: { name: 'count', unit: 'count' },
};
export const programFields = Object.keys(programMetrics) as UsageField[];

/** One metric of a program over a range; without points where it had none. */
export async function programSeries(
  client: AmberwatchClient,
  { host, process, field }: { host: string; process: string; field: UsageField },
  range: Range,
): Promise<Series> {
  const page = await client.history({ host, process, metric: field, ...asked(range), limit: 1 });
  return { ...programMetrics[field], points: (page.series[0]?.points ?? []).map(numbered) };
}

const unitMetrics = {
  cpu: { name: 'cpu', unit: '%' },
  cpuShare: { name: 'cpu of its quota', unit: '%' },
  throttled: { name: 'held back', unit: '%' },
  memBytes: { name: 'mem', unit: 'bytes' },
  memShare: { name: 'mem of its limit', unit: '%' },
  oomKills: { name: 'oom kills', unit: 'count' },
  pids: { name: 'tasks', unit: 'count' },
  memPressure: { name: 'waits for mem', unit: '%' },
} as const satisfies Partial<Record<UnitField, { name: string; unit: Series['unit'] }>>;
export type UnitMetric = keyof typeof unitMetrics;
export const unitFields = Object.keys(unitMetrics) as UnitMetric[];

/** One metric of a unit over a range; without points where it had none. */
export async function unitSeries(
  client: AmberwatchClient,
  { host, unit, field }: { host: string; unit: string; field: UnitMetric },
  range: Range,
): Promise<Series> {
  const page = await client.unitHistory({ host, unit, metric: field, ...asked(range), limit: 1 });
  return { ...unitMetrics[field], points: (page.series[0]?.points ?? []).map(numbered) };
}

export const hostFields = ['cpu', 'mem', 'disk', 'load'] as const;
export type HostField = (typeof hostFields)[number];

/** A metric of the host itself: of disks one series each, of the others one at most. */
export async function hostSeries(
  client: AmberwatchClient,
  host: string,
  field: HostField,
  range: Range,
): Promise<Series[]> {
  const read = async (measurement: HostMeasurement, name: string) =>
    (await client.hostMetrics(host, { measurement, field: name, ...asked(range) })).series;
  switch (field) {
    case 'cpu': {
      const points = (await hostCpu(client, host, asked(range))).map(numbered);
      return points.length > 0 ? [{ name: 'cpu', unit: '%', points }] : [];
    }
    case 'mem':
      return (await read('mem', 'used_percent')).map(({ points }) => ({
        name: 'mem',
        unit: '%',
        points: points.map(numbered),
      }));
    case 'disk':
      return (await read('disk', 'used_percent')).map(({ tags, points }) => ({
        name: `disk ${tags.path ?? '?'}`,
        unit: '%',
        points: points.map(numbered),
      }));
    case 'load':
      return (await read('system', 'load1')).map(({ points }) => ({
        name: 'load',
        unit: 'count',
        points: points.map(numbered),
      }));
  }
}

const asked = ({ fromMs, toMs, stepMs }: Range) => ({
  from: isoSeconds(fromMs),
  to: isoSeconds(toMs),
  step: `${stepMs}ms`,
});

const numbered = ([time, value]: [string, number]): [number, number] => [Date.parse(time), value];
