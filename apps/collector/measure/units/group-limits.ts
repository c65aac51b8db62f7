import { closeSync, openSync, readSync } from 'node:fs';
import { type Group, type GroupLimits, NO_LIMITS } from './group.js';

/** Above this a memory limit of version 1 means that there is none. */
const NO_LIMIT_BYTES = 2 ** 60;

/** What the host has: a limit above it holds nothing back. */
export interface HostSize {
  cores: number;
  memTotalBytes: number;
}

const buffer = Buffer.allocUnsafe(256);

/** The limits that a group sets itself (cgroup-v2.rst, cgroup-v1/memory.rst and sched-bwc.rst of the kernel's documentation). */
export function readLimits({ folders }: Group, host: HostSize): GroupLimits {
  const { memory, cpu, pids, unified } = folders;
  if (memory === undefined && cpu === undefined && pids === undefined && unified === undefined) return NO_LIMITS;
  const memBytes = memory === undefined ? number(unified, 'memory.max') : number(memory, 'memory.limit_in_bytes');
  const quota =
    cpu === undefined ? quotaOf(unified) : (number(cpu, 'cpu.cfs_quota_us') / number(cpu, 'cpu.cfs_period_us')) * 100;
  const mostBytes = Math.min(host.memTotalBytes || Infinity, NO_LIMIT_BYTES);
  return {
    memBytes: memBytes < mostBytes ? memBytes : Infinity,
    cpu: quota > 0 && quota < host.cores * 100 ? quota : Infinity,
    pids: number(pids ?? unified, 'pids.max'),
  };
}

/** `max 100000` or `50000 100000`. */
function quotaOf(folder: string | undefined): number {
  const [quota, period] = text(folder, 'cpu.max').split(' ');
  return (wholeNumber(quota) / wholeNumber(period)) * 100;
}

function number(folder: string | undefined, file: string): number {
  return wholeNumber(text(folder, file));
}

/** NaN for what is no number: `max`, -1, nothing at all. */
function wholeNumber(written: string | undefined): number {
  return written !== undefined && /^\d{1,20}$/.test(written) ? Number(written) : Number.NaN;
}

function text(folder: string | undefined, file: string): string {
  if (folder === undefined) return '';
  let descriptor: number;
  try {
    descriptor = openSync(Buffer.from(`${folder}/${file}`, 'latin1'), 'r');
  } catch {
    return '';
  }
  try {
    return buffer.toString('latin1', 0, readSync(descriptor, buffer, 0, buffer.length, 0)).trimEnd();
  } catch {
    return '';
  } finally {
    closeSync(descriptor);
  }
}
