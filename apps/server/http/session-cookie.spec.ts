import { describe, expect, it } from '@jest/globals';
import { CookieSeal, newSessionId } from './session-cookie.js';

const seal = new CookieSeal('a-token-of-enough-length');
const UNTIL_MS = 1_800_000_000_000;
const session = { id: newSessionId(), token: 'environment', untilMs: UNTIL_MS };

describe('a sealed session', () => {
  it('holds until its end and not a moment longer', () => {
    const value = seal.seal(session);
    expect(seal.open(value, UNTIL_MS - 1)).toEqual(session);
    expect(seal.open(value, UNTIL_MS)).toBeUndefined();
  });

  it('is opened by the same token after a restart, and by no other', () => {
    const value = seal.seal(session);
    expect(new CookieSeal('a-token-of-enough-length').open(value, 0)).toEqual(session);
    expect(new CookieSeal('a-token-of-enough-lengtH').open(value, 0)).toBeUndefined();
  });

  it('has one spelling: the bits that base64 leaves unused are compared too', () => {
    const value = seal.seal(session);
    const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');
    const others = digits.map((last) => value.slice(0, -1) + last);
    expect(others.filter((one) => seal.open(one, 0) !== undefined)).toEqual([value]);
  });

  it('has its page send something that no cookie holds and no other session has', () => {
    const other = { ...session, id: newSessionId() };
    expect(seal.csrfOf(session)).toBe(seal.csrfOf({ ...session, untilMs: 0 }));
    expect(seal.csrfOf(session)).not.toBe(seal.csrfOf(other));
    expect(seal.seal(session)).not.toContain(seal.csrfOf(session));
  });
});
