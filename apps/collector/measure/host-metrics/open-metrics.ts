import { existsSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { HostMetricsReader } from './host-metrics-reader.js';

/** The reader for this system; only its own code is loaded. */
export async function openHostMetrics(options: { proc: string; root: string }): Promise<HostMetricsReader> {
  if (existsSync(join(options.proc, 'stat'))) {
    const { LinuxMetricsReader } = await import('./linux-metrics.reader.js');
    return new LinuxMetricsReader(options);
  }
  const { PortableMetricsReader } = await import('./portable-metrics.reader.js');
  const { default: source } = await import('systeminformation');
  return new PortableMetricsReader(source, loadavg);
}
