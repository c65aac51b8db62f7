import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GroupCommit } from './group-commit.js';

interface Item {
  n: number;
  weight: number;
  bad: boolean;
}

function item(n: number, fields: Partial<Item> = {}): Item {
  return { n, weight: 1, bad: false, ...fields };
}

/** Commits into an array, one turn of the event loop later; bad items fail on their own. */
function recorder(options: { maxGroup?: number; maxWaiting?: number; failGroup?: (group: Item[]) => boolean } = {}) {
  const groups: Item[][] = [];
  let underWay = 0;
  const commits = new GroupCommit<Item, number>({
    weigh: ({ weight }) => weight,
    maxGroup: options.maxGroup ?? 10,
    maxWaiting: options.maxWaiting ?? 1000,
    commit: async (group) => {
      expect(++underWay).toBe(1);
      await new Promise((resolve) => setImmediate(resolve));
      underWay--;
      if (options.failGroup?.(group)) throw new Error('disk full');
      groups.push(group);
      return group.map(({ n, bad }) =>
        bad ? { status: 'rejected', reason: new Error(`bad ${n}`) } : { status: 'fulfilled', value: n },
      );
    },
  });
  return { commits, groups };
}

describe('a group commit', () => {
  it('joins what arrives while a commit is under way into the next one', async () => {
    const { commits, groups } = recorder();
    const first = commits.add(item(0));
    await new Promise((resolve) => setImmediate(resolve));
    const later = [commits.add(item(1)), commits.add(item(2))];
    expect(await Promise.all([first, ...later])).toEqual([0, 1, 2]);
    expect(groups.map((group) => group.map(({ n }) => n))).toEqual([[0], [1, 2]]);
  });

  it('lets a failure of the commit reach all of its group and nobody else', async () => {
    const { commits } = recorder({ maxGroup: 2, failGroup: (group) => group.some(({ n }) => n === 1) });
    const outcomes = await Promise.allSettled([0, 1, 2, 3].map((n) => commits.add(item(n))));
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled', 'fulfilled']);
  });

  it('refuses what goes beyond its bound, but takes any single item when nothing waits', async () => {
    const { commits } = recorder({ maxWaiting: 5 });
    const huge = commits.add(item(0, { weight: 100 }));
    await expect(commits.add(item(1))).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { retryAfterSeconds: 1 },
    });
    expect(await huge).toBe(0);
    expect(await commits.add(item(2))).toBe(2);
  });

  it('finishes what it has accepted when it closes, and takes nothing more', async () => {
    const { commits, groups } = recorder({ maxGroup: 1 });
    const accepted = [commits.add(item(0)), commits.add(item(1))];
    const closed = commits.close();
    await expect(commits.add(item(2))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await closed;
    expect(groups.length).toBe(2);
    expect(await Promise.all(accepted)).toEqual([0, 1]);
  });

  it('gives every item its own outcome, in groups within the bound and in the order of arrival', async () => {
    const arbitraryItem = fc.record({ weight: fc.integer({ min: 1, max: 15 }), bad: fc.boolean(), turns: fc.nat(3) });
    await fc.assert(
      fc.asyncProperty(fc.array(arbitraryItem, { maxLength: 40 }), async (arrivals) => {
        const { commits, groups } = recorder();
        const outcomes: Promise<PromiseSettledResult<number>[]>[] = [];
        for (const [n, { weight, bad, turns }] of arrivals.entries()) {
          outcomes.push(Promise.allSettled([commits.add(item(n, { weight, bad }))]));
          for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
        const settled = (await Promise.all(outcomes)).flat();
        expect(settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as Error).message))).toEqual(
          arrivals.map(({ bad }, n) => (bad ? `bad ${n}` : n)),
        );
        expect(groups.flat().map(({ n }) => n)).toEqual(arrivals.map((_, n) => n));
        for (const group of groups) {
          const weight = group.reduce((sum, one) => sum + one.weight, 0);
          expect(weight <= 10 || group.length === 1).toBe(true);
        }
      }),
    );
  });
});
