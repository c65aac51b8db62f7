import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { RequestWindow } from './request-window.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

/** Milliseconds that a request takes behind `before` others, or the time after which it meets trouble. */
type Server = (before: number, index: number) => number | { troubleAfterMs: number };

/** Reads `count` addresses through a window, on a clock of its own. */
async function read(count: number, most: number, server: Server) {
  const window = new RequestWindow(most);
  const startedMs = performance.now();
  const run = { most: 0, ms: 0, done: 0 };
  let underWay = 0;
  const one = async (index: number) => {
    const place = await window.enter();
    const takes = server(underWay++, index);
    run.most = Math.max(run.most, underWay);
    await new Promise((resolve) => setTimeout(resolve, typeof takes === 'number' ? takes : takes.troubleAfterMs));
    underWay--;
    run.ms = performance.now() - startedMs;
    run.done++;
    place.leave(typeof takes === 'number' ? 'answered' : 'trouble');
  };
  const all = Promise.all(Array.from({ length: count }, (_, index) => one(index)));
  while (run.done < count) await jest.advanceTimersToNextTimerAsync();
  await all;
  return run;
}

/** Answers one request after the other. */
const oneByOne = (ms: number): Server => {
  let freeMs = 0;
  return () => {
    const nowMs = performance.now();
    freeMs = Math.max(nowMs, freeMs) + ms;
    return freeMs - nowMs;
  };
};

describe('the window of requests', () => {
  it('begins small and grows to the most while answers come as fast as before', async () => {
    const run = await read(5000, 64, () => 50);
    expect(run.most).toBe(64);
    // All at once from the start would take 3.95 s.
    expect(run.ms).toBeLessThan(4500);
  });

  it('never has more than one served and five queued at a server that answers one by one', async () => {
    const run = await read(150, 64, oneByOne(50));
    expect(run.most).toBeLessThanOrEqual(6);
    expect(run.ms).toBe(7500);
  });

  it('halves where connections meet trouble, and settles below', async () => {
    let troubled = 0;
    const run = await read(2000, 64, (before) => (before >= 20 && ++troubled ? { troubleAfterMs: 200 } : 50));
    // An eighth is borne, and what was under way when it showed.
    expect(troubled).toBeLessThan(2000 / 8 + 64);
    // At 12 at once, half of what met trouble, it takes 8.4 s.
    expect(run.ms).toBeLessThan(10_500);
  });

  it('is not held up by requests that hang', async () => {
    const run = await read(500, 64, (_, index) => (index % 10 === 0 ? 5000 : 50));
    expect(run.ms).toBeLessThan(9000);
  });

  it('does not dwell on a server that is gone', async () => {
    const run = await read(1000, 64, () => ({ troubleAfterMs: 300 }));
    expect(run.ms).toBeLessThan(8000);
  });

  it('reads everything, never more at once than it may, whatever answers', async () => {
    const answer = fc.oneof(
      fc.integer({ min: 1, max: 6000 }),
      fc.record({ troubleAfterMs: fc.integer({ min: 1, max: 5000 }) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(answer, { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        async (answers, most) => {
          const run = await read(answers.length, most, (_, index) => answers[index] as number);
          expect(run.done).toBe(answers.length);
          // What is overdue lends its place: at most one more request a place and second.
          expect(run.most).toBeLessThanOrEqual(most * 7);
        },
      ),
      { numRuns: 50 },
    );
  });
});
