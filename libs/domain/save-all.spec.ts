import { describe, expect, it } from '@jest/globals';
import { joinEntries, saveAll, type SaveAll } from './save-all.js';
import { sampleBatch } from './sample-batch.js';

const id = 'a'.repeat(64);
const entry = (process_name: string, type_data: 'cpu' | 'mem', value: number, timestamp = 1_763_846_400.25) => ({
  timestamp,
  value,
  process_name,
  type_data,
});
const join = (...data: SaveAll['data']) => joinEntries({ ipaddress: '10.0.0.7', data }, id);

describe('saveAll', () => {
  const bodyOf = (value: number) => ({ ipaddress: 'x', data: [entry('a', 'cpu', value), entry('a', 'cpu', value)] });

  it.each([1e308, 1e300, 2.1e7])('refuses %d, because sums of such values may overflow', (value) => {
    expect(saveAll.safeParse(bodyOf(value)).error?.issues.map(({ path }) => path)).toEqual([
      ['data', 0, 'value'],
      ['data', 1, 'value'],
    ]);
  });

  it('makes a batch that fits its schema of as many of the largest values as a body takes', () => {
    const largest = Array.from({ length: 50_000 }, () => entry('a', 'cpu', 2e7));
    largest[0] = entry('a', 'mem', 2e7);
    const [batch] = joinEntries(saveAll.parse({ ipaddress: 'x', data: largest }), id);
    expect(sampleBatch.parse(batch)).toMatchObject({ names: ['a'], count: [49_999] });
  });
});

describe('joinEntries', () => {
  it('joins cpu and memory of one process and time to one sample', () => {
    expect(join(entry('nginx', 'cpu', 1.5), entry('nginx', 'mem', 2))).toEqual([
      {
        id,
        host: '10.0.0.7',
        time: '2025-11-22T21:20:00.250Z',
        names: ['nginx'],
        count: [1],
        cpu: [1.5],
        cpuMax: [1.5],
        mem: [2],
        memMax: [2],
      },
    ]);
  });

  it('counts a second value of one type as another process', () => {
    const [batch] = join(
      entry('php', 'cpu', 10),
      entry('php', 'cpu', 30),
      entry('php', 'mem', 1),
      entry('php', 'mem', 3),
    );
    expect(batch).toMatchObject({ names: ['php'], count: [2], cpu: [40], cpuMax: [30], mem: [4], memMax: [3] });
  });

  it('keeps the mean of a type that has fewer values', () => {
    const [batch] = join(entry('php', 'cpu', 10), entry('php', 'cpu', 30), entry('php', 'mem', 5));
    expect(batch).toMatchObject({ count: [2], cpu: [40], mem: [10], memMax: [5] });
  });

  it('leaves out what a sample lacks', () => {
    expect(join(entry('php', 'cpu', 10))[0]).toMatchObject({ cpu: [10], mem: [null], memMax: [null] });
  });

  it('makes a batch of each time, oldest first, which the schema of batches takes', () => {
    const batches = join(entry('b', 'cpu', 1, 200), entry('a', 'cpu', 1, 100), entry('__proto__', 'cpu', 1, 100));
    expect(batches.map((batch) => batch.names)).toEqual([['a', '__proto__'], ['b']]);
    for (const batch of batches) expect(sampleBatch.parse(batch)).toEqual(batch);
  });
});

describe('saveAll', () => {
  it.each([
    ['an empty batch', { ipaddress: 'x', data: [] }],
    ['a missing field', { ipaddress: 'x', data: [{ timestamp: 1, value: 1, process_name: 'a' }] }],
    ['a string for a number', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), value: '1' }] }],
    ['NaN', { ipaddress: 'x', data: [entry('a', 'cpu', NaN)] }],
    ['an infinite value', { ipaddress: 'x', data: [entry('a', 'cpu', Infinity)] }],
    ['a negative value', { ipaddress: 'x', data: [entry('a', 'cpu', -1)] }],
    ['an unknown type', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), type_data: 'disk' }] }],
    ['an unknown key', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), extra: 1 }] }],
    ['a missing address', { data: [entry('a', 'cpu', 1)] }],
  ])('refuses %s', (_what, body) => {
    expect(saveAll.safeParse(body).success).toBe(false);
  });
});
