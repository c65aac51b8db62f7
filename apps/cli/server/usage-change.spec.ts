import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ProgramUsage } from '#domain';
import { compareUsage, sizeOf } from './usage-change.js';

const usage = (process: string, cpuTotal: number, memTotal: number, count = 1): ProgramUsage => ({
  host: 'web-1',
  process,
  samples: 1,
  count,
  cpu: cpuTotal,
  cpuTotal,
  cpuMax: cpuTotal,
  mem: memTotal,
  memTotal,
  memMax: memTotal,
  rssBytes: null,
  lastTime: '2026-11-22T20:41:50Z',
});

describe('what changed between two times', () => {
  it('is who came, went, grew and shrank, the largest change first', () => {
    const before = [usage('nginx', 10, 2), usage('java', 5, 20), usage('cron', 1, 1), usage('gone', 30, 3)];
    const after = [usage('nginx', 12, 2), usage('java', 3, 74), usage('cron', 1, 1), usage('new', 0, 40)];
    const changes = compareUsage(before, after, 'usage');
    expect(changes.map(({ process, change }) => `${process} ${change}`)).toEqual([
      'java grew',
      'new came',
      'gone went',
      'nginx grew',
      'cron same',
    ]);
    expect(changes[0]).toMatchObject({ cpu: [5, 3], mem: [20, 74] });
    expect(compareUsage(before, after, 'cpu').map(({ process }) => process)[0]).toBe('gone');
    expect(compareUsage(before, after, 'cpu').find(({ process }) => process === 'java')?.change).toBe('shrank');
  });

  it('is nothing where nothing did, has every program once, and is the same backwards', () => {
    const program = fc.record({
      name: fc.constantFrom('a', 'b', '__proto__', 'c'),
      cpu: fc.nat(100),
      mem: fc.nat(100),
    });
    const programs = fc.uniqueArray(program, { selector: ({ name }) => name });
    fc.assert(
      fc.property(programs, programs, (one, two) => {
        const [a, b] = [one, two].map((list) => list.map(({ name, cpu, mem }) => usage(name, cpu, mem))) as [
          ProgramUsage[],
          ProgramUsage[],
        ];
        const forth = compareUsage(a, b, 'usage');
        expect(forth.map(({ process }) => process).sort()).toEqual(
          [...new Set([...a, ...b].map(({ process }) => process))].sort(),
        );
        const back = new Map(compareUsage(b, a, 'usage').map((change) => [change.process, change]));
        for (const change of forth)
          expect(sizeOf(change, 'usage')).toBe(sizeOf(back.get(change.process) as typeof change, 'usage'));
        expect(compareUsage(a, a, 'usage').filter(({ change }) => change !== 'same')).toEqual([]);
      }),
    );
  });
});
