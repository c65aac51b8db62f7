import type { HostMetric } from '#domain';

/** What a host's own metrics are made from at one tick. */
export interface HostState {
  /** Since the simulation began, seconds. */
  seconds: number;
  /** Differs from host to host, so that not all do the same at once. */
  offset: number;
  /** % of all cores, and % of the memory. */
  cpu: number;
  mem: number;
  memTotalBytes: number;
  diskUsedPercent: number;
}

const DISK_BYTES = 200 * 1024 ** 3;
/** What flows on average, bytes a second, and how long its ups and downs take, seconds. */
const flows = {
  bytes_recv: { rate: 400_000, wave: 900 },
  bytes_sent: { rate: 900_000, wave: 1_300 },
  read_bytes: { rate: 150_000, wave: 500 },
  write_bytes: { rate: 700_000, wave: 700 },
} as const;

/** The host's own metrics under Telegraf's names, as a collector sends them; counters never fall. */
export function hostMetricsOf({ seconds, offset, cpu, mem, memTotalBytes, diskUsedPercent }: HostState): HostMetric[] {
  const waiting = Math.min(100 - cpu, 0.5);
  const shares = { usage_user: cpu * 0.7, usage_system: cpu * 0.3, usage_iowait: waiting };
  const used = Math.round((DISK_BYTES * diskUsedPercent) / 100);
  const counters = (...names: (keyof typeof flows)[]) =>
    Object.fromEntries(names.map((name) => [name, counterOf(flows[name], seconds, offset)]));
  return [
    { measurement: 'cpu', tags: { cpu: 'cpu-total' }, fields: { ...shares, usage_idle: 100 - cpu - waiting } },
    {
      measurement: 'mem',
      tags: {},
      fields: {
        total: memTotalBytes,
        available: Math.round(memTotalBytes * (1 - mem / 100)),
        used_percent: mem,
      },
    },
    {
      measurement: 'disk',
      tags: { path: '/', device: 'sda1', fstype: 'ext4', mode: 'rw' },
      fields: { total: DISK_BYTES, used, free: DISK_BYTES - used, used_percent: diskUsedPercent },
    },
    { measurement: 'net', tags: { interface: 'eth0' }, fields: counters('bytes_recv', 'bytes_sent') },
    { measurement: 'diskio', tags: { name: 'sda' }, fields: counters('read_bytes', 'write_bytes') },
  ];
}

/** The flow since the host was started, whose rate goes up and down by nine tenths: the integral of 1 + 0.9 cos. */
function counterOf({ rate, wave }: { rate: number; wave: number }, seconds: number, offset: number): number {
  const angle = (2 * Math.PI * (seconds + offset)) / wave;
  const flown = seconds + offset + 0.9 * (wave / (2 * Math.PI)) * Math.sin(angle);
  return Math.round(rate * (1 + (offset % 7) / 7) * flown);
}
