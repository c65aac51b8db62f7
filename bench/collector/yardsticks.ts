import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Bench, cpuTimeUs, residentMiB } from './bench.js';
import { C_KEEP } from './names.js';
import type { Measured } from './report.js';

export interface Yardstick {
  name: string;
  measure: (bench: Bench) => Promise<Measured>;
}

/** Each way of reading all processes runs in a process of its own and prints `<processes> <µs per process and tick>`. */
function script(name: string, file: string, method: string): Yardstick {
  return {
    name,
    measure: (bench) =>
      printed(bench, process.execPath, [bench.built(`bench/collector/${file}`), method, ...times(bench)]),
  };
}

export const yardsticks: Yardstick[] = [
  { name: C_KEEP, measure: (bench) => printed(bench, bench.program('c-keep'), times(bench)) },
  script('ours, sampling: reader', 'sampling.js', 'ours-reader'),
  script('ours, sampling: reader and grouping', 'sampling.js', 'ours'),
  { name: 'ours as shipped: Nest, spool, PUT', measure: (bench) => shipped(bench, 'on') },
  { name: 'ours as shipped, units off', measure: (bench) => shipped(bench, 'off') },
  script('Node, kept descriptors, readSync alone', 'sampling.js', 'kept-raw'),
  script('Node, openSync, readSync, closeSync', 'sampling.js', 'open-read-close'),
  script('Node, readFileSync and split', 'sampling.js', 'read-file'),
  script('Node, fs.promises', 'sampling.js', 'promises'),
  script('ps-list and pidusage', 'sampling.js', 'packages'),
  { name: 'psutil', measure: psutil },
];

function times({ options }: Bench): string[] {
  return [String(options.ticks), String(options.intervalMs)];
}

async function printed(bench: Bench, command: string, args: string[]): Promise<Measured> {
  const child = bench.spawn(command, args, {});
  let text = '';
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  await once(child, 'close');
  const [processes, us, rssMiB] = text.trim().split(' ').map(Number);
  return { processes, us, ...(rssMiB ? { rssMiB } : {}) };
}

const WARM_UP_TICKS = 8;

/** The collector as a user starts it; CPU of its whole process tree over `ticks` ticks. */
async function shipped(bench: Bench, units: 'on' | 'off'): Promise<Measured> {
  const { ticks, intervalMs } = bench.options;
  const child = bench.spawn(process.execPath, [bench.built('apps/collector/main.js')], {
    AMBERWATCH_SERVER_URL: bench.serverUrl,
    AMBERWATCH_INTERVAL: `${intervalMs}ms`,
    AMBERWATCH_DATA: join(bench.folder, `data-${process.hrtime.bigint()}`),
    AMBERWATCH_CONTROL_PORT: '0',
    AMBERWATCH_TRACE_TICKS: '1',
    AMBERWATCH_UNITS: units,
    LOG_LEVEL: 'error',
  });
  const pid = child.pid as number;
  const seen: number[] = [];
  const from = { us: 0, ticks: 0 };
  const batches = bench.batches;
  await new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      for (const [, n] of text.matchAll(/TICK n=(\d+)/g)) seen.push(Number(n));
      if (from.ticks === 0 && seen.length >= WARM_UP_TICKS)
        Object.assign(from, { us: cpuTimeUs(pid), ticks: seen.length });
      if (seen.length >= WARM_UP_TICKS + ticks) resolve();
    });
  });
  const measured = seen.slice(from.ticks);
  const us = cpuTimeUs(pid) - from.us;
  const rssMiB = residentMiB(pid);
  await bench.end(child);
  const sent = bench.batches - batches;
  const least = Math.min(...measured);
  return {
    us: us / measured.reduce((sum, n) => sum + n, 0),
    rssMiB,
    processes: least,
    note: `${((us / (measured.length * intervalMs * 1000)) * 100).toFixed(2)} % of a core at ${intervalMs / 1000} s; ${sent} batches; fewest seen at a tick: ${least}`,
  };
}

const PSUTIL = `
import os, resource, sys, time
import psutil
ticks, pause = int(sys.argv[1]), int(sys.argv[2]) / 1000
known = {p.pid: p for p in psutil.process_iter()}
def read():
    n = 0
    for p in psutil.process_iter():
        try:
            with p.oneshot(): p.name(); p.cpu_percent(); p.memory_info()
            n += 1
        except psutil.Error: pass
    return n
for _ in range(3): read()
spent, seen = 0.0, 0
for _ in range(ticks):
    time.sleep(pause)
    before = resource.getrusage(resource.RUSAGE_SELF)
    seen += read()
    after = resource.getrusage(resource.RUSAGE_SELF)
    spent += after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(seen // ticks, spent * 1e6 / seen)
`;

async function psutil(bench: Bench): Promise<Measured> {
  const python = process.env['PYTHON'] ?? 'python3';
  try {
    execFileSync(python, ['-c', 'import psutil'], { stdio: 'ignore' });
  } catch {
    return { note: 'not measured: needs python3 with psutil (PYTHON names another interpreter)' };
  }
  return printed(bench, python, ['-c', PSUTIL, ...times(bench)]);
}
