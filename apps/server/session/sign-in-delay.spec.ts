import { describe, expect, it } from '@jest/globals';
import { SignInDelay } from './sign-in-delay.js';

describe('who tries tokens', () => {
  it('waits twice as long after each failure, a second at most, and not at all after a success', () => {
    const delay = new SignInDelay();
    const waits = [0, 1, 2, 3, 4].map(() => {
      delay.failed('a', 0);
      return delay.left('a', 0);
    });
    expect(waits).toEqual([125, 250, 500, 1000, 1000]);
    expect([delay.left('a', 999), delay.left('a', 1000), delay.left('b', 0)]).toEqual([1, 0, 0]);
    delay.succeeded('a');
    expect(delay.left('a', 0)).toBe(0);
  });

  it('is forgotten where a thousand others failed since', () => {
    const delay = new SignInDelay();
    for (let i = 0; i < 1000; i++) delay.failed(`a${i}`, 0);
    delay.failed('a0', 0);
    delay.failed('new', 0);
    expect([delay.left('a0', 0), delay.left('a1', 0), delay.left('new', 0)]).toEqual([250, 0, 125]);
  });
});
