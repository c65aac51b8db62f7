import type { HostMetric } from '#domain';
import { HostMetricsReader } from './host-metrics-reader.js';
import { finite, percent, pointOf } from './proc-metrics.js';

/** The part of systeminformation that is asked (https://systeminformation.io). */
export interface SystemSource {
  currentLoad(): Promise<{
    currentLoadUser: number;
    currentLoadSystem: number;
    currentLoadNice: number;
    currentLoadIdle: number;
    currentLoadIrq: number;
    cpus: unknown[];
  }>;
  mem(): Promise<
    Record<'total' | 'free' | 'used' | 'active' | 'available' | 'buffcache' | 'swaptotal' | 'swapfree', number>
  >;
  fsSize(): Promise<
    { fs: string; type: string; size: number; used: number; available: number; mount: string; rw: boolean | null }[]
  >;
  fsStats(): Promise<{ rx: number; wx: number } | null>;
  disksIO(): Promise<{ rIO: number; wIO: number } | null>;
  networkStats(interfaces: string): Promise<
    {
      iface: string;
      rx_bytes: number;
      tx_bytes: number;
      rx_errors: number;
      tx_errors: number;
      rx_dropped: number;
      tx_dropped: number;
    }[]
  >;
  time(): { uptime: number };
}

/** Reads through systeminformation, on systems without /proc. What a system does not tell is left out. */
export class PortableMetricsReader extends HostMetricsReader {
  constructor(
    private readonly source: SystemSource,
    private readonly load: () => number[],
  ) {
    super();
  }

  async read(): Promise<HostMetric[]> {
    const readings = await Promise.allSettled([
      this.cpu(),
      this.memory(),
      this.disks(),
      this.activity(),
      this.network(),
    ]);
    const points = readings.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    return points.filter((point) => point !== undefined);
  }

  private async cpu(): Promise<(HostMetric | undefined)[]> {
    const load = await this.source.currentLoad();
    const [load1, load5, load15] = this.load();
    const usage = finite({
      usage_user: load.currentLoadUser,
      usage_system: load.currentLoadSystem,
      usage_nice: load.currentLoadNice,
      usage_idle: load.currentLoadIdle,
      usage_irq: load.currentLoadIrq,
    });
    const system = { load1, load5, load15, n_cpus: load.cpus.length, uptime: Math.floor(this.source.time().uptime) };
    return [pointOf('cpu', { cpu: 'cpu-total' }, usage), pointOf('system', {}, finite(system))];
  }

  private async memory(): Promise<(HostMetric | undefined)[]> {
    const { total, free, available, active, buffcache, swaptotal, swapfree } = await this.source.mem();
    if (!(total > 0)) return [];
    const used = total - available;
    const fields = {
      total,
      free,
      available,
      active,
      used,
      cached: buffcache,
      swap_total: swaptotal,
      swap_free: swapfree,
      used_percent: percent(used, total),
      available_percent: percent(available, total),
    };
    return [pointOf('mem', {}, finite(fields))];
  }

  private async disks(): Promise<(HostMetric | undefined)[]> {
    return (await this.source.fsSize())
      .filter(({ size, mount }) => size > 0 && mount !== '')
      .map(({ fs, type, size, used, available, mount, rw }) => {
        const tags = { path: mount, device: fs, fstype: type || 'unknown', mode: rw === false ? 'ro' : 'rw' };
        const fields = { total: size, used, free: available, used_percent: percent(used, used + available) };
        return pointOf('disk', tags, finite(fields));
      });
  }

  /** These systems tell of all disks together only. */
  private async activity(): Promise<(HostMetric | undefined)[]> {
    const [bytes, transfers] = await Promise.all([this.source.fsStats(), this.source.disksIO()]);
    const fields = { read_bytes: bytes?.rx, write_bytes: bytes?.wx, reads: transfers?.rIO, writes: transfers?.wIO };
    return [pointOf('diskio', { name: 'total' }, finite(fields))];
  }

  private async network(): Promise<(HostMetric | undefined)[]> {
    return (await this.source.networkStats('*'))
      .filter(({ iface }) => iface !== '' && !/^lo\d*$/.test(iface))
      .map((one) => {
        const fields = {
          bytes_recv: one.rx_bytes,
          bytes_sent: one.tx_bytes,
          err_in: one.rx_errors,
          err_out: one.tx_errors,
          drop_in: one.rx_dropped,
          drop_out: one.tx_dropped,
        };
        return pointOf('net', { interface: one.iface }, finite(fields));
      });
  }
}
