import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type SampleBatch, sampleBatch } from '#domain';
import { OTHER, ProgramCap } from './program-cap.js';

const HOUR = 3_600_000;
const batchOf = (names: string[], host = 'h', cpu: (i: number) => number | null = (i) => i): SampleBatch => ({
  id: 'cap-test-1',
  host,
  time: '2026-11-22T20:00:00Z',
  names,
  count: names.map((_, i) => i + 1),
  cpu: names.map((_, i) => cpu(i)),
  cpuMax: names.map((_, i) => cpu(i)),
  rssBytes: names.map((_, i) => i * 1024),
});
const total = (column: (number | null)[] | undefined) => (column ?? []).reduce<number>((a, b) => a + (b ?? 0), 0);

describe('the cap on programs', () => {
  it('never changes the sums of a host, never keeps more names than it may, and makes batches that the schema takes', () => {
    const names = fc.uniqueArray(
      fc.oneof(fc.constant(OTHER), fc.constant('__proto__'), fc.string({ minLength: 1, maxLength: 2 })),
      { maxLength: 12 },
    );
    const batches = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), names, fc.integer({ min: 0, max: HOUR })), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 12 }), (all, perHost, inAll) => {
        const cap = new ProgramCap({ perHost, inAll });
        let nowMs = 0;
        for (const [host, list, ms] of all) {
          const batch = batchOf(list, host, (i) => (i % 3 === 0 ? null : i));
          const fitted = cap.fit(batch, (nowMs += ms));
          expect(cap.size).toBeLessThanOrEqual(inAll);
          expect(fitted.batch.names.filter((name) => name !== OTHER).length).toBeLessThanOrEqual(perHost);
          for (const key of ['count', 'cpu', 'rssBytes'] as const) {
            expect(total(fitted.batch[key])).toBe(total(batch[key]));
          }
          const largest = (one: SampleBatch) => Math.max(0, ...(one.cpuMax ?? []).map((value) => value ?? 0));
          expect(largest(fitted.batch)).toBe(largest(batch));
          expect(
            sampleBatch.safeParse(fitted.batch).error?.issues.filter(({ path }) => path[0] !== 'names') ?? [],
          ).toEqual([]);
        }
      }),
    );
  });

  it('leaves each program its unit, and what is added up in none', () => {
    const cap = new ProgramCap({ perHost: 2, inAll: 9 });
    const units = ['u', 'v'].map((unit) => ({
      unit,
      kind: 'pod' as const,
      processes: 1,
      cpu: 1,
      cpuLimit: null,
      memBytes: 1,
      memLimitBytes: null,
      oomKills: 0,
    }));
    const { batch } = cap.fit({ ...batchOf(['a', 'b', 'c', 'd']), units, unit: [0, 1, 0, 1] }, 0);
    expect(batch).toMatchObject({ names: ['c', 'd', OTHER], unit: [0, 1, null], units });
    expect(sampleBatch.safeParse(batch).success).toBe(true);
  });

  it('keeps the names that have a place, and gives what is free to the largest new ones', () => {
    const cap = new ProgramCap({ perHost: 3, inAll: 100 });
    expect(cap.fit(batchOf(['a', 'b']), 0)).toMatchObject({ joined: 0 });
    const { batch, joined } = cap.fit(batchOf(['x', 'y', 'a', 'b', 'big']), 1);
    expect(joined).toBe(2);
    expect(batch).toMatchObject({ names: ['a', 'b', 'big', OTHER], cpu: [2, 3, 4, 1], count: [3, 4, 5, 3] });
  });

  it('hands a batch on as it is where all of it has a place', () => {
    const batch = batchOf(['a', OTHER]);
    expect(new ProgramCap({ perHost: 1, inAll: 1 }).fit(batch, 0).batch).toBe(batch);
  });

  it('frees the place of a name that was not seen for two hours, and of a host that is forgotten', () => {
    const cap = new ProgramCap({ perHost: 1, inAll: 10 });
    cap.fit(batchOf(['a']), 0);
    expect(cap.fit(batchOf(['b']), HOUR).joined).toBe(1);
    expect(cap.fit(batchOf(['b']), 2 * HOUR).joined).toBe(0);
    expect(cap.size).toBe(1);
    cap.forget('h');
    expect(cap.size).toBe(0);
  });
});
