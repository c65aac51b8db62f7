import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MAX_BATCH_SAMPLES, MAX_UNITS, unitSample, valueColumns } from '#domain';
import { excessOf, MAX_JSON_DEPTH, MAX_JSON_KEYS, MAX_JSON_VALUES } from './json-bounds.js';

const excess = (text: string) => excessOf(Buffer.from(text));
const list = (entries: number) => `[${Array.from({ length: entries }, () => '0').join(',')}]`;
const object = (keys: number) => `{${Array.from({ length: keys }, (_, i) => `"${i}":0`).join(',')}}`;

/** Lists and objects within each other, told from the parsed value. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('the bounds of a JSON text', () => {
  it('let the largest of each kind pass, and nothing beyond', () => {
    expect(excess('['.repeat(MAX_JSON_DEPTH) + ']'.repeat(MAX_JSON_DEPTH))).toBeUndefined();
    expect(excess('['.repeat(MAX_JSON_DEPTH + 1) + ']'.repeat(MAX_JSON_DEPTH + 1))).toContain('nested over 32 deep');
    expect(excess(object(MAX_JSON_KEYS))).toBeUndefined();
    expect(excess(`[${object(MAX_JSON_KEYS + 1)}]`)).toContain('over 1000 keys');
    expect(excess(list(MAX_JSON_VALUES - 1))).toBeUndefined();
    expect(excess(list(MAX_JSON_VALUES))).toContain('over 1000000 values');
    expect(excess(`[${'[],'.repeat(600_000)}0]`)).toContain('values');
  });

  it('let the fullest batch through', () => {
    const column = Array.from({ length: MAX_BATCH_SAMPLES }, () => 1);
    const process = { process: 'java', pid: 1, rssBytes: 1, oomScore: 1 };
    const unit = Object.fromEntries(Object.keys(unitSample.shape).map((key) => [key, 1]));
    const units = Array.from({ length: MAX_UNITS }, () => ({ ...unit, largest: [process, process, process] }));
    const columns = ['names', 'count', ...valueColumns, 'unit'].map((key) => [key, column]);
    expect(excess(JSON.stringify({ ...Object.fromEntries(columns), units }))).toBeUndefined();
  });

  it('count the keys of each object for itself, and depth only where something is open', () => {
    expect(excess(`[${Array.from({ length: 100 }, () => object(900)).join(',')}]`)).toBeUndefined();
    expect(excess(`[${'[],'.repeat(100)}0]`)).toBeUndefined();
    expect(excess(`${']'.repeat(100)}${'['.repeat(MAX_JSON_DEPTH)}`)).toBeUndefined();
  });

  it('do not count what stands in a string, whatever it is escaped with', () => {
    expect(excess(JSON.stringify(`\\"${'[{,:"\\'.repeat(1000)}`))).toBeUndefined();
    expect(excess('"never closed [[[[' + '['.repeat(100))).toBeUndefined();
    expect(excess('"\\')).toBeUndefined();
  });

  it('agree with what the parser makes of it, nested to any depth', () => {
    const wrapped = fc.tuple(fc.jsonValue(), fc.array(fc.boolean(), { maxLength: 40 }));
    fc.assert(
      fc.property(wrapped, ([inner, shells]) => {
        const value = shells.reduce<unknown>((within, isList) => (isList ? [within, 1] : { '{"[': within }), inner);
        expect(excess(JSON.stringify(value)) === undefined).toBe(depthOf(value) <= MAX_JSON_DEPTH);
      }),
    );
  });
});
