import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import { Backoff, pause } from './backoff.js';
import { Loop } from './loop.js';

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  jest.useRealTimers();
});

function loopOf(run: () => Promise<void> | void, periodMs = 1000, onError: (error: unknown) => void = () => undefined) {
  const registry = new SchedulerRegistry();
  const loop = new Loop({ name: 'test', periodMs, run, onError, registry, now: () => Date.now() });
  return { loop, registry };
}

describe('Loop', () => {
  it('runs at fixed points in time however long a round takes', async () => {
    const starts: number[] = [];
    const origin = Date.now();
    const { loop } = loopOf(async () => {
      starts.push(Date.now() - origin);
      await new Promise((resolve) => setTimeout(resolve, 300));
    });
    loop.start();
    await jest.advanceTimersByTimeAsync(3500);
    await loop.stop();
    expect(starts).toEqual([0, 1000, 2000, 3000]);
  });

  it('never overlaps itself and counts the points that it missed', async () => {
    const starts: number[] = [];
    const origin = Date.now();
    const { loop } = loopOf(async () => {
      starts.push(Date.now() - origin);
      await new Promise((resolve) => setTimeout(resolve, 2500));
    });
    loop.start();
    await jest.advanceTimersByTimeAsync(6000);
    expect(starts).toEqual([0, 3000, 6000]);
    expect(loop.skipped).toBe(4);
    const stopped = loop.stop();
    await jest.advanceTimersByTimeAsync(3000);
    await stopped;
  });

  it('goes on after a round that failed', async () => {
    let rounds = 0;
    const errors: unknown[] = [];
    const { loop } = loopOf(
      () => {
        rounds++;
        throw new Error('broken');
      },
      1000,
      (error) => errors.push(error),
    );
    loop.start();
    await jest.advanceTimersByTimeAsync(2500);
    await loop.stop();
    expect(rounds).toBe(3);
    expect(errors).toHaveLength(3);
  });

  it('stops while paused and goes on at once when resumed', async () => {
    let rounds = 0;
    const { loop } = loopOf(() => void rounds++);
    loop.start();
    await jest.advanceTimersByTimeAsync(500);
    loop.pause();
    await jest.advanceTimersByTimeAsync(5000);
    expect(rounds).toBe(1);
    loop.resume();
    await jest.advanceTimersByTimeAsync(0);
    expect(rounds).toBe(2);
    await loop.stop();
  });

  it('takes a new period from now on', async () => {
    let rounds = 0;
    const { loop } = loopOf(() => void rounds++);
    loop.start();
    await jest.advanceTimersByTimeAsync(100);
    loop.setPeriod(100);
    await jest.advanceTimersByTimeAsync(1000);
    expect(rounds).toBe(11);
    await loop.stop();
  });

  it.each([
    ['from outside, while a round is under way', 0],
    ['by the round itself', 1],
  ])('waits the new period once where it is set %s', async (_, byItself) => {
    const starts: number[] = [];
    const origin = Date.now();
    const { loop } = loopOf(async () => {
      starts.push(Date.now() - origin);
      if (byItself && starts.length === 1) loop.setPeriod(500);
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
    loop.start();
    if (!byItself) {
      await jest.advanceTimersByTimeAsync(100);
      loop.setPeriod(500);
    }
    await jest.advanceTimersByTimeAsync(1700);
    await loop.stop();
    const first = byItself ? 500 : 600;
    expect(starts).toEqual([0, first, first + 500, first + 1000]);
  });

  it('does not begin before its start, whatever is changed before', async () => {
    let rounds = 0;
    const { loop } = loopOf(() => void rounds++, 100);
    loop.setPeriod(200);
    loop.pause();
    loop.resume();
    await jest.advanceTimersByTimeAsync(1000);
    expect(rounds).toBe(0);
    loop.start();
    await jest.advanceTimersByTimeAsync(0);
    expect(rounds).toBe(1);
    await loop.stop();
  });

  it("stands in the scheduler's registry while it runs, and waits for its round when it stops", async () => {
    let done = false;
    const { loop, registry } = loopOf(async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      done = true;
    });
    loop.start();
    expect(registry.getTimeouts()).toEqual(['test']);
    await jest.advanceTimersByTimeAsync(100);
    const stopped = loop.stop();
    await jest.advanceTimersByTimeAsync(500);
    await stopped;
    expect(done).toBe(true);
    expect(registry.getTimeouts()).toEqual([]);
  });
});

describe('Backoff', () => {
  it('doubles its ceiling up to the longest wait and starts again after a reset', () => {
    const backoff = new Backoff({ firstMs: 100, maxMs: 1000, random: () => 1 });
    expect([1, 2, 3, 4, 5, 6].map(() => backoff.nextMs())).toEqual([100, 200, 400, 800, 1000, 1000]);
    backoff.reset();
    expect(backoff.nextMs()).toBe(100);
  });

  it('waits at least as long as the peer asked for', () => {
    expect(new Backoff({ firstMs: 100, maxMs: 1000, random: () => 0 }).nextMs(5000)).toBe(5000);
  });
});

describe('pause', () => {
  it('ends at once when its signal is aborted', async () => {
    const abort = new AbortController();
    const paused = pause(60_000, abort.signal);
    abort.abort();
    await paused;
    expect(jest.getTimerCount()).toBe(0);
  });
});
