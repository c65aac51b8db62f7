import { describe, expect, it } from '@jest/globals';
import type { Rights } from '../http/request-rights.js';
import { TokenTries } from './token-tries.js';

const rights: Rights = { id: 'environment', kind: 'admin' };
const HOUR_MS = 3_600_000;

/** Tries at a time that the test moves; those that wait do so by the real clock, a moment at a time. */
function start(right = new Set(['right', 'other'])) {
  const clock = { ms: Date.now() };
  const asked: string[] = [];
  const find = (text: string) => {
    asked.push(text);
    return right.has(text) ? rights : undefined;
  };
  const tries = new TokenTries(find, () => clock.ms);
  const look = (text: string, address = '10.0.0.1') =>
    tries.look(text, address).then(
      (found) => (found ? 'right' : 'wrong'),
      (error: { code: string; details: object }) => error,
    );
  return { clock, asked, look, right };
}
const refused = { code: 'TOO_MANY_REQUESTS', details: { retryAfterSeconds: 1 } };

describe('a token', () => {
  it('that is tried while its address waits for a wrong one is refused before it is looked at', async () => {
    const { clock, asked, look } = start();
    const wrong = look('wrong');
    const others = [look('right'), look('wrong'), look('guess')];
    expect(await Promise.all(others)).toEqual(others.map(() => expect.objectContaining(refused)));
    expect([[...asked], await look('right', '10.0.0.2')]).toEqual([['wrong'], 'right']);
    clock.ms += 1000;
    expect([await wrong, await look('right')]).toEqual(['wrong', 'right']);
  });

  it('that was right from that address within the last hour passes meanwhile, from there alone', async () => {
    const { clock, look } = start();
    await look('right');
    clock.ms += HOUR_MS - 1;
    const wrong = look('wrong');
    expect(await look('right')).toBe('right');
    expect(await look('other')).toMatchObject(refused);
    clock.ms += 1000;
    await wrong;
    expect(await look('right', '10.0.0.2')).toBe('right');
    clock.ms += HOUR_MS;
    const again = look('wrong');
    expect(await look('right')).toMatchObject(refused);
    clock.ms += 1000;
    await again;
  });

  it('that has ended passes as little as any wrong one', async () => {
    const { clock, look, right } = start();
    await look('right');
    right.delete('right');
    const ended = look('right');
    expect(await look('right')).toMatchObject(refused);
    clock.ms += 1000;
    expect(await ended).toBe('wrong');
  });
});
