import { MICROS_PER_SECOND, microsToIso, type SampleBatch } from '#domain';
import type { UsageStore } from '#store';

/** An empty store of its own, and how to open the same data again. */
export interface StoreFixture {
  store: UsageStore;
  /** Opens what a closed store has left; the fixture closes the new one too. */
  reopen: () => Promise<UsageStore>;
  end: () => Promise<void>;
}

/** A full minute a few minutes ago, so that no database finds the samples too old. */
const start = Math.floor(Date.now() / 60_000 - 5) * 60 * MICROS_PER_SECOND;

/** Microseconds of the tick n × 10 s after the start. */
export function tick(n: number): number {
  return start + n * 10 * MICROS_PER_SECOND;
}

let batches = 0;

/** A batch of host `web-1` at tick 0 with one process of each name, unless told otherwise. */
export function batchOf({ at = tick(0), ...fields }: Partial<SampleBatch> & { at?: number }): SampleBatch {
  const names = fields.names ?? ['nginx'];
  return {
    id: `batch-${String(batches++).padStart(8, '0')}`,
    host: 'web-1',
    time: microsToIso(at),
    names,
    count: names.map(() => 1),
    ...fields,
  };
}

/** Rounds every number to 9 digits, since databases may add in another order. */
export function rounded<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'number' ? Number(inner.toPrecision(9)) : inner)),
  ) as Value;
}
