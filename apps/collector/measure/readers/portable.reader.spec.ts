import { describe, expect, test } from '@jest/globals';
import { cpuOf } from '../programs/program-table.js';
import { hostCounters, type ListedProcess, PortableReader, type ProcessUsage } from './portable.reader.js';

/** What the packages give on macOS and on Windows: the same processes at two ticks, ten seconds apart. */
const recorded = {
  macOS: {
    list: [
      { pid: 1, ppid: 0, name: '/sbin/launchd' },
      { pid: 812, ppid: 1, name: '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome' },
      { pid: 903, ppid: 812, name: 'node' },
    ],
    usage: [
      {
        1: { ctime: 83_290, elapsed: 864_000_000, memory: 12_345_344 },
        812: { ctime: 5_020, elapsed: 61_000, memory: 312_475_648 },
        903: { ctime: 1_000, elapsed: 2_000, memory: 52_428_800 },
      },
      {
        1: { ctime: 83_290, elapsed: 864_010_000, memory: 12_345_344 },
        812: { ctime: 10_020, elapsed: 71_000, memory: 312_475_648 },
        903: { ctime: 21_000, elapsed: 12_000, memory: 52_428_800 },
      },
    ],
    names: ['launchd', 'Google Chrome', 'node'],
  },
  Windows: {
    list: [
      { pid: 4, ppid: 0, name: 'System' },
      { pid: 7120, ppid: 4, name: 'svchost.exe' },
      { pid: 9004, ppid: 7120, name: 'sqlservr.exe' },
    ],
    usage: [
      {
        4: { ctime: 98_125, elapsed: 500_000, memory: 151_552 },
        7120: { ctime: 203, elapsed: 400_000, memory: 14_729_216 },
        9004: { ctime: 100, elapsed: 3_000, memory: 734_003_200 },
      },
      {
        4: { ctime: 98_125, elapsed: 510_000, memory: 151_552 },
        7120: { ctime: 5_203, elapsed: 410_000, memory: 14_729_216 },
        9004: { ctime: 20_100, elapsed: 13_000, memory: 734_003_200 },
      },
    ],
    names: ['System', 'svchost.exe', 'sqlservr.exe'],
  },
} satisfies Record<string, { list: ListedProcess[]; usage: Record<number, ProcessUsage>[]; names: string[] }>;

function readerOf(ticks: { list: ListedProcess[]; usage: Record<number, ProcessUsage | null> }[]) {
  let now = 0;
  let tick = -1;
  const asked: number[][] = [];
  const reader = new PortableReader({
    now: () => now,
    sinceBoot: () => 3_600_000 + now,
    source: {
      list: () => {
        now = ++tick * 10_000;
        return Promise.resolve(ticks[tick]?.list ?? []);
      },
      usage: (pids) => {
        asked.push(pids);
        return Promise.resolve(ticks[tick]?.usage ?? {});
      },
      host: hostCounters,
    },
  });
  return { reader, asked };
}

describe('PortableReader', () => {
  test.each(Object.entries(recorded))(
    'what %s prints becomes CPU of the last ten seconds',
    async (_, { list, usage, names }) => {
      const { reader } = readerOf(usage.map((one) => ({ list, usage: one })));
      const first = await reader.read();
      expect(first.processes.map(({ program }) => program)).toEqual(names);
      expect(first.processes.map((process) => cpuOf(process, 10_000, 8) === undefined)).toEqual([true, true, false]);
      const second = await reader.read();
      expect(second.processes.map((process) => cpuOf(process, 10_000, 8))).toEqual([0, 50, 200]);
      expect(second.processes[1]?.rssBytes).toBe(Object.values(usage[1] as Record<number, ProcessUsage>)[1]?.memory);
    },
  );

  test('a pid that is used again is another process, told by start, name or falling CPU time', async () => {
    const list = [{ pid: 5, ppid: 1, name: 'a' }];
    const old = { 5: { ctime: 9_000, elapsed: 60_000, memory: 1 } };
    for (const [nextList, next] of [
      [list, { 5: { ctime: 9_500, elapsed: 4_000, memory: 1 } }],
      [list, { 5: { ctime: 10, elapsed: 70_000, memory: 1 } }],
      [[{ pid: 5, ppid: 1, name: 'b' }], { 5: { ctime: 9_500, elapsed: 70_000, memory: 1 } }],
    ] as const) {
      const { reader } = readerOf([
        { list, usage: old },
        { list: [...nextList], usage: next },
      ]);
      const [first] = (await reader.read()).processes;
      const reading = await reader.read();
      expect(reading.processes[0]).toMatchObject({ readings: 1 });
      expect(reading.ended).toEqual([first]);
    }
  });

  test('an age in whole seconds makes no other process of it', async () => {
    const list = [{ pid: 5, ppid: 1, name: 'a' }];
    const { reader } = readerOf([
      { list, usage: { 5: { ctime: 1_000, elapsed: 60_000, memory: 1 } } },
      { list, usage: { 5: { ctime: 1_000, elapsed: 71_000, memory: 1 } } },
    ]);
    expect((await reader.read()).processes[0]).toMatchObject({ startMs: 3_540_000 });
    expect((await reader.read()).processes[0]).toMatchObject({ readings: 2, startMs: 3_540_000 });
  });

  test('one that ended between the two questions is left out', async () => {
    const list = [
      { pid: 5, ppid: 1, name: 'a' },
      { pid: 6, ppid: 1, name: 'b' },
    ];
    const { reader } = readerOf([{ list, usage: { 5: { ctime: 1, elapsed: 1, memory: 1 }, 6: null } }]);
    expect((await reader.read()).processes.map(({ pid }) => pid)).toEqual([5]);
  });

  test('thousands of pids are asked for in pieces that a command line takes', async () => {
    const list = Array.from({ length: 1_000 }, (_, at) => ({ pid: at + 1, ppid: 1, name: 'p' }));
    const { reader, asked } = readerOf([{ list, usage: {} }]);
    await reader.read();
    expect(asked.map(({ length }) => length)).toEqual([200, 200, 200, 200, 200]);
  });
});
