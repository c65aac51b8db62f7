import { microsToIso, type SampleBatch } from '#domain';

/** Programs of each host, as in the goals. */
export const PROGRAMS = 300;

const names = Array.from({ length: PROGRAMS }, (_, i) => `program-${i}`);
/** Values that change from tick to tick, as real ones do, without a cost of making them. */
const values = Array.from({ length: 1009 }, (_, i) => Math.round(Math.abs(Math.sin(i)) * 10_000) / 100);

let ticks = 0;

function column(shift: number, length: number): number[] {
  const start = (ticks * 7 + shift) % (values.length - 1);
  return Array.from({ length }, (_, i) => values[(start + i) % values.length] ?? 0);
}

/** One tick of one host, as its collector sends it. */
export function hostBatch(host: string, time: number, programs = names): SampleBatch {
  ticks++;
  const { length } = programs;
  return {
    id: `bench-${ticks}`.padEnd(12, '0'),
    host,
    time: microsToIso(time),
    names: programs,
    count: Array.from({ length }, (_, i) => 1 + (i % 3)),
    cpu: column(0, length),
    cpuMax: column(1, length),
    mem: column(2, length),
    memMax: column(3, length),
    rssBytes: column(4, length).map((value) => Math.round(value * 40_960)),
  };
}

export function manyNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `program-${i}`);
}

/** The same batch with so many units, its programs spread over them. */
export function withUnits(batch: SampleBatch, count: number): SampleBatch {
  if (count === 0) return batch;
  const memory = column(5, count);
  const units = column(6, count).map((cpu, i) => ({
    unit: `service-${i}.service`,
    kind: 'service' as const,
    processes: 1 + (i % 7),
    cpu,
    cpuLimit: i % 3 === 0 ? 200 : null,
    throttled: cpu / 2,
    memBytes: Math.round((memory[i] ?? 0) * 2 ** 20),
    memLimitBytes: i % 2 === 0 ? 100 * 2 ** 20 : null,
    oomKills: 0,
    pids: 1 + (i % 7),
    cpuPressure: cpu / 3,
    memPressure: 0,
    ioPressure: 0,
  }));
  return { ...batch, units, unit: batch.names.map((_, i) => i % count) };
}
