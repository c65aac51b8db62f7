import type { SampleBatch } from '#domain';
import { NamePlaces, type PlaceLimits } from './name-places.js';

/**
 * Keeps the number of units bounded. Those beyond the limits are left out: units of several limits added up would be no
 * unit. Their programs stay, in none.
 */
export class UnitCap {
  private readonly places: NamePlaces;

  constructor(limits: PlaceLimits) {
    this.places = new NamePlaces(limits);
  }

  /** Units that have a place. */
  get size(): number {
    return this.places.size;
  }

  /** The batch itself where all of its units have a place, else one without the others, and how many those are. */
  fit(batch: SampleBatch, nowMs: number): { batch: SampleBatch; dropped: number } {
    const { units } = batch;
    if (!units) return { batch, dropped: 0 };
    const names = units.map(({ unit }) => unit);
    const out = this.places.without(batch.host, names, (i) => units[i]?.memBytes ?? 0, nowMs);
    if (out.size === 0) return { batch, dropped: 0 };
    const kept = units.map((_, i) => i).filter((i) => !out.has(i));
    const indexOf = new Map(kept.map((old, index) => [old, index]));
    const unit = batch.unit?.map((old) => (old === null ? null : (indexOf.get(old) ?? null)));
    const left = kept.map((i) => units[i] as (typeof units)[number]);
    return { batch: { ...batch, units: left, ...(unit && { unit }) }, dropped: out.size };
  }

  forget(host: string): void {
    this.places.forget(host);
  }
}
