import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { shortIds } from './short-ids.js';

describe('short ids', () => {
  it('have four characters, and as many more as it takes to tell them apart', () => {
    expect(Object.fromEntries(shortIds(['6f1c2d3e', '6f1c9999', 'abcdef01']))).toEqual({
      '6f1c2d3e': '6f1c2',
      '6f1c9999': '6f1c9',
      abcdef01: 'abcd',
    });
  });

  it('stand for one id each, and no shorter beginning would', () => {
    const id = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 8, maxLength: 12 });
    fc.assert(
      fc.property(fc.uniqueArray(id, { maxLength: 30 }), (ids) => {
        for (const [whole, short] of shortIds(ids)) {
          const begin = (text: string) => ids.filter((one) => one.startsWith(text));
          expect(short === whole || begin(short).length === 1).toBe(true);
          expect(short.length === 4 || begin(short.slice(0, -1)).length > 1).toBe(true);
        }
      }),
    );
  });
});
