import type { HostSnapshot } from '../measure/host/host-watch.js';

/**
 * The measured sections of `GET /get/metrics`, with the original reporter's names, misspellings included: they are the
 * wire format. Numbers are strings as they are there; what this system does not say is null.
 */
export function reporterSections(snapshot: HostSnapshot, host: string) {
  const time = timeText(snapshot.timeMs);
  const { usage, memAvailableBytes, root } = snapshot;
  return {
    CPUUtilization: { CPUUtilization: { Unit: 'percentage', Value: fixed(usage.cpu, 2) }, Time: time },
    DiskActivity: { ...diskRates(snapshot), Time: time },
    Diskutilization: {
      Avail: sized(root?.availableBytes),
      Hostname: host,
      MountPoint: root?.path ?? '/',
      Percentageused: root ? fixed((root.usedBytes / (root.usedBytes + root.availableBytes)) * 100, 0) : null,
      Time: time,
      Totalsize: sized(root?.totalBytes),
      Used: sized(root?.usedBytes),
    },
    MemmoryUtilization: {
      Available_Mem: sized(memAvailableBytes),
      Mem_used: sized(usage.memTotalBytes - memAvailableBytes),
      MemoryUtilized: { Unit: 'percentage', Value: fixed(usage.mem, 0) },
      Time: time,
      Total_Mem: sized(usage.memTotalBytes),
    },
    NetworkActivity: { ...networkRates(snapshot), Time: time },
    Time: time,
  };
}

function diskRates({ io, before }: HostSnapshot) {
  const now = io.disk;
  const then = before?.io.disk;
  const rate = rateOver(before?.elapsedMs);
  const reads = now && then && rate(now.reads - then.reads);
  const writes = now && then && rate(now.writes - then.writes);
  return {
    'BytesRead/s': fixed(now && then && rate(now.readBytes - then.readBytes), 2),
    'BytesWrite/s': fixed(now && then && rate(now.writtenBytes - then.writtenBytes), 2),
    'ReadTransections/s': fixed(reads, 2),
    'TotalTransections/s': fixed(reads === undefined || writes === undefined ? undefined : reads + writes, 2),
    'WriteTransections/s': fixed(writes, 2),
  };
}

function networkRates({ io, before }: HostSnapshot) {
  const now = io.network;
  const then = before?.io.network;
  const rate = rateOver(before?.elapsedMs);
  return {
    'rxkB/s': fixed(now && then && rate((now.rxBytes - then.rxBytes) / 1024), 2),
    'rxpck/s': fixed(now && then && rate(now.rxPackets - then.rxPackets), 2),
    'txkB/s': fixed(now && then && rate((now.txBytes - then.txBytes) / 1024), 2),
    'txpck/s': fixed(now && then && rate(now.txPackets - then.txPackets), 2),
  };
}

/** Counters that fell were reset, as when a disk was taken out: nothing is known of that tick but that it is not negative. */
function rateOver(elapsedMs: number | undefined) {
  return (difference: number): number | undefined =>
    elapsedMs && elapsedMs > 0 ? Math.max(0, (difference * 1000) / elapsedMs) : undefined;
}

function fixed(value: number | null | undefined, digits: number): string | null {
  return value === null || value === undefined || !Number.isFinite(value) ? null : value.toFixed(digits);
}

/** `8.0G`, `983M`, `1.5G`: as `df -h` writes it, with one digit below ten. */
export function sized(bytes: number | undefined): string | null {
  if (bytes === undefined || !Number.isFinite(bytes)) return null;
  const units = ['B', 'K', 'M', 'G', 'T', 'P'];
  let value = Math.max(0, bytes);
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${unit > 0 && value < 10 ? value.toFixed(1) : Math.round(value)}${units[unit] as string}`;
}

/** `2020-06-16 19:32:16`, in UTC. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ');
}
