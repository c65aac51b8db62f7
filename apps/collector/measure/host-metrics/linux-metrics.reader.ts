import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { type HostMetric, MAX_HOST_METRICS } from '#domain/host-metrics';
import { realMounts } from '../host/disks.js';
import { HostMetricsReader } from './host-metrics-reader.js';
import {
  cpuPoint,
  type CpuTimes,
  cpuTimesOf,
  diskActivityPoints,
  diskPoint,
  type FileSystemStats,
  memoryPoint,
  networkPoints,
  systemPoint,
} from './proc-metrics.js';

export interface LinuxMetricsOptions {
  /** The host's /proc. */
  proc: string;
  /** Where the host's root folder is seen from here. */
  root: string;
  statfs?: (path: string) => FileSystemStats;
}

/** Reads /proc and asks each real file system how full it is. */
export class LinuxMetricsReader extends HostMetricsReader {
  private cpu: CpuTimes = [];

  constructor(private readonly options: LinuxMetricsOptions) {
    super();
  }

  read(): HostMetric[] {
    const stat = this.text('stat');
    const cpu = cpuTimesOf(stat);
    const points = [
      cpuPoint(this.cpu, cpu),
      systemPoint(this.text('loadavg'), this.text('uptime'), stat),
      memoryPoint(this.text('meminfo')),
      ...this.diskPoints(),
      ...diskActivityPoints(this.text('diskstats')),
      // Of the process 1, because /proc/net is that of the reader, which in a container is not the host's.
      ...networkPoints(this.text('1/net/dev') || this.text('net/dev')),
    ];
    this.cpu = cpu;
    return points.filter((point) => point !== undefined).slice(0, MAX_HOST_METRICS);
  }

  private diskPoints(): (HostMetric | undefined)[] {
    const table = this.text('1/mounts') || this.text('self/mounts');
    const statfs = this.options.statfs ?? statfsSync;
    return realMounts(table).map((mount) => {
      try {
        return diskPoint(mount, statfs(join(this.options.root, mount.path)));
      } catch {
        // Gone since the table was read, or not ours to see.
        return undefined;
      }
    });
  }

  private text(file: string): string {
    try {
      return readFileSync(join(this.options.proc, file), 'utf8');
    } catch {
      return '';
    }
  }
}
