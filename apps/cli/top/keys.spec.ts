import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keysOf } from './keys.js';

describe('the keys of what a terminal sent', () => {
  it.each([
    ['c', ['c']],
    ['\u001b[A\u001bOB\u001b[5~', ['up', 'down', 'page-up']],
    ['\u001b[1;2C\u001b[d', ['shift-right', 'shift-left']],
    ['\u001b', ['escape']],
    ['\u001bq', ['escape', 'q']],
    ['\r\u007f \u0003', ['enter', 'backspace', 'space', 'interrupt']],
    ['é漢🔥', ['é', '漢', '🔥']],
    ['\u001b[200~x\u0001\u001b[15;5~', ['x']],
  ])('%j are %j', (text, keys) => expect(keysOf(text)).toEqual({ keys, rest: '' }));

  it('wait for the end of a sequence that came in two parts', () => {
    expect(keysOf('a\u001b[1;')).toEqual({ keys: ['a'], rest: '\u001b[1;' });
    expect(keysOf('\u001b[1;2C').keys).toEqual(['shift-right']);
  });

  it('hold no control character, whatever was sent', () => {
    const sent = fc.string({
      unit: fc.constantFrom('\u001b', '[', 'O', 'A', '5', '~', ';', 'q', '\u0000', '\u009b', '🔥'),
    });
    fc.assert(
      fc.property(sent, (text) => {
        const { keys, rest } = keysOf(text);
        expect(keys.filter((key) => /\p{Cc}/u.test(key))).toEqual([]);
        expect(text.endsWith(rest)).toBe(true);
      }),
    );
  });
});
