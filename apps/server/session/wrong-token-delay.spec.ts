import { describe, expect, it } from '@jest/globals';
import { networkOf, WrongTokenDelay } from './wrong-token-delay.js';

describe('who tries tokens', () => {
  it('waits twice as long after each failure, a second at most, and begins anew after ten quiet minutes', () => {
    const delay = new WrongTokenDelay();
    const waitAt = (ms: number) => {
      delay.failed('a', ms);
      return delay.left('a', ms);
    };
    expect([0, 0, 0, 0, 0].map(waitAt)).toEqual([125, 250, 500, 1000, 1000]);
    expect([delay.left('a', 999), delay.left('a', 1000), delay.left('b', 0)]).toEqual([1, 0, 0]);
    expect([waitAt(600_000), waitAt(1_200_001)]).toEqual([1000, 125]);
  });

  it('is forgotten where a thousand others failed since', () => {
    const delay = new WrongTokenDelay();
    for (let i = 0; i < 1000; i++) delay.failed(`a${i}`, 0);
    delay.failed('a0', 0);
    delay.failed('new', 0);
    expect([delay.left('a0', 0), delay.left('a1', 0), delay.left('new', 0)]).toEqual([250, 0, 125]);
  });

  it.each([
    ['10.0.0.7', '10.0.0.7'],
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:aaaa:bbbb:cccc:dddd', '2001:db8:1:2'],
    ['2001:db8:1:2::1', '2001:db8:1:2'],
    ['2001:db8::1', '2001:db8:0:0'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
  ])('at %s is one with all of %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});
