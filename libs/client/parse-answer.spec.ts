import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { parseAnswer } from './parse-answer.js';

const inner = z.strictObject({ kind: z.literal('inner'), value: z.number() });
const other = z.strictObject({ kind: z.literal('other'), text: z.string() });
const schema = z.strictObject({
  name: z.string(),
  list: z.array(z.strictObject({ id: z.int() })),
  either: z.union([inner, other]).optional(),
});

describe('an answer of a newer server', () => {
  it('is read without the keys that this version does not know, at every depth', () => {
    const answer = {
      name: 'a',
      since: 'tomorrow',
      list: [{ id: 1 }, { id: 2, colour: 'blue' }],
      either: { kind: 'other', text: 'x', more: { much: 'more' } },
    };
    expect(parseAnswer(schema, answer)).toEqual({
      success: true,
      data: { name: 'a', list: [{ id: 1 }, { id: 2 }], either: { kind: 'other', text: 'x' } },
    });
  });

  it('is read whatever the unknown keys are called and hold', () => {
    const known = { name: 'a', list: [{ id: 1 }] };
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.json()), (unknown) => {
        const answer = JSON.parse(JSON.stringify({ ...unknown, ...known, list: [{ ...unknown, id: 1 }] })) as {
          either?: unknown;
        };
        delete answer.either;
        expect(parseAnswer(schema, answer)).toEqual({ success: true, data: known });
      }),
    );
    const hostile: unknown = JSON.parse('{"__proto__": {"x": 1}, "constructor": 1, "name": "a", "list": []}');
    expect(parseAnswer(schema, hostile)).toEqual({ success: true, data: { name: 'a', list: [] } });
  });

  it('is refused where a known key is wrong, and says which', () => {
    const parsed = parseAnswer(schema, { name: 7, list: [], more: true });
    expect(parsed.error?.issues).toMatchObject([{ path: ['name'] }]);
  });
});
