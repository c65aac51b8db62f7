import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CgroupLimits {
  /** CPU that may be used, in cores. */
  coresLimit?: number;
  memLimitBytes?: number;
}

/** Above this a memory limit of cgroup v1 means that there is none. */
const NO_LIMIT_BYTES = 2 ** 60;

/**
 * The limits of the cgroup that this process sees as the root, which in a container are the container's: version 2
 * first, then version 1 (Documentation/admin-guide/cgroup-v2.rst and cgroup-v1 of the kernel).
 */
export function readCgroupLimits(root = '/sys/fs/cgroup'): CgroupLimits {
  const limits: CgroupLimits = {};
  const [quota, period] = (text(root, 'cpu.max') ?? v1Quota(root)).split(' ').map(Number);
  if (quota && period && quota > 0 && period > 0) limits.coresLimit = quota / period;
  const bytes = Number(text(root, 'memory.max') ?? text(root, 'memory/memory.limit_in_bytes'));
  if (bytes > 0 && bytes < NO_LIMIT_BYTES) limits.memLimitBytes = bytes;
  return limits;
}

function v1Quota(root: string): string {
  return `${text(root, 'cpu/cpu.cfs_quota_us') ?? ''} ${text(root, 'cpu/cpu.cfs_period_us') ?? ''}`;
}

function text(root: string, file: string): string | undefined {
  try {
    return readFileSync(join(root, file), 'utf8').trim();
  } catch {
    return undefined;
  }
}
