import { type AmberwatchClient, type CallOptions, hostCpu } from '#client';
import { type HostMeasurement, type HostMetricSeries, type HostState, msToIso, type SeriesMetric } from '#domain';

const HOUR_MS = 3_600_000;
/** How far back the CPU, memory and swap of a host are read, and how finely. */
const FURTHEST_MS = 6 * HOUR_MS;
const STEP_MS = 10_000;
/** Disks are remembered for two days by ten minutes; what is missing of a few hours is read more finely. */
const DISK_FURTHEST_MS = 48 * HOUR_MS;
const DISK_STEP_MS = 10 * 60_000;
const FINE_DISK_STEP_MS = 60_000;
/** A database may take seconds for two days of many disks. */
const TIMEOUT_MS = 60_000;

/** One value of the host itself, or of one of its disks, %. */
export type TakeOwn = (metric: SeriesMetric, path: string | undefined, timeMs: number, value: number) => void;

type Points = HostMetricSeries['points'];

/**
 * Reads what a host said of itself from a time on: CPU, memory, swap and disks, each in order of time. One that says
 * nothing of itself costs one question. Of the disks only those count that its newest tick names, where that is known.
 */
export async function readOwnHistory(
  client: Pick<AmberwatchClient, 'hostMetrics'>,
  { host, usage }: Pick<HostState, 'host' | 'usage'>,
  { fromMs, nowMs }: { fromMs: number; nowMs: number },
  take: TakeOwn,
  signal: AbortSignal,
): Promise<void> {
  const options: CallOptions = { signal, timeoutMs: TIMEOUT_MS };
  const range = { from: msToIso(Math.max(fromMs, nowMs - FURTHEST_MS)), step: `${STEP_MS}ms` };
  const read = async (measurement: HostMeasurement, field: string, { from, step } = range) =>
    (await client.hostMetrics(host, { measurement, field, from, step }, options)).series;
  const feed = (metric: SeriesMetric, path: string | undefined, points: Points) => {
    for (const [time, value] of points) take(metric, path, Date.parse(time), value);
  };
  const pointsOf = (series: HostMetricSeries[]) => series[0]?.points ?? [];
  const memory = pointsOf(await read('mem', 'used_percent'));
  if (memory.length === 0) return;
  const disks = diskRange(fromMs, nowMs);
  const [cpu, swapTotal, swapFree, used, inodes] = await Promise.all([
    hostCpu(client, host, range, options),
    read('mem', 'swap_total'),
    read('mem', 'swap_free'),
    read('disk', 'used_percent', disks),
    read('disk', 'inodes_used_percent', disks),
  ]);
  feed('cpu', undefined, cpu);
  feed('mem', undefined, memory);
  feed('swap', undefined, shareUsed(pointsOf(swapTotal), pointsOf(swapFree)));
  const named = usage?.disks && new Set(usage.disks.map(({ path }) => path));
  for (const [metric, series] of [
    ['disk', used],
    ['inodes', inodes],
  ] as const) {
    for (const { tags, points } of series) {
      if (tags.path !== undefined && named?.has(tags.path) !== false) feed(metric, tags.path, points);
    }
  }
}

function diskRange(fromMs: number, nowMs: number): { from: string; step: string } {
  const firstMs = Math.max(fromMs, nowMs - DISK_FURTHEST_MS);
  const stepMs = nowMs - firstMs > FURTHEST_MS ? DISK_STEP_MS : FINE_DISK_STEP_MS;
  return { from: msToIso(firstMs), step: `${stepMs}ms` };
}

/** % of the swap in each step; nothing where there is none. */
function shareUsed(total: Points, free: Points): Points {
  const freeAt = new Map(free);
  return total.flatMap(([time, bytes]): Points => {
    const left = freeAt.get(time);
    return left === undefined || bytes <= 0 ? [] : [[time, (100 * (bytes - left)) / bytes]];
  });
}
