import { hostUsageOf } from '../measure/host/host-usage.js';
import { type HostSnapshot, rootOf } from '../measure/host/host-watch.js';
import { type IoCounters, readIo } from '../measure/host/linux-io.js';
import type { HostCounters } from '../measure/readers/process-reader.js';
import { reporterSections } from './reporter-sections.js';

/** The sections of the original reporter that hold measurements. */
export const sections = [
  'CPUUtilization',
  'MemmoryUtilization',
  'Diskutilization',
  'DiskActivity',
  'NetworkActivity',
] as const;
export type Section = (typeof sections)[number];

const POINTS = 3;
/** Time that the first point of a graph covers, in milliseconds. */
const FIRST_MS = 1000;

export interface HostGraphOptions {
  proc: string;
  root: string;
  host: string;
  counters: () => HostCounters;
  /** Unix milliseconds, as the samples have them. */
  time: () => number;
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
  wait?: (ms: number) => Promise<void>;
}

interface Reading {
  counters: HostCounters;
  io: IoCounters;
  atMs: number;
}

/** Measures the host between the ticks, for clients that want points at another interval. */
export class HostGraph {
  constructor(private readonly options: HostGraphOptions) {}

  /** Three points of one section, `seconds` apart, each over the time since the point before. */
  async points(section: Section, seconds: number): Promise<{ Label: Section; Datapoints: unknown[] }> {
    let before = this.read();
    await this.wait(Math.min(FIRST_MS, seconds * 1000));
    const points: unknown[] = [];
    for (let i = 0; i < POINTS; i++) {
      if (i > 0) await this.wait(seconds * 1000);
      const now = this.read();
      points.push(reporterSections(this.snapshot(before, now), this.options.host)[section]);
      before = now;
    }
    return { Label: section, Datapoints: points };
  }

  private snapshot(before: Reading, now: Reading): HostSnapshot {
    return {
      timeMs: this.options.time(),
      usage: hostUsageOf(before.counters, now.counters),
      memAvailableBytes: now.counters.memAvailableBytes,
      root: rootOf(this.options.root),
      io: now.io,
      before: { io: before.io, elapsedMs: now.atMs - before.atMs },
    };
  }

  private read(): Reading {
    const atMs = (this.options.now ?? (() => performance.now()))();
    return { counters: this.options.counters(), io: readIo(this.options.proc), atMs };
  }

  private wait(ms: number): Promise<void> {
    return (this.options.wait ?? ((time) => new Promise((resolve) => setTimeout(resolve, time))))(ms);
  }
}
