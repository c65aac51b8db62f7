import type { HostCounters } from '../readers/process-reader.js';
import { KeptFile } from './kept-file.js';

/** Length of a kernel tick, in milliseconds (USER_HZ is 100). */
export const TICK_MS = 10;

export interface HostFacts extends HostCounters {
  /** Processes and threads made since boot. */
  forks: number;
  /** Threads that exist; NaN where the kernel does not say. */
  existingThreads: number;
}

/** The host's own counters, from /proc/stat, /proc/meminfo and /proc/loadavg. */
export class LinuxHost {
  private readonly stat: KeptFile;
  private readonly memory: KeptFile;
  private readonly load: KeptFile;
  private readonly uptime: KeptFile;

  constructor(proc: string) {
    this.stat = new KeptFile(`${proc}/stat`);
    this.memory = new KeptFile(`${proc}/meminfo`);
    this.load = new KeptFile(`${proc}/loadavg`);
    this.uptime = new KeptFile(`${proc}/uptime`);
  }

  /** @throws where /proc/stat can't be read, which means that there is no /proc here */
  read(): HostFacts {
    const stat = this.stat.text();
    return {
      ...parseCpu(stat),
      forks: numberAfter(stat, '\nprocesses '),
      ...parseMemory(optional(() => this.memory.text())),
      existingThreads: parseThreads(optional(() => this.load.text())),
    };
  }

  /** Seconds since boot, suspended time included; NaN where the kernel does not say. */
  uptimeSeconds(): number {
    return Number.parseFloat(optional(() => this.uptime.text()));
  }

  close(): void {
    for (const file of [this.stat, this.memory, this.load, this.uptime]) file.close();
  }
}

function optional(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** The first line is the sum over all processors: user nice system idle iowait irq softirq steal (proc_stat(5)). */
export function parseCpu(stat: string) {
  const line = stat.slice(0, stat.indexOf('\n')).split(/ +/).map(Number);
  const at = (field: number) => (line[field] ?? 0) * TICK_MS;
  const interruptMs = at(6) + at(7);
  const busyMs = at(1) + at(2) + at(3) + interruptMs;
  const stolenMs = at(8);
  const cores = stat.match(/^cpu\d/gm)?.length ?? 1;
  return { cores, busyMs, interruptMs, stolenMs, totalMs: busyMs + stolenMs + at(4) + at(5) };
}

export function parseMemory(meminfo: string) {
  const memTotalBytes = numberAfter(meminfo, 'MemTotal:') * 1024;
  const available = numberAfter(meminfo, '\nMemAvailable:') * 1024;
  const swapBytes = numberAfter(meminfo, '\nSwapTotal:') * 1024;
  const swapFreeBytes = numberAfter(meminfo, '\nSwapFree:') * 1024;
  return {
    memTotalBytes: memTotalBytes || 0,
    memAvailableBytes: Number.isNaN(available) ? numberAfter(meminfo, '\nMemFree:') * 1024 || 0 : available,
    swap: Number.isNaN(swapBytes) ? undefined : { totalBytes: swapBytes, freeBytes: swapFreeBytes || 0 },
  };
}

function parseThreads(loadavg: string): number {
  const slash = loadavg.indexOf('/');
  return slash < 0 ? Number.NaN : Number.parseInt(loadavg.slice(slash + 1), 10);
}

function numberAfter(text: string, label: string): number {
  const at = text.indexOf(label);
  return at < 0 ? Number.NaN : Number.parseInt(text.slice(at + label.length), 10);
}
