import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, property, record } from 'fast-check';
import { ProgramTable } from './program-table.js';
import type { ProcessEntry, Reading } from '../readers/process-reader.js';

const GIB = 1024 ** 3;
/** When a reading begins that is an hour after the boot of its host. */
const now = Date.UTC(2026, 10, 22, 20);

function entry(program: string, values: Partial<ProcessEntry> = {}): ProcessEntry {
  return {
    pid: 1,
    parent: 1,
    program,
    kernel: false,
    cpuMs: 0,
    childrenCpuMs: 0,
    rssBytes: 0,
    threads: 1,
    readAtMs: 11_000,
    firstAgeMs: 1e9,
    startMs: 1_000,
    readings: 2,
    beforeCpuMs: 0,
    beforeChildrenCpuMs: 0,
    beforeAtMs: 1_000,
    row: undefined,
    unit: null,
    ...values,
  };
}

function reading(processes: ProcessEntry[], cores = 4): Reading {
  const host = {
    cores,
    busyMs: 0,
    totalMs: 0,
    interruptMs: 0,
    stolenMs: 0,
    memTotalBytes: 8 * GIB,
    memAvailableBytes: 0,
  };
  return { processes, ended: [], host, atMs: 11_000, sinceBootMs: 3_600_000, threads: undefined };
}

describe('ProgramTable', () => {
  test('adds up the processes of a name and keeps the largest one', () => {
    const columns = new ProgramTable().group(
      reading([
        entry('nginx', { cpuMs: 5_000, rssBytes: GIB }),
        entry('java', { cpuMs: 10_000, rssBytes: 4 * GIB }),
        entry('nginx', { cpuMs: 1_000, rssBytes: GIB / 2 }),
      ]),
      10_000,
      now,
    );
    expect(columns).toEqual({
      names: ['nginx', 'java'],
      count: [2, 1],
      cpu: [60, 100],
      cpuMax: [50, 100],
      mem: [18.75, 50],
      memMax: [12.5, 50],
      rssBytes: [1.5 * GIB, 4 * GIB],
      started: [Date.UTC(2026, 10, 22, 19) / 1000 + 1, Date.UTC(2026, 10, 22, 19) / 1000 + 1],
      unit: [null, null],
    });
  });

  test('a process older than the tick that is new has memory but no CPU yet; a young one has its average', () => {
    const old = entry('old', { readings: 1, cpuMs: 5_000, firstAgeMs: 60_000, rssBytes: GIB });
    const young = entry('young', { readings: 1, cpuMs: 500, firstAgeMs: 1_000 });
    const columns = new ProgramTable().group(reading([old, young]), 10_000, now);
    expect(columns.cpu).toEqual([null, 50]);
    expect(columns.mem[0]).toBe(12.5);
  });

  test('a program began with its oldest process, and begins anew only when all of them have ended', () => {
    const table = new ProgramTable();
    const boot = Date.UTC(2026, 10, 22, 19) / 1000;
    const startedAt = (...startMs: number[]) =>
      table.group(reading(startMs.map((one) => entry('nginx', { startMs: one }))), 10_000, now).started;
    expect(startedAt(7_990, 5_000, 60_000)).toEqual([boot + 5]);
    expect(startedAt(7_990, 60_000)).toEqual([boot + 7]);
    expect(startedAt(3_500_000)).toEqual([boot + 3_500]);
    expect(startedAt(Number.NaN)).toEqual([null]);
    expect(startedAt(Number.NaN, 5_000)).toEqual([boot + 5]);
  });

  test('a clock that is brought right little by little moves no start, and one that was set moves all of them', () => {
    const table = new ProgramTable();
    const startedAt = (timeMs: number) =>
      table.group(reading([entry('a', { startMs: 999 }), entry('b', { startMs: 5_000 })]), 10_000, timeMs).started;
    const [first, second] = startedAt(now) as [number, number];
    for (const driftMs of [1, -1, 999, -999, 2_000]) expect(startedAt(now + driftMs)).toEqual([first, second]);
    expect(startedAt(now + 3_600_000)).toEqual([first + 3_600, second + 3_600]);
  });

  test('a program whose last process has ended is gone', () => {
    const table = new ProgramTable();
    const stays = entry('stays');
    table.group(reading([stays, entry('ends')]), 10_000, now);
    expect(table.group(reading([stays]), 10_000, now).names).toEqual(['stays']);
  });

  test('names like __proto__ are names like any other', () => {
    const names = ['__proto__', 'constructor', 'toString', 'other'];
    expect(new ProgramTable().group(reading(names.map((name) => entry(name))), 10_000, now).names).toEqual(names);
  });

  test('the ceiling on names changes no sum, and who has a place keeps it', () => {
    const name = constantFrom(...Array.from({ length: 30 }, (_, at) => `program-${at}`), 'other');
    const process = record({
      program: name,
      cpuMs: integer({ min: 0, max: 40_000 }),
      rssBytes: integer({ min: 0, max: 1e9 }),
    });
    assert(
      property(array(array(process, { maxLength: 60 }), { maxLength: 6 }), (ticks) => {
        const bounded = new ProgramTable(5);
        const unbounded = new ProgramTable(1000);
        let before: string[] = [];
        for (const tick of ticks) {
          const few = bounded.group(reading(tick.map(({ program, ...values }) => entry(program, values))), 10_000, now);
          const all = unbounded.group(
            reading(tick.map(({ program, ...values }) => entry(program, values))),
            10_000,
            now,
          );
          expect(few.names.filter((one) => one !== 'other').length).toBeLessThanOrEqual(5);
          expect(new Set(few.names).size).toBe(few.names.length);
          for (const column of ['count', 'cpu', 'rssBytes'] as const) {
            expect(Math.abs(sum(few[column]) - sum(all[column]))).toBeLessThan(0.1);
          }
          const alive = new Set(all.names);
          for (const kept of before.filter((one) => one !== 'other' && alive.has(one)))
            expect(few.names).toContain(kept);
          before = few.names;
        }
      }),
    );
    expect.hasAssertions();
  });
});

function sum(values: (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
