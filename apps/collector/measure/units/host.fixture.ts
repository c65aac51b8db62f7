import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProcessEntry, Reading } from '../readers/process-reader.js';
import { GroupMounts } from './group-mounts.js';
import { UnitWatch } from './unit-watch.js';

export const HOST_MEMORY = 16 * 1024 ** 3;

/** A folder that looks like a host: its /proc, its control groups, and what runtimes keep on its disk. */
export class FixtureHost {
  readonly root = mkdtempSync(join(tmpdir(), 'units-'));
  readonly said: string[] = [];
  nowMs = 0;
  private processes: ProcessEntry[] = [];
  private ended: ProcessEntry[] = [];

  get proc(): string {
    return join(this.root, 'proc');
  }

  /** Writes files below the root: text by path. */
  put(files: Record<string, string>): void {
    for (const [path, text] of Object.entries(files)) {
      const whole = join(this.root, path);
      mkdirSync(dirname(whole), { recursive: true });
      writeFileSync(whole, text);
    }
  }

  /** A control group of version 2 with these files. */
  group(path: string, files: Record<string, string> = {}): void {
    mkdirSync(join(this.root, 'sys/fs/cgroup', path), { recursive: true });
    for (const [name, text] of Object.entries(files)) this.put({ [`sys/fs/cgroup${path}/${name}`]: text });
  }

  removeGroup(path: string): void {
    rmSync(join(this.root, 'sys/fs/cgroup', path), { recursive: true, force: true });
  }

  start(pid: number, groups: string, values: Partial<ProcessEntry> = {}): ProcessEntry {
    this.put({ [`proc/${pid}/cgroup`]: groups, [`proc/${pid}/oom_score`]: '700\n' });
    const process: ProcessEntry = {
      pid,
      parent: 1,
      program: `program-${pid}`,
      kernel: false,
      cpuMs: 0,
      childrenCpuMs: 0,
      rssBytes: 1024 ** 2,
      threads: 1,
      readAtMs: 0,
      firstAgeMs: 1e9,
      startMs: 1_000,
      readings: 0,
      beforeCpuMs: 0,
      beforeChildrenCpuMs: 0,
      beforeAtMs: 0,
      row: undefined,
      unit: undefined,
      ...values,
    };
    this.processes.push(process);
    return process;
  }

  end(pid: number): void {
    this.ended.push(...this.processes.filter((process) => process.pid === pid));
    this.processes = this.processes.filter((process) => process.pid !== pid);
    rmSync(join(this.proc, String(pid)), { recursive: true, force: true });
  }

  /** @param mounts lines of mountinfo, in which ROOT stands for the root of this host */
  watch({ mounts = '30 20 0:26 / ROOT/sys/fs/cgroup rw - cgroup2 cgroup2 rw', maxKept = 100 } = {}): UnitWatch {
    return new UnitWatch({
      proc: this.proc,
      root: this.root,
      mounts: new GroupMounts(mounts.replaceAll('ROOT', this.root), this.root),
      logs: [join(this.root, 'kmsg')],
      maxKept,
      log: { log: (text) => this.said.push(text), warn: (text) => this.said.push(text) },
      now: () => this.nowMs,
    });
  }

  /** Ten seconds later. */
  reading(): Reading {
    this.nowMs += 10_000;
    for (const process of this.processes) process.readings++;
    const { processes, ended } = this;
    this.ended = [];
    const host = {
      cores: 4,
      busyMs: 0,
      totalMs: 0,
      interruptMs: 0,
      stolenMs: 0,
      memTotalBytes: HOST_MEMORY,
      memAvailableBytes: HOST_MEMORY,
    };
    return { processes, ended, host, atMs: this.nowMs, sinceBootMs: this.nowMs, threads: undefined };
  }

  close(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Files of a group of version 2. */
export function v2Files({ usage = 0, inactive = 0, limit = 'max', cpuUs = 0, quota = 'max', kills = 0 } = {}) {
  return {
    'memory.current': `${usage}\n`,
    'memory.stat': `anon ${usage}\nfile 0\ninactive_anon 7\ninactive_file ${inactive}\nactive_file 3\n`,
    'memory.max': `${limit}\n`,
    'memory.events.local': `low 0\nhigh 0\nmax 3\noom 1\noom_kill ${kills}\noom_group_kill 0\n`,
    'cpu.stat': `usage_usec ${cpuUs}\nuser_usec 1\nsystem_usec 1\nnr_periods 0\nnr_throttled 0\n`,
    'cpu.max': `${quota} 100000\n`,
    'pids.current': '3\n',
    'pids.max': '4915\n',
    'cpu.pressure': 'some avg10=1.50 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=1\n',
    'memory.pressure': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1\n',
    'io.pressure': 'some avg10=33.33 avg60=0.00 avg300=0.00 total=1\n',
  };
}
