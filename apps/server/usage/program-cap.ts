import { valueColumns, type SampleBatch } from '#domain';

export interface CapLimits {
  /** Programs of one host, and of all hosts together. */
  perHost: number;
  inAll: number;
}

/** The program that those beyond the limits are counted as. */
export const OTHER = 'other';
/** A name that was not seen for one to two of these frees its place. */
const ROUND_MS = 3_600_000;
/** Largest values that the schema of samples takes. */
const MAX_COUNT = 10_000_000;

/** The names of one host in two generations, so that asking costs the same however many there are. */
interface HostNames {
  fresh: Set<string>;
  /** Of the round before, without those that are in `fresh`. */
  stale: Set<string>;
}

/**
 * Keeps the number of series bounded. Names that have a place keep it, the largest of the new ones get what is free, and
 * the rest are added up as one program, `other`, so that the sums of the host stay exact.
 */
export class ProgramCap {
  private readonly hosts = new Map<string, HostNames>();
  private roundMs: number | undefined;
  private total = 0;

  constructor(private readonly limits: CapLimits) {}

  /** Programs that have a place. */
  get size(): number {
    return this.total;
  }

  /** The batch itself where all of it has a place, else one with `other`, and how many samples went into that. */
  fit(batch: SampleBatch, nowMs: number): { batch: SampleBatch; joined: number } {
    this.turn(nowMs);
    const names = this.namesOf(batch.host);
    const without: number[] = [];
    for (const [i, name] of batch.names.entries()) {
      if (names.fresh.has(name) || name === OTHER) continue;
      if (names.stale.delete(name)) names.fresh.add(name);
      else without.push(i);
    }
    const free = this.freeOf(names);
    if (without.length > free) without.sort((a, b) => sizeOf(batch, b) - sizeOf(batch, a) || a - b);
    for (const i of without.slice(0, free)) names.fresh.add(batch.names[i] as string);
    this.total += Math.min(free, without.length);
    const rest = new Set(without.slice(free));
    return rest.size === 0 ? { batch, joined: 0 } : { batch: joinOther(batch, rest), joined: rest.size };
  }

  forget(host: string): void {
    const names = this.hosts.get(host);
    if (names) this.total -= names.fresh.size + names.stale.size;
    this.hosts.delete(host);
  }

  private freeOf({ fresh, stale }: HostNames): number {
    return Math.max(0, Math.min(this.limits.perHost - fresh.size - stale.size, this.limits.inAll - this.total));
  }

  private namesOf(host: string): HostNames {
    let names = this.hosts.get(host);
    if (!names) this.hosts.set(host, (names = { fresh: new Set(), stale: new Set() }));
    return names;
  }

  private turn(nowMs: number): void {
    this.roundMs ??= nowMs;
    if (nowMs - this.roundMs < ROUND_MS) return;
    this.roundMs = nowMs;
    for (const [host, { fresh, stale }] of this.hosts) {
      this.total -= stale.size;
      if (fresh.size === 0) this.hosts.delete(host);
      else this.hosts.set(host, { fresh: new Set(), stale: fresh });
    }
  }
}

/** Of two programs the one that uses more CPU is larger, then the one with more memory. */
function sizeOf(batch: SampleBatch, i: number): number {
  return (batch.cpu?.[i] ?? 0) + (batch.mem?.[i] ?? 0) / 1000;
}

/** The batch with some of its programs, and whatever is called `other` already, added up as the last one. */
function joinOther(batch: SampleBatch, rest: Set<number>): SampleBatch {
  const kept: number[] = [];
  const joined: number[] = [];
  for (const [i, name] of batch.names.entries()) (rest.has(i) || name === OTHER ? joined : kept).push(i);
  const pick = <Value>(column: Value[]) => kept.map((i) => column[i] as Value);
  const counts = joined.map((i) => batch.count[i] ?? 1);
  const made: SampleBatch = {
    ...batch,
    names: [...pick(batch.names), OTHER],
    count: [...pick(batch.count), Math.min(MAX_COUNT, sum(counts))],
  };
  for (const key of valueColumns) {
    const column = batch[key];
    if (!column) continue;
    const values = joined.map((i) => column[i]).filter((value) => value !== null && value !== undefined);
    made[key] = [...pick(column), values.length === 0 ? null : joinValues(key, values)];
  }
  return made;
}

function joinValues(key: (typeof valueColumns)[number], values: number[]): number {
  if (key === 'cpuMax' || key === 'memMax') return values.reduce((a, b) => Math.max(a, b));
  return key === 'rssBytes' ? Math.min(Number.MAX_SAFE_INTEGER, sum(values)) : sum(values);
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
