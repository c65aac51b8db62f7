import {
  isoToMicros,
  type HostUsage,
  type ProcessMetric,
  type SampleBatch,
  shareOfLimit,
  shareOfQuota,
  type UnitSample,
} from '#domain';

/** The column of a batch that limits are set on: the largest single process. */
const columns = { cpu: 'cpuMax', mem: 'memMax' } as const satisfies Record<ProcessMetric, keyof SampleBatch>;

export const metrics = Object.keys(columns) as ProcessMetric[];
export const fieldOf = (metric: ProcessMetric) => columns[metric];

/** Units that have a limit: value i of each column belongs to `names[i]`, in % of its own limit, null without one. */
export interface UnitColumns {
  names: string[];
  cpu: (number | null)[];
  mem: (number | null)[];
}

/** What prediction reads of a batch: one round of a host, value i of each column belongs to `names[i]`. */
export interface Tick extends Pick<SampleBatch, 'id' | 'host' | 'names' | 'intervalMs' | 'cpuMax' | 'memMax'> {
  units?: UnitColumns;
  /** The host itself. */
  own?: Pick<HostUsage, 'cpu' | 'mem' | 'swap' | 'disks'>;
  /** Milliseconds since the epoch. */
  timeMs: number;
  /** Older batches that the sender still holds. */
  backlog: number;
}

export function toTick(batch: SampleBatch): Tick {
  const { id, host, names, time, intervalMs, cpuMax, memMax, backlog = 0, hostUsage } = batch;
  const units = batch.units && toColumns(batch.units);
  const own = hostUsage && { cpu: hostUsage.cpu, mem: hostUsage.mem, swap: hostUsage.swap, disks: hostUsage.disks };
  const timeMs = isoToMicros(time) / 1000;
  return { id, host, names, intervalMs, cpuMax, memMax, timeMs, backlog, ...(units && { units }), ...(own && { own }) };
}

function toColumns(units: readonly UnitSample[]): UnitColumns | undefined {
  const limited: UnitColumns = { names: [], cpu: [], mem: [] };
  for (const unit of units) {
    const [cpu, mem] = [shareOfQuota(unit), shareOfLimit(unit)];
    if (cpu === null && mem === null) continue;
    limited.names.push(unit.unit);
    limited.cpu.push(cpu);
    limited.mem.push(mem);
  }
  return limited.names.length > 0 ? limited : undefined;
}

/** Values of a tick that take memory while it is held. */
export function sizeOf({ names, units, own }: Tick): number {
  return names.length + (units?.names.length ?? 0) + (own?.disks?.length ?? 0);
}

/** Whether it is about the host alone, such as a report of a manager's reporter. */
export function isBare({ names, units }: Tick): boolean {
  return names.length === 0 && !units;
}
