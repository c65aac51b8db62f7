import { valueColumns, type SampleBatch } from '#domain';
import { NamePlaces, type PlaceLimits } from './name-places.js';

/** The program that those beyond the limits are counted as. */
export const OTHER = 'other';
/** Largest values that the schema of samples takes. */
const MAX_COUNT = 10_000_000;

/**
 * Keeps the number of series bounded. Names that have a place keep it, the largest of the new ones get what is free, and
 * the rest are added up as one program, `other`, so that the sums of the host stay exact.
 */
export class ProgramCap {
  private readonly places: NamePlaces;

  constructor(limits: PlaceLimits) {
    this.places = new NamePlaces(limits);
  }

  /** Programs that have a place. */
  get size(): number {
    return this.places.size;
  }

  /** The batch itself where all of it has a place, else one with `other`, and how many samples went into that. */
  fit(batch: SampleBatch, nowMs: number): { batch: SampleBatch; joined: number } {
    const own = batch.names.map((_, i) => i).filter((i) => batch.names[i] !== OTHER);
    const names = own.map((i) => batch.names[i] as string);
    const out = this.places.without(batch.host, names, (i) => sizeOf(batch, own[i] as number), nowMs);
    const rest = new Set([...out].map((i) => own[i] as number));
    return rest.size === 0 ? { batch, joined: 0 } : { batch: joinOther(batch, rest), joined: rest.size };
  }

  forget(host: string): void {
    this.places.forget(host);
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
  // What is added up ran in no one unit.
  if (batch.unit) made.unit = [...pick(batch.unit), null];
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
