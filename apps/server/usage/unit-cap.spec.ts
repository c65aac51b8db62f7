import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SampleBatch, sampleBatch } from '#domain';
import { UnitCap } from './unit-cap.js';

const HOUR = 3_600_000;

/** A batch of units, the later ones with more memory, with a program in each. */
function batchOf(units: string[], host = 'h'): SampleBatch {
  return {
    id: 'cap-test-1',
    host,
    time: '2026-11-22T20:00:00Z',
    names: ['in none', ...units.map((_, i) => `program-${i}`)],
    count: [1, ...units.map(() => 1)],
    units: units.map((unit, i) => ({
      unit,
      kind: 'pod' as const,
      processes: 1,
      cpu: 1,
      cpuLimit: null,
      memBytes: i,
      memLimitBytes: null,
      oomKills: 0,
    })),
    unit: [null, ...units.map((_, i) => i)],
  };
}

/** Name of the unit of each program. */
const unitsOf = (batch: SampleBatch) =>
  new Map(batch.names.map((name, i) => [name, batch.units?.[batch.unit?.[i] ?? -1]?.unit]));

describe('the cap on units', () => {
  it('never keeps more than it may, and leaves every program its own unit or none', () => {
    const name = fc.oneof(fc.constant('__proto__'), fc.string({ minLength: 1, maxLength: 2 }));
    const batches = fc.array(
      fc.tuple(
        fc.constantFrom('a', 'b', 'c'),
        fc.uniqueArray(name, { maxLength: 12 }),
        fc.integer({ min: 0, max: HOUR }),
      ),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 12 }), (all, perHost, inAll) => {
        const cap = new UnitCap({ perHost, inAll });
        let nowMs = 0;
        for (const [host, units, ms] of all) {
          const given = batchOf(units, host);
          const { batch, dropped } = cap.fit(given, (nowMs += ms));
          expect(cap.size).toBeLessThanOrEqual(inAll);
          expect(batch.units?.length).toBe(units.length - dropped);
          expect(batch.units?.length).toBeLessThanOrEqual(perHost);
          expect(sampleBatch.safeParse(batch).error?.issues ?? []).toEqual([]);
          const kept = new Set(batch.units?.map(({ unit }) => unit));
          for (const [program, unit] of unitsOf(given)) {
            expect(unitsOf(batch).get(program)).toBe(unit !== undefined && kept.has(unit) ? unit : undefined);
          }
        }
      }),
    );
  });

  it('keeps units that have a place, gives what is free to those with the most memory, and frees what is gone', () => {
    const cap = new UnitCap({ perHost: 2, inAll: 9 });
    const kept = (units: string[], nowMs: number) =>
      cap.fit(batchOf(units), nowMs).batch.units?.map(({ unit }) => unit);
    expect(kept(['a'], 0)).toEqual(['a']);
    expect(kept(['x', 'y', 'a'], 1)).toEqual(['y', 'a']);
    expect(kept(['x'], HOUR)).toEqual([]);
    expect(kept(['x'], 2 * HOUR)).toEqual(['x']);
    cap.forget('h');
    expect(cap.size).toBe(0);
  });
});
