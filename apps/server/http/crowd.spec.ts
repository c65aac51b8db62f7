import { describe, expect, it } from '@jest/globals';
import { Crowd } from './crowd.js';

describe('a crowd of senders', () => {
  const enterAll = (crowd: Crowd, count: number, nowMs: number) =>
    Array.from({ length: count }, () => crowd.enter(nowMs)).filter(Boolean).length;
  const leaveAll = (crowd: Crowd, count: number, nowMs: number) => {
    for (let i = 0; i < count; i++) crowd.leave(nowMs);
  };

  it('is let in up to a number, and the next ones as soon as others have left', () => {
    const crowd = new Crowd();
    expect(enterAll(crowd, 10_000, 0)).toBe(500);
    leaveAll(crowd, 3, 500);
    expect(enterAll(crowd, 10_000, 600)).toBe(3);
  });

  it('may be as large as what is done within a second', () => {
    const crowd = new Crowd();
    for (let i = 0; i < 10; i++) {
      enterAll(crowd, 200, 1000);
      leaveAll(crowd, 200, 1000 + i);
    }
    expect(enterAll(crowd, 10_000, 1500)).toBe(2000);
    leaveAll(crowd, 2000, 1900);
    expect(enterAll(crowd, 10_000, 2100)).toBe(4000);
    leaveAll(crowd, 4000, 60_000);
    expect(enterAll(crowd, 10_000, 120_000)).toBe(500);
  });
});
