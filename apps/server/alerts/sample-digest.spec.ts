import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Subject } from 'rxjs';
import { type Arrival, digested, type SampleDigest } from './sample-digest.js';

const arrival = (host: string, programs = 1): Arrival => ({ host, time: '2026-11-30T00:00:00Z', programs });

describe('digests of what arrived', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('are told at once after a quiet time, and then no closer together than the pace', () => {
    const arrivals = new Subject<Arrival>();
    const told: SampleDigest[] = [];
    digested(arrivals, 2000).subscribe((one) => told.push(one));
    arrivals.next(arrival('a'));
    expect(told).toEqual([{ batches: 1, programs: 1, hosts: ['a'], hostCount: 1 }]);
    arrivals.next(arrival('a', 2));
    arrivals.next(arrival('b', 3));
    jest.advanceTimersByTime(1999);
    expect(told).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(told.slice(1)).toEqual([{ batches: 2, programs: 5, hosts: ['a', 'b'], hostCount: 2 }]);
    jest.advanceTimersByTime(10_000);
    expect(told).toHaveLength(2);
    arrivals.next(arrival('c'));
    expect(told).toHaveLength(3);
    arrivals.complete();
    expect(jest.getTimerCount()).toBe(0);
  });

  it('name a hundred hosts, and count all', () => {
    const arrivals = new Subject<Arrival>();
    const told: SampleDigest[] = [];
    digested(arrivals, 2000).subscribe((one) => told.push(one));
    for (let i = 0; i <= 500; i++) arrivals.next(arrival(`h${i}`));
    jest.advanceTimersByTime(2000);
    arrivals.complete();
    expect([told[1]?.hosts.length, told[1]?.hostCount]).toEqual([100, 500]);
  });

  it('leave no timer behind when nobody listens any more', () => {
    const arrivals = new Subject<Arrival>();
    const subscription = digested(arrivals, 2000).subscribe();
    arrivals.next(arrival('a'));
    expect(jest.getTimerCount()).toBe(1);
    subscription.unsubscribe();
    expect([jest.getTimerCount(), arrivals.observed]).toEqual([0, false]);
  });
});
