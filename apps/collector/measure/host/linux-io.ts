import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Counters since boot, summed over the host's disks. */
export interface DiskCounters {
  reads: number;
  writes: number;
  readBytes: number;
  writtenBytes: number;
}

/** Counters since boot, summed over the host's network interfaces. */
export interface NetworkCounters {
  rxBytes: number;
  rxPackets: number;
  txBytes: number;
  txPackets: number;
}

export interface IoCounters {
  disk: DiskCounters | undefined;
  network: NetworkCounters | undefined;
}

/** The kernel counts in sectors of this size, whatever the disk's own is. */
const SECTOR_BYTES = 512;
/** Made up by the kernel from other disks, which are counted themselves. */
const NO_DISK = /^(loop|ram|zram|dm-|md|sr|fd)\d/;
/** Traffic that stays on this host, or that another interface carries as well. */
const NO_INTERFACE = /^(lo|veth.*|docker\d*|br-.*|virbr.*|cni.*|flannel.*|cali.*|tun.*|tap.*|bond\d+|dummy.*)$/;

/** Disk and network counters of the host whose /proc that is; undefined where the kernel does not say. */
export function readIo(proc: string): IoCounters {
  return {
    disk: parsed(join(proc, 'diskstats'), parseDisks),
    network: parsed(join(proc, proc === '/proc' ? 'net/dev' : '1/net/dev'), parseNetwork),
  };
}

function parsed<Value>(path: string, parse: (text: string) => Value): Value | undefined {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Whole disks of /proc/diskstats (Documentation/admin-guide/iostats.rst); partitions would count twice. */
export function parseDisks(text: string): DiskCounters {
  const sum: DiskCounters = { reads: 0, writes: 0, readBytes: 0, writtenBytes: 0 };
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  const names = new Set(lines.map((fields) => fields[2]));
  for (const [, , name, reads, , sectorsRead, , writes, , sectorsWritten] of lines) {
    if (!name || NO_DISK.test(name) || isPart(name, names)) continue;
    sum.reads += Number(reads);
    sum.writes += Number(writes);
    sum.readBytes += Number(sectorsRead) * SECTOR_BYTES;
    sum.writtenBytes += Number(sectorsWritten) * SECTOR_BYTES;
  }
  return sum;
}

/** `sda1` belongs to `sda`, and `nvme0n1p2` to `nvme0n1`. */
function isPart(name: string, names: Set<string | undefined>): boolean {
  const whole = /^(.*\d)p\d+$/.exec(name)?.[1] ?? /^(.*\D)\d+$/.exec(name)?.[1];
  return whole !== undefined && names.has(whole);
}

/** Interfaces of /proc/net/dev that lead to the outside. */
export function parseNetwork(text: string): NetworkCounters {
  const sum: NetworkCounters = { rxBytes: 0, rxPackets: 0, txBytes: 0, txPackets: 0 };
  for (const line of text.split('\n').slice(2)) {
    const colon = line.lastIndexOf(':');
    const name = line.slice(0, colon).trim();
    if (colon < 0 || NO_INTERFACE.test(name)) continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    sum.rxBytes += fields[0] ?? 0;
    sum.rxPackets += fields[1] ?? 0;
    sum.txBytes += fields[8] ?? 0;
    sum.txPackets += fields[9] ?? 0;
  }
  return sum;
}
