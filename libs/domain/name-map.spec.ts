import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { nameMap, nameMapOf } from './name-map.js';

describe('a map keyed by names of strangers', () => {
  const hostile = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', ''];

  it('keeps every name as a key of its own through JSON and schema', () => {
    const json = JSON.stringify(nameMap(hostile.map((name) => [name, 1] as const)));
    const parsed = nameMapOf(z.number()).parse(JSON.parse(json));
    expect(Object.keys(parsed).sort()).toEqual([...hostile].sort());
    expect(JSON.stringify(parsed)).toBe(json);
  });

  it('names the key of a wrong value', () => {
    const { error } = nameMapOf(z.number()).safeParse(JSON.parse('{"__proto__": "x"}'));
    expect(error?.issues[0]?.path).toEqual(['__proto__']);
  });

  it.each([null, [], 'x', 3])('refuses %j', (input) => {
    expect(nameMapOf(z.number()).safeParse(input).success).toBe(false);
  });
});
