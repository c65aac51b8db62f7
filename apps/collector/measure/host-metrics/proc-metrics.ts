import type { HostMetric } from '#domain';

/** CPU time by state since boot, in ticks: user nice system idle iowait irq softirq steal guest guest_nice (proc_stat(5)). */
export type CpuTimes = number[];

const states = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal', 'guest', 'guest_nice'] as const;

export function cpuTimesOf(stat: string): CpuTimes {
  const line = stat.slice(0, stat.indexOf('\n'));
  if (!line.startsWith('cpu ')) return [];
  return line.trim().split(/ +/).slice(1).map(Number);
}

/** Share of each state between two readings, % of all cores. Guest time is part of user and nice, and is taken out there. */
export function cpuPoint(before: CpuTimes, now: CpuTimes): HostMetric | undefined {
  const spent = states.map((_, i) => Math.max(0, (now[i] ?? 0) - (before[i] ?? 0)));
  const at = (state: (typeof states)[number]) => spent[states.indexOf(state)] ?? 0;
  const total = spent.slice(0, 8).reduce((sum, ticks) => sum + ticks, 0);
  if (before.length === 0 || total <= 0) return undefined;
  const own: Partial<Record<(typeof states)[number], number>> = {
    user: at('user') - at('guest'),
    nice: at('nice') - at('guest_nice'),
  };
  const fields = states.map((state) => [`usage_${state}`, percent(own[state] ?? at(state), total)] as const);
  return { measurement: 'cpu', tags: { cpu: 'cpu-total' }, fields: Object.fromEntries(fields) };
}

export function systemPoint(loadavg: string, uptime: string, stat: string): HostMetric | undefined {
  const [load1, load5, load15] = loadavg.split(' ').map(Number.parseFloat);
  const seconds = Number.parseFloat(uptime);
  const cores = stat.match(/^cpu\d/gm)?.length;
  const fields = finite({ load1, load5, load15, n_cpus: cores, uptime: Math.floor(seconds) });
  return pointOf('system', {}, fields);
}

/** Telegraf's field of each line of /proc/meminfo, in bytes. */
const memoryLines: Record<string, string> = {
  MemTotal: 'total',
  MemFree: 'free',
  MemAvailable: 'available',
  Buffers: 'buffered',
  Cached: 'cached',
  Active: 'active',
  Inactive: 'inactive',
  Shmem: 'shared',
  Slab: 'slab',
  Dirty: 'dirty',
  SwapTotal: 'swap_total',
  SwapFree: 'swap_free',
  SwapCached: 'swap_cached',
};

export function memoryPoint(meminfo: string): HostMetric | undefined {
  const fields: Record<string, number> = {};
  for (const [, name, kilobytes] of meminfo.matchAll(/^(\w+): +(\d+) kB$/gm)) {
    const field = memoryLines[name ?? ''];
    if (field) fields[field] = Number(kilobytes) * 1024;
  }
  const { total, available = fields['free'] } = fields;
  if (total === undefined || available === undefined || total === 0) return undefined;
  const used = total - available;
  const derived = { used, used_percent: percent(used, total), available_percent: percent(available, total) };
  return { measurement: 'mem', tags: {}, fields: { ...fields, ...derived } };
}

/** Bytes of a sector in /proc/diskstats, whatever the device says of itself (Documentation/admin-guide/iostats.rst). */
const SECTOR_BYTES = 512;
const ignoredDevices = /^(?:loop|ram|fd|sr|zram)\d/;

/** Counters of each block device since boot; one that nobody ever used is left out. */
export function diskActivityPoints(diskstats: string): HostMetric[] {
  return diskstats.split('\n').flatMap((line): HostMetric[] => {
    const [, , name, ...values] = line.trim().split(/\s+/);
    const at = (index: number) => Number(values[index] ?? Number.NaN);
    if (!name || ignoredDevices.test(name) || at(0) + at(4) === 0 || Number.isNaN(at(10))) return [];
    const fields = {
      reads: at(0),
      merged_reads: at(1),
      read_bytes: at(2) * SECTOR_BYTES,
      read_time: at(3),
      writes: at(4),
      merged_writes: at(5),
      write_bytes: at(6) * SECTOR_BYTES,
      write_time: at(7),
      iops_in_progress: at(8),
      io_time: at(9),
      weighted_io_time: at(10),
    };
    return [{ measurement: 'diskio', tags: { name }, fields }];
  });
}

/** Counters of each network interface since boot (/proc/net/dev); the loopback is left out, as Telegraf does. */
export function networkPoints(dev: string): HostMetric[] {
  return dev.split('\n').flatMap((line): HostMetric[] => {
    const colon = line.lastIndexOf(':');
    if (colon < 0) return [];
    const name = line.slice(0, colon).trim();
    const values = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    if (!name || name === 'lo' || values.length < 16) return [];
    const at = (index: number) => values[index] ?? 0;
    const fields = {
      bytes_recv: at(0),
      packets_recv: at(1),
      err_in: at(2),
      drop_in: at(3),
      bytes_sent: at(8),
      packets_sent: at(9),
      err_out: at(10),
      drop_out: at(11),
    };
    return [{ measurement: 'net', tags: { interface: name }, fields }];
  });
}

export interface FileSystem {
  device: string;
  path: string;
  type: string;
  mode: string;
}

/** statfs(2), as Node gives it. */
export interface FileSystemStats {
  bsize: number;
  blocks: number;
  bfree: number;
  bavail: number;
  files: number;
  ffree: number;
}

/** Use of a file system as `df` and `df -i` give it; one without inodes of its own, such as btrfs, has no such fields. */
export function diskPoint(system: FileSystem, stats: FileSystemStats): HostMetric | undefined {
  const used = (stats.blocks - stats.bfree) * stats.bsize;
  const free = stats.bavail * stats.bsize;
  if (used + free <= 0) return undefined;
  const fields = { total: stats.blocks * stats.bsize, free, used, used_percent: percent(used, used + free) };
  const inodesUsed = stats.files - stats.ffree;
  const inodes = {
    inodes_total: stats.files,
    inodes_free: stats.ffree,
    inodes_used: inodesUsed,
    inodes_used_percent: percent(inodesUsed, stats.files),
  };
  const { path, device, type, mode } = system;
  const tags = { path, device: device.replace(/^\/dev\//, ''), fstype: type, mode };
  return { measurement: 'disk', tags, fields: stats.files > 0 ? { ...fields, ...inodes } : fields };
}

export function percent(part: number, whole: number): number {
  return Math.min(100, Math.max(0, Math.round((part / whole) * 100_000) / 1000));
}

export function finite(fields: Record<string, number | undefined>): Record<string, number> {
  const known = Object.entries(fields).filter((entry): entry is [string, number] => Number.isFinite(entry[1]));
  return Object.fromEntries(known);
}

export function pointOf(
  measurement: HostMetric['measurement'],
  tags: HostMetric['tags'],
  fields: Record<string, number>,
): HostMetric | undefined {
  return Object.keys(fields).length > 0 ? { measurement, tags, fields } : undefined;
}
