import { isoToMicros, type ProgramUsage } from '#domain';
import { finite } from '../finite.js';
import type { StoredHostTotal } from '../usage-store.js';

/** The programs of each host added up; they come host by host. */
export function sumByHost(programs: ProgramUsage[]): StoredHostTotal[] {
  const hosts: StoredHostTotal[] = [];
  for (const program of programs) {
    let total = hosts.at(-1);
    if (total?.host !== program.host) {
      const { host, lastTime } = program;
      total = { host, programs: 0, count: 0, cpuTotal: null, cpuMax: null, memTotal: null, rssBytes: null, lastTime };
      hosts.push(total);
    }
    total.programs++;
    total.count += program.count;
    for (const key of ['cpuTotal', 'memTotal', 'rssBytes'] as const) total[key] = sum(total[key], program[key]);
    total.cpuMax = largest(total.cpuMax, program.cpuMax);
    if (isoToMicros(program.lastTime) > isoToMicros(total.lastTime)) total.lastTime = program.lastTime;
  }
  return hosts;
}

function sum(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : finite(a + b);
}

function largest(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}
