import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { microsToIso, type SampleBatch, usageOrder } from '#domain';
import { ModelStore } from './model-store.js';
import { rounded, type StoreFixture, tick } from './store-fixture.js';

const hosts = ['web-1', 'web-2', 'Ωmega'];
const names = ['nginx', '__proto__', 'evil\\', 'a,b c=d', '\n'];
const value = fc.option(fc.integer({ min: 0, max: 4000 }).map((quarter) => quarter / 4));

const batch: fc.Arbitrary<SampleBatch> = fc
  .record({
    host: fc.constantFrom(...hosts),
    time: fc.integer({ min: 0, max: 5 }).map((n) => microsToIso(tick(n) + (n % 2))),
    samples: fc.uniqueArray(
      fc.record({
        name: fc.constantFrom(...names),
        count: fc.integer({ min: 1, max: 5 }),
        cpu: value,
        cpuMax: value,
        mem: value,
        memMax: value,
        rssBytes: fc.option(fc.nat()),
      }),
      { selector: ({ name }) => name, maxLength: names.length },
    ),
  })
  .map(({ host, time, samples }) => ({
    id: 'any-batch',
    host,
    time,
    names: samples.map(({ name }) => name),
    count: samples.map(({ count }) => count),
    cpu: samples.map(({ cpu }) => cpu),
    cpuMax: samples.map(({ cpuMax }) => cpuMax),
    mem: samples.map(({ mem }) => mem),
    memMax: samples.map(({ memMax }) => memMax),
    rssBytes: samples.map(({ rssBytes }) => rssBytes),
  }));

/** Writes that start together; the next ones start when all of them are acknowledged. */
const rounds = fc.array(fc.array(fc.array(batch, { maxLength: 3 }), { maxLength: 4 }), { maxLength: 6 });

/** Random batches, repeated and in any order, read the same from the store as from a model that is plainly right. */
export function usageStoreProperties(open: () => Promise<StoreFixture>, numRuns: number): void {
  it('reads the same as a plain model after random writes, repeated and out of order', async () => {
    await fc.assert(
      fc.asyncProperty(rounds, fc.integer({ min: 0, max: 6 }), async (allRounds, first) => {
        const fixture = await open();
        try {
          const model = new ModelStore();
          for (const writes of allRounds) {
            for (const batches of writes) model.write(batches);
            await Promise.all(writes.map((batches) => fixture.store.write(batches)));
          }
          await compareReads(fixture, model, tick(first));
        } finally {
          await fixture.end();
        }
      }),
      { numRuns, endOnFailure: process.env['CI_SHRINK'] === undefined },
    );
  }, 120_000);
}

async function compareReads({ store }: StoreFixture, model: ModelStore, from: number): Promise<void> {
  const same = async (actual: Promise<unknown>, expected: unknown) =>
    expect(rounded(await actual)).toEqual(rounded(expected));
  const comparisons = [same(store.hosts(), model.hosts())];
  for (const host of [undefined, ...hosts]) {
    for (const aggregate of ['mean', 'total', 'max'] as const) {
      const query = { from, host, aggregate };
      comparisons.push(same(store.usageByName(query), model.usageByName(query)));
    }
    const query = { from, host, metric: 'mem' } as const;
    comparisons.push(same(store.valuesByName(query), model.valuesByName(query)));
  }
  const after = { host: 'web-1', process: 'evil\\' };
  const pages: { limit: number; after?: typeof after; process?: string }[] = [
    { limit: 100 },
    { limit: 3 },
    { limit: 3, after },
    { limit: 9, process: '__proto__' },
  ];
  for (const page of pages) {
    comparisons.push(same(store.programs({ from, ...page }), model.programs({ from, ...page })));
    for (const order of usageOrder.options) {
      const query = { from, to: tick(4), ...page, order, after: page.after && { ...after, value: 7 } };
      comparisons.push(same(store.programs(query), model.programs(query)));
    }
    for (const field of ['cpu', 'cpuMax', 'rssBytes', 'count'] as const) {
      const query = { from, to: tick(4), stepMicros: 20_000_000, ...page, field };
      comparisons.push(same(store.history(query), model.history(query)));
    }
  }
  await Promise.all(comparisons);
}
