import type { HostUsage } from '#domain';
import type { CgroupLimits } from './cgroup-limits.js';
import type { HostCounters } from '../readers/process-reader.js';

/** The host's own usage between two readings of its counters. */
export function hostUsageOf(before: HostCounters, now: HostCounters, limits: CgroupLimits = {}): HostUsage {
  const { cores, memTotalBytes, memAvailableBytes, swap } = now;
  return {
    cpu: busyPercent(before, now),
    mem: memTotalBytes > 0 ? percent(memTotalBytes - memAvailableBytes, memTotalBytes) : null,
    ...(swap ? { swap: swap.totalBytes > 0 ? percent(swap.totalBytes - swap.freeBytes, swap.totalBytes) : null } : {}),
    cores,
    memTotalBytes,
    ...limits,
  };
}

/** Stolen time counts as busy: the host has no more to give. */
function busyPercent(before: HostCounters, now: HostCounters): number | null {
  const total = now.totalMs - before.totalMs;
  const busy = now.busyMs + now.stolenMs - before.busyMs - before.stolenMs;
  return total > 0 ? percent(busy, total) : null;
}

function percent(part: number, whole: number): number {
  return Math.min(100, Math.max(0, Math.round((part / whole) * 100_000) / 1000));
}
