import { expect, test } from '@jest/globals';
import { CpuLedgerBook } from './cpu-ledger.js';
import type { HostCounters, ProcessEntry, Reading } from '../readers/process-reader.js';

const before: HostCounters = {
  cores: 2,
  busyMs: 100_000,
  totalMs: 1e6,
  interruptMs: 50,
  stolenMs: 0,
  memTotalBytes: 1,
  memAvailableBytes: 1,
};

function entry(pid: number, values: Partial<ProcessEntry>): ProcessEntry {
  return {
    pid,
    parent: 1,
    program: `program-${pid}`,
    kernel: false,
    cpuMs: 0,
    childrenCpuMs: 0,
    rssBytes: 0,
    threads: 1,
    readAtMs: 0,
    firstAgeMs: 1e9,
    startMs: 1_000,
    readings: 2,
    beforeCpuMs: 0,
    beforeChildrenCpuMs: 0,
    beforeAtMs: 0,
    row: undefined,
    unit: null,
    ...values,
  };
}

function enter(processes: ProcessEntry[], ended: ProcessEntry[] = [], busyMs = 0, interruptMs = 0) {
  const host = { ...before, busyMs: before.busyMs + busyMs, interruptMs: before.interruptMs + interruptMs };
  const reading: Reading = { processes, ended, host, atMs: 10_000, sinceBootMs: 3_600_000, threads: undefined };
  const book = new CpuLedgerBook();
  return { ...book.enter(before, reading, 10_000), endedBy: [...book.endedBy] };
}

test('living programs, the kernel and the rest add up to the host', () => {
  const ledger = enter(
    [
      entry(2, { beforeCpuMs: 1_000, cpuMs: 4_000 }),
      entry(3, { kernel: true, beforeCpuMs: 10, cpuMs: 210 }),
      entry(4, { readings: 1, firstAgeMs: 500, cpuMs: 300 }),
      entry(5, { readings: 1, firstAgeMs: 50_000, cpuMs: 40_000 }),
    ],
    [],
    5_000,
    100,
  );
  expect(ledger).toMatchObject({
    hostMs: 5_000,
    programsMs: 3_300,
    kernelMs: 300,
    endedMs: 0,
    residualMs: 1_400,
    windowMs: 10_000,
  });
});

test('a child that was born and ended between two ticks is found at its parent', () => {
  const ledger = enter([entry(2, { beforeChildrenCpuMs: 1_000, childrenCpuMs: 3_500 })], [], 2_500);
  expect(ledger).toMatchObject({ endedMs: 2_500, residualMs: 0, endedBy: [['program-2', 2_500]] });
});

test('of a child that was seen before it ended only what is new counts', () => {
  const child = entry(3, { parent: 2, cpuMs: 900, childrenCpuMs: 100 });
  const parent = entry(2, { beforeChildrenCpuMs: 0, childrenCpuMs: 1_200 });
  expect(enter([parent], [child], 200)).toMatchObject({ endedMs: 200, residualMs: 0 });
});

test('where child and parent have ended, the grandparent inherits from both', () => {
  const child = entry(4, { parent: 3, cpuMs: 500 });
  const parent = entry(3, { parent: 2, cpuMs: 300 });
  const grandparent = entry(2, { childrenCpuMs: 1_000 });
  expect(enter([grandparent], [child, parent], 200)).toMatchObject({ endedMs: 200, residualMs: 0 });
});

test('a child that nobody waited for is in the residual, and nothing turns negative', () => {
  const child = entry(3, { parent: 2, cpuMs: 900 });
  expect(enter([entry(2, {})], [child], 70)).toMatchObject({ endedMs: 0, residualMs: 70 });
});

test('parents that ended in a circle end the search, too', () => {
  const one = entry(3, { parent: 4, cpuMs: 1 });
  const two = entry(4, { parent: 3, cpuMs: 1 });
  expect(enter([], [one, two], 0)).toMatchObject({ endedMs: 0 });
});
