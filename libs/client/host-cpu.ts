import type { HostMetricSeries } from '#domain';
import type { AmberwatchClient, CallOptions } from './amberwatch-client.js';

/**
 * The CPU of a host itself, % of all its cores, as the start of each step and its mean: what its metrics say beside
 * its idle time. A processor that waits for a disk has nothing else to do, and is as free as one that idles.
 */
export async function hostCpu(
  client: Pick<AmberwatchClient, 'hostMetrics'>,
  host: string,
  range: { from: string; to?: string; step: string },
  options: CallOptions = {},
): Promise<HostMetricSeries['points']> {
  const read = async (field: string) => {
    const { series } = await client.hostMetrics(host, { ...range, measurement: 'cpu', field }, options);
    return series.find(({ tags }) => tags.cpu === 'cpu-total')?.points ?? [];
  };
  const [idle, waiting] = await Promise.all([read('usage_idle'), read('usage_iowait')]);
  const wait = new Map(waiting);
  return idle.map(([time, value]) => [time, Math.max(0, 100 - value - (wait.get(time) ?? 0))]);
}
