import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { boundedJson } from './bounded-json.js';

const bounds = { depth: 4, values: 50, length: 20 };
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
const sizeOf = (value: unknown): number =>
  1 +
  (typeof value === 'object' && value !== null ? Object.values(value).reduce((n: number, v) => n + sizeOf(v), 0) : 0);

it('leaves whatever lies within the bounds as it is', () => {
  const json = { a: [1, 'x', null, true], ['__proto__']: { b: '' } };
  expect(JSON.stringify(boundedJson(json, bounds).value)).toBe(JSON.stringify(json));
});

it('keeps depth, size and texts of any JSON within the bounds, and counts what is not there any more', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 8, stringUnit: 'binary' }), (json) => {
      const { value, dropped } = boundedJson(json, bounds);
      expect(depthOf(value)).toBeLessThanOrEqual(bounds.depth);
      expect(value === undefined ? 0 : sizeOf(value)).toBeLessThanOrEqual(bounds.values);
      expect(JSON.stringify(value ?? null).isWellFormed()).toBe(true);
      expect(dropped > 0 || sizeOf(value) === sizeOf(json)).toBe(true);
    }),
  );
});

it('is not overwhelmed by a nesting of 100,000', () => {
  let json: unknown = 1;
  for (let i = 0; i < 100_000; i++) json = [json];
  expect(boundedJson(json, bounds)).toEqual({ value: [[[[]]]], dropped: 1 });
});
