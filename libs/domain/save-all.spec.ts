import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
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

describe('ticks', () => {
  const stamp = fc.integer({ min: 0, max: 20_000 }).map((ms) => 1_763_846_400 + ms / 1000);
  const entries = fc.array(
    fc.record({
      timestamp: stamp,
      value: fc.integer({ min: 0, max: 1000 }),
      process_name: fc.constantFrom('worker', 'nginx', '__proto__'),
      type_data: fc.constantFrom('cpu' as const, 'mem' as const),
    }),
    { minLength: 1, maxLength: 60 },
  );

  it('lie half a second or more apart, and each entry belongs to the one whose last stamp it reaches without a gap', () => {
    fc.assert(
      fc.property(entries, (data) => {
        const batches = join(...data);
        const times = batches.map(({ time }) => Date.parse(time));
        const stamps = data.map(({ timestamp }) => Math.round(timestamp * 1000)).sort((a, b) => a - b);
        const ends = stamps.filter((one, i) => i === stamps.length - 1 || (stamps[i + 1] as number) - one >= 500);
        expect(times).toEqual([...new Set(ends)]);
      }),
    );
  });

  it('lose no entry, add up to what was sent whatever its order, and are batches that the schema takes', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (data, seed) => {
        const batches = join(...data);
        for (const type of ['cpu', 'mem'] as const) {
          for (const name of new Set(data.map(({ process_name }) => process_name))) {
            const sent = data.filter((one) => one.process_name === name && one.type_data === type);
            const columns = batches.flatMap((batch) => {
              const i = batch.names.indexOf(name);
              const max = batch[`${type}Max`]?.[i];
              return i < 0 || max === null || max === undefined ? [] : [{ max, sum: batch[type]?.[i] as number }];
            });
            const largest = Math.max(0, ...sent.map(({ value }) => value));
            expect(Math.max(0, ...columns.map(({ max }) => max))).toBe(largest);
            const total = sent.reduce((sum, { value }) => sum + value, 0);
            expect(columns.reduce((all, { sum }) => all + sum, 0)).toBeGreaterThanOrEqual(total - 1e-6);
          }
        }
        for (const batch of batches) expect(sampleBatch.parse(batch)).toEqual(batch);
        const shuffled = data.map((one, i) => ({ one, at: (i * 7919 + seed) % data.length }));
        shuffled.sort((a, b) => a.at - b.at);
        const again = join(...shuffled.map(({ one }) => one));
        const largestOf = (all: typeof batches) =>
          all.map(({ time, names, count, cpuMax }) =>
            [time, ...names.map((name, i) => `${name} ${count[i]} ${cpuMax?.[i]}`).sort()].join(),
          );
        expect(largestOf(again)).toEqual(largestOf(batches));
      }),
    );
  });

  it('takes a hundred processes that were stamped one after the other as one round', () => {
    const data = Array.from({ length: 100 }, (_, i) =>
      entry('worker', 'cpu', i === 7 ? 95 : 1, 1_763_846_400 + i / 100),
    );
    const batches = join(...data);
    expect(batches).toHaveLength(1);
    expect(batches[0]).toMatchObject({ time: '2025-11-22T21:20:00.990Z', count: [100], cpu: [194], cpuMax: [95] });
  });
});

describe('names of Python clients', () => {
  const nameOf = (process_name: string) =>
    saveAll.parse({ ipaddress: 'h\udc81', data: [{ ...entry('x', 'cpu', 1), process_name }] }).data[0]?.process_name;

  it('have bytes that are not UTF-8 as \\xNN, other lone surrogates as U+FFFD, and valid ones as they are', () => {
    expect(nameOf('caf\udce9')).toBe('caf\\xe9');
    expect(nameOf('a\ud800b')).toBe('a\ufffdb');
    expect(nameOf('😀')).toBe('😀');
    expect(saveAll.parse({ ipaddress: 'h\udc81', data: [entry('x', 'cpu', 1)] }).ipaddress).toBe('h\\x81');
  });

  it('are taken whatever they hold', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 0xffff }), { minLength: 1, maxLength: 255 }), (units) => {
        const name = nameOf(String.fromCharCode(...units));
        expect(name?.isWellFormed()).toBe(true);
      }),
    );
  });
});

describe('saveAll', () => {
  it.each([
    ['an empty batch', { ipaddress: 'x', data: [] }],
    ['a missing field', { ipaddress: 'x', data: [{ timestamp: 1, value: 1, process_name: 'a' }] }],
    ['a string for a number', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), value: '1' }] }],
    ['NaN', { ipaddress: 'x', data: [entry('a', 'cpu', NaN)] }],
    ['an infinite value', { ipaddress: 'x', data: [entry('a', 'cpu', Infinity)] }],
    ['a value whose sum could overflow', { ipaddress: 'x', data: [entry('a', 'cpu', 1e308)] }],
    ['a negative value', { ipaddress: 'x', data: [entry('a', 'cpu', -1)] }],
    ['an unknown type', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), type_data: 'disk' }] }],
    ['an unknown key', { ipaddress: 'x', data: [{ ...entry('a', 'cpu', 1), extra: 1 }] }],
    ['a missing address', { data: [entry('a', 'cpu', 1)] }],
  ])('refuses %s', (_what, body) => {
    expect(saveAll.safeParse(body).success).toBe(false);
  });
});
