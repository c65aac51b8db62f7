import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { StateMap } from './state-map.js';
import { StateStore } from './state-store.js';

const options = { prefix: 'tally/', schema: z.object({ names: z.array(z.string().max(5)) }) };
let folder: string;
let state: StateStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-map-'));
  state = await StateStore.open({ folder });
});
afterEach(async () => {
  await state.close();
  await rm(folder, { recursive: true });
});

const reopened = async () => {
  await state.close();
  state = await StateStore.open({ folder });
  return StateMap.load(state, options);
};

it('loses none of many changes that are made at once, and reads them again after a restart', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.constantFrom('a', 'b/c', '__proto__', '\u0000'), fc.string({ maxLength: 5 }))),
      async (changes) => {
        const map = await StateMap.load(state, options);
        await Promise.all([...map.entries()].map(([key]) => map.delete(key)));
        await Promise.all(
          changes.map(([key, name]) => map.update(key, (before) => ({ names: [...(before?.names ?? []), name] }))),
        );
        const expected = new Map<string, { names: string[] }>();
        for (const [key, name] of changes) {
          expected.set(key, { names: [...(expected.get(key)?.names ?? []), name] });
        }
        expect(new Map(map.entries())).toEqual(expected);
        expect(new Map((await StateMap.load(state, options)).entries())).toEqual(expected);
      },
    ),
    { numRuns: 25 },
  );
  const before = new Map((await StateMap.load(state, options)).entries());
  expect(new Map((await reopened()).entries())).toEqual(before);
});

it('holds nothing that the state store has not taken, and goes on after it', async () => {
  const map = await StateMap.load(state, options);
  await map.set('a', { names: ['kept'] });
  await state.close();
  await expect(map.set('a', { names: ['lost'] })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(map.get('a')).toEqual({ names: ['kept'] });
  expect((await reopened()).get('a')).toEqual({ names: ['kept'] });
});

it('refuses what it could not read again', async () => {
  const map = await StateMap.load(state, options);
  await expect(map.set('a', { names: ['far too long'] })).rejects.toThrow('names');
  expect(() => map.defer('a', { names: ['far too long'] })).toThrow('names');
  expect(map.size).toBe(0);
  await map.set('a', { names: [] });
  expect(map.has('a')).toBe(true);
});

it('steps over entries that it can not read, and the store counts each once', async () => {
  await state.put('tally/bad', { names: 7 });
  await state.put('tally/good', { names: ['x'] });
  for (let round = 0; round < 2; round++) {
    const map = await StateMap.load(state, options);
    expect([...map.entries()]).toEqual([['good', { names: ['x'] }]]);
  }
  expect(state.unreadable).toBe(1);
});

it('stores what was deferred at the next flush, and what failed at the one after', async () => {
  const map = await StateMap.load(state, options);
  map.defer('a', { names: ['1'] });
  expect(map.get('a')).toEqual({ names: ['1'] });
  expect((await StateMap.load(state, options)).size).toBe(0);
  await map.flush();
  expect((await reopened()).get('a')).toEqual({ names: ['1'] });
  map.defer('a', { names: ['2'] });
  await expect(map.flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  await expect(map.flush()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

it('does not bring back by a flush what was deleted', async () => {
  const map = await StateMap.load(state, options);
  map.defer('a', { names: ['1'] });
  await Promise.all([map.delete('a'), map.flush()]);
  expect((await StateMap.load(state, options)).size).toBe(0);
});

it('keeps to its bound, and forgets first what was used longest ago', async () => {
  const seen = z.object({ at: z.string() });
  const bound = { most: 3, lastUsed: ({ at }: { at: string }) => at };
  const map = await StateMap.load(state, { prefix: 'seen/', schema: seen, bound });
  for (const [i, key] of ['a', 'b', 'c'].entries()) await map.set(key, { at: `2026-11-22T20:00:0${i}Z` });
  await map.set('a', { at: '2026-11-22T21:00:00Z' });
  await map.set('d', { at: '2026-11-22T20:00:09Z' });
  expect([...map.entries()].map(([key]) => key)).toEqual(['a', 'c', 'd']);
  const again = await StateMap.load(state, { prefix: 'seen/', schema: seen, bound });
  expect([...again.entries()].map(([key]) => key).sort()).toEqual(['a', 'c', 'd']);
});
