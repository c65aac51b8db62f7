import { expect, it } from '@jest/globals';
import { microsToIso, type UsageThen } from '#domain';
import { compareUsage, type Then } from './compare-usage.js';

const MINUTE = 60_000_000;
const start = Date.parse('2026-11-22T03:00:00Z') * 1000;
const after = { from: start + MINUTE, to: start + 2 * MINUTE };
const before = { from: start, to: start + MINUTE };

function then(range: { from: number; to: number }, programs: Record<string, Partial<UsageThen>>): Then {
  const whole = { count: 1, cpu: 0, mem: 0, rssBytes: 0 };
  return {
    ...range,
    ticks: 6,
    programs: Object.entries(programs).map(([process, usage]) => ({ process, ...whole, ...usage })),
  };
}

const kinds = (...[was, is, order = 'usage']: [Then, Then, Parameters<typeof compareUsage>[2]?]) =>
  compareUsage(was, is, order).map(({ process, change, size }) => [process, change, size]);

it('says who came, went, grew and shrank, the largest change first, and who is the same last', () => {
  const was = then(before, { gone: { cpu: 3 }, grew: { cpu: 10 }, shrank: { mem: 40 }, same: { cpu: 50 }, z: {} });
  const is = then(after, { new: { cpu: 2 }, grew: { cpu: 70 }, shrank: { mem: 10 }, same: { cpu: 50.9 }, z: {} });
  expect(kinds(was, is).map(([process, change]) => [process, change])).toEqual([
    ['grew', 'grew'],
    ['shrank', 'shrank'],
    ['gone', 'gone'],
    ['new', 'new'],
    ['same', 'same'],
    ['z', 'same'],
  ]);
  expect(kinds(was, is).map(([, , size]) => Number(size).toFixed(1))).toEqual([
    '60.0',
    '30.0',
    '3.0',
    '2.0',
    '0.9',
    '0.0',
  ]);
});

it('orders by any value, and takes a change of bytes for noise below one in a hundred', () => {
  const was = then(before, { a: { cpu: 9, rssBytes: 1000, count: 4 }, b: { rssBytes: 1e9 }, c: { cpu: null } });
  const is = then(after, { a: { mem: 5, rssBytes: 3000, count: 2 }, b: { rssBytes: 1.001e9 }, c: { cpu: 7 } });
  expect(kinds(was, is, 'rssBytes')).toEqual([
    ['a', 'grew', 2000],
    ['b', 'same', 1e6],
    ['c', 'same', 0],
  ]);
  expect(kinds(was, is, 'count')[0]).toEqual(['a', 'shrank', 2]);
  expect(kinds(was, is, 'cpu')).toEqual([
    ['a', 'shrank', 9],
    ['c', 'grew', 7],
    ['b', 'same', 0],
  ]);
  expect(kinds(was, is, 'mem')[0]).toEqual(['a', 'grew', 5]);
});

it('tells a restart from the start of the oldest process, whichever of the two times is asked for first', () => {
  const at = (seconds: number) => ({ started: microsToIso(start + seconds * 1e6) });
  const old = then(before, { restarted: at(-900), ran: at(-900), earlier: at(30), unknown: {}, told: {} });
  const now = then(after, { restarted: at(70), ran: at(-900), earlier: at(30), unknown: {}, told: at(61) });
  const expected = { earlier: 'same', ran: 'same', restarted: 'restarted', told: 'restarted', unknown: 'same' };
  const changes = (...order: [Then, Then]) =>
    Object.fromEntries(compareUsage(...order, 'usage').map(({ process, change }) => [process, change]));
  expect(changes(old, now)).toEqual(expected);
  expect(changes(now, old)).toEqual(expected);
});

it('takes a start in the second of the earlier moment for one after it', () => {
  const moment = (time: number) => ({ from: time, to: time });
  const was = then(moment(start + 250_000), { a: { started: microsToIso(start - 9e6) } });
  const is = then(moment(start + MINUTE), { a: { started: microsToIso(start) } });
  expect(kinds(was, is)).toEqual([['a', 'restarted', 0]]);
});

it('gives both usages, and the unit of the newer one', () => {
  const was = then(before, { a: { cpu: 3, started: '2026-11-22T01:00:00.000Z' } });
  const is = then(after, { b: { cpu: 5 } });
  was.programs[0]!.unit = 'a.service';
  const usage = { count: 1, mem: 0, rssBytes: 0 };
  expect(compareUsage(was, is, 'cpu')).toEqual([
    { process: 'b', change: 'new', size: 5, before: null, after: { ...usage, cpu: 5 } },
    {
      process: 'a',
      unit: 'a.service',
      change: 'gone',
      size: 3,
      before: { ...usage, cpu: 3, started: '2026-11-22T01:00:00.000Z' },
      after: null,
    },
  ]);
});
