import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { escapeForConsole, processName } from './text.js';

describe('processName', () => {
  it.each(['a', 'a b', 'a,b', '__proto__', 'a\nb', '\u001b[2J', '\u202e', '😀'.repeat(255), 'x'.repeat(255)])(
    'takes %j as it is',
    (name) => {
      expect(processName.parse(name)).toBe(name);
    },
  );

  it.each([
    ['', 'is empty'],
    ['x'.repeat(256), 'more than 255'],
    ['😀'.repeat(256), 'more than 255'],
    ['a\ud800', 'lone surrogate'],
  ])('refuses %j', (name, problem) => {
    expect(processName.safeParse(name).error?.issues[0]?.message).toContain(problem);
  });
});

describe('escapeForConsole', () => {
  it.each([
    ['nginx: worker (1)', 'nginx: worker (1)'],
    ['a\nb', 'a\\nb'],
    ['a\\nb', 'a\\\\nb'],
    ['\u001b[2J', '\\x1b[2J'],
    ['\u202eevil', '\\u{202e}evil'],
    ['\u2028', '\\u{2028}'],
    ['😀 é', '😀 é'],
  ])('shows %j as %s', (name, shown) => {
    expect(escapeForConsole(name)).toBe(shown);
  });

  it('never lets a control or format character through, and never makes two names look the same', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (a, b) => {
        expect(escapeForConsole(a)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(escapeForConsole(a) === escapeForConsole(b)).toBe(a === b);
      }),
    );
  });
});
