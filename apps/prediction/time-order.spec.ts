import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeriesPredictors } from './series-predictors.js';
import type { Tick } from './tick.js';
import { TimeOrder } from './time-order.js';

const BEAT_MS = 10_000;
const START = Date.UTC(2026, 10, 22);

function tick(n: number, backlog = 0, more: Partial<Tick> = {}): Tick {
  const names = n % 7 === 3 ? ['java'] : ['java', 'nginx'];
  const cpuMax = names.map((_, i) => 30 + ((n * (7 + i)) % 40));
  const memMax = names.map((_, i) => Math.min(79, 20 + n / 16 + i));
  return {
    id: `tick-${n}`,
    host: 'web-1',
    names,
    intervalMs: BEAT_MS,
    cpuMax,
    memMax,
    timeMs: START + n * BEAT_MS,
    backlog,
    ...more,
  };
}

/** The same with a unit and the host itself, whose disk fills up to 80 % until tick `last`. */
function wholeTick(n: number, backlog: number, { last, beatMs }: { last: number; beatMs: number }): Tick {
  return tick(n, backlog, {
    intervalMs: beatMs,
    timeMs: START + n * beatMs,
    units: { names: ['java.service'], cpu: [(n * 3) % 40], mem: [Math.min(79, 20 + n / 16)] },
    own: {
      cpu: (n * 5) % 40,
      mem: 20 + (n % 50),
      swap: n % 30,
      disks: [{ path: '/', usedPercent: 40 + (40 * n) / last, inodesPercent: 10 + (n % 9) }],
    },
  });
}

function follow(maxHeldSamples?: number) {
  const passed: number[] = [];
  const set: number[] = [];
  const order = new TimeOrder({
    onTick: ({ timeMs }) => void passed.push((timeMs - START) / BEAT_MS),
    onClockSet: (_host, byMs) => void set.push(byMs),
    maxHeldSamples,
  });
  return { order, passed, set };
}

/** Every tick's time on the clock of the sender, and when it arrives, as a collector sends them around its outages. */
interface Sent {
  tick: Tick;
  atMs: number;
}

/**
 * A collector's ticks, one a beat. While the server is away it keeps them; then it sends the newest first and after it, in
 * each beat, some of what it kept, oldest first. `twice` repeats a delivery whose answer was lost.
 */
function sender(
  ticks: number,
  outages: { from: number; length: number }[],
  perBeat: number,
  twice: (n: number) => boolean,
): Sent[] {
  const kept: number[] = [];
  const sent: Sent[] = [];
  const send = (n: number, backlog: number, atMs: number) => {
    for (let times = twice(n) ? 2 : 1; times > 0; times--) sent.push({ tick: tick(n, backlog), atMs });
  };
  // The end is without an outage, so that everything kept gets through.
  for (let n = 0; n < ticks || kept.length > 0; n++) {
    const atMs = n * BEAT_MS;
    if (n < ticks && outages.some(({ from, length }) => n >= from && n < from + length)) {
      kept.push(n);
      continue;
    }
    send(n, kept.length, atMs);
    for (const old of kept.splice(0, perBeat)) send(old, 0, atMs + 50);
  }
  const last = (sent.at(-1) as Sent).tick.timeMs;
  const after = Math.max(ticks, ...sent.map((s) => (s.tick.timeMs - START) / BEAT_MS + 1));
  // Once: forecasts are those of the newest sample, which a repeated one after a restart is not.
  sent.push({ tick: tick(after), atMs: after * BEAT_MS });
  expect(last).toBeGreaterThan(0);
  return sent;
}

/** What is known once all has arrived, and how many samples were late; with a restart before arrival `restartAt`. */
function known(sent: Sent[], restartAt: number) {
  const make = () => new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
  const orderOf = (series: SeriesPredictors) =>
    new TimeOrder({ onTick: (t) => series.take(t), onClockSet: () => expect('no clock').toBe('set') });
  let series = make();
  let order = orderOf(series);
  for (const [i, { tick: next, atMs }] of sent.entries()) {
    if (i === restartAt) {
      // What was held is read from the history by the next run: here, the same ticks of the host since its snapshot.
      const restored = make();
      for (const record of series.snapshots()) restored.restore(record);
      const since = restored.newestOf('web-1') ?? 0;
      series = restored;
      order = orderOf(series);
      const history = sent
        .slice(0, i)
        .map((s) => s.tick)
        .filter(({ timeMs }) => timeMs > since);
      for (const held of history.filter(({ backlog }) => backlog > 0)) order.take(held, atMs);
    }
    order.take(next, atMs);
    order.sweep(atMs);
  }
  return {
    states: [...series.snapshots()].map(({ key, lastMs, bytes }) => ({
      key,
      lastMs,
      bytes: Buffer.from(bytes).toString('base64'),
    })),
    forecasts: series.takeChanges(true),
    late: series.counts.late,
  };
}

const outage = (longest: number) => fc.record({ from: fc.nat(900), length: fc.integer({ min: 1, max: longest }) });
/** So long that what is held of them spans two hours at most, after which a backlog is given up: alone, or one upon another. */
const outages = fc.oneof(fc.array(outage(720), { maxLength: 1 }), fc.tuple(outage(350), outage(350)));

describe('the order of time', () => {
  it('passes live ticks on at once', () => {
    const { order, passed } = follow();
    for (let n = 0; n < 5; n++) order.take(tick(n), n * BEAT_MS);
    expect(passed).toEqual([0, 1, 2, 3, 4]);
  });

  it('holds the fresh ones until the backlog is through', () => {
    const { order, passed } = follow();
    order.take(tick(0), 0);
    order.take(tick(5, 4), 1);
    for (const n of [1, 2]) order.take(tick(n), 2);
    order.take(tick(6, 2), 3);
    expect(passed).toEqual([0, 1, 2]);
    for (const n of [3, 4]) order.take(tick(n), 4);
    order.take(tick(7), 5);
    expect(passed).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(order.heldSamples).toBe(0);
  });

  it('gives up a backlog that does not get shorter for a minute, and does not wait for it again', () => {
    const { order, passed } = follow();
    for (let n = 9; n <= 14; n++) order.take(tick(n, 8), (n - 9) * BEAT_MS);
    order.sweep(59_999);
    expect(passed).toEqual([]);
    order.sweep(60_000);
    expect(passed).toEqual([9, 10, 11, 12, 13, 14]);
    order.take(tick(15, 8), 61_000);
    expect(passed.at(-1)).toBe(15);
    expect(order.givenUp).toBe(1);
  });

  it.each([false, true])(
    'waits for the backlog of an outage that follows upon another, looked at in between: %s',
    (looked) => {
      const { order, passed } = follow();
      for (const n of [0, 1, 2]) order.take(tick(n), n * BEAT_MS);
      order.take(tick(8, 5), 8 * BEAT_MS);
      for (const n of [3, 4, 5, 6, 7]) order.take(tick(n), 8 * BEAT_MS + 50);
      if (looked) order.sweep(17 * BEAT_MS);
      order.take(tick(18, 9), 18 * BEAT_MS);
      order.sweep(18 * BEAT_MS);
      for (let n = 9; n < 18; n++) order.take(tick(n), 18 * BEAT_MS + 50);
      order.take(tick(19), 19 * BEAT_MS);
      expect(passed).toEqual(Array.from({ length: 20 }, (_, n) => n));
    },
  );

  it('holds at most two hours of a host, and a bounded number of samples of all hosts', () => {
    const { order, passed } = follow();
    for (let n = 0; n <= 721; n++) order.take(tick(1000 + n, 5000 - n), n * BEAT_MS);
    expect(order.givenUp).toBe(1);
    expect(passed).toHaveLength(722);
    const small = follow(20);
    for (let n = 0; n < 40; n++) {
      small.order.take(tick(n, 9, { host: `host-${n % 4}` }), n);
      expect(small.order.heldSamples).toBeLessThanOrEqual(20);
    }
    expect(small.order.givenUp).toBeGreaterThan(0);
  });

  it('takes late ticks for late, as of a second sender that lags or a backlog that is not announced', () => {
    const { order, set } = follow();
    for (let n = 0; n < 60; n++) {
      order.take(tick(n), n * BEAT_MS);
      order.take(tick(n, 0, { timeMs: START + n * BEAT_MS - 4000 }), n * BEAT_MS + 100);
    }
    order.take(tick(400), 400 * BEAT_MS);
    for (let n = 61; n < 400; n++) order.take(tick(n), 400 * BEAT_MS + n * 20);
    expect(set).toEqual([]);
  });

  it('orders what is about the host alone by itself, and never waits for it with the programs', () => {
    const { order, passed, set } = follow();
    const bare = (n: number) => tick(n, 0, { names: [], cpuMax: [], memMax: [] });
    order.take(tick(0), 0);
    order.take(tick(5, 4), 1);
    for (const n of [20, 10, 21]) order.take(bare(n), 2);
    expect(passed).toEqual([0, 20, 10, 21]);
    for (const n of [1, 2, 3, 4, 6]) order.take(tick(n), 3);
    expect(passed.slice(4)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(set).toEqual([]);
  });

  it('moves the clock of a host after three live ticks behind, and loses none of them', () => {
    const { order, passed, set } = follow();
    for (let n = 100; n < 110; n++) order.take(tick(n), n * BEAT_MS);
    for (let n = 50; n < 53; n++) {
      expect(set).toEqual([]);
      order.take(tick(n), (60 + n) * BEAT_MS);
    }
    expect(set).toEqual([-60 * BEAT_MS]);
    order.take(tick(53), 113 * BEAT_MS);
    expect(passed.slice(10)).toEqual([50, 51, 52, 53]);
  });

  it('knows after any outage, and any restart in it, what it would have known without', () => {
    fc.assert(
      fc.property(
        outages,
        fc.integer({ min: 1, max: 200 }),
        fc.integer({ min: 2, max: 50 }),
        fc.nat(1500),
        (gaps, perBeat, every, restartAt) => {
          const sent = sender(1000, gaps, perBeat + 1, (n) => n % every === 0);
          const inOrder = sent
            .map((s) => ({ ...s, tick: { ...s.tick, backlog: 0 } }))
            .toSorted((a, b) => a.tick.timeMs - b.tick.timeMs);
          expect(known(sent, restartAt)).toEqual(known(inOrder, -1));
        },
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it.each([
    ['10 minutes', 1200, 60, 10_000, ['oldest', 'newest', 'any']],
    ['nearly two hours', 1200, 700, 10_000, ['oldest', 'newest', 'any']],
    ['two hours', 1200, 720, 10_000, ['oldest']],
    ['26 hours', 150, 312, 300_000, ['oldest']],
  ] as const)(
    'forecasts the same of programs, units, the host and its disks after an outage of %s as without',
    (_, before, away, beatMs, firsts) => {
      const last = before + away + 60;
      const at = (n: number, backlog = 0): Sent => ({
        tick: wholeTick(n, backlog, { last, beatMs }),
        atMs: n * beatMs,
      });
      const inOrder = Array.from({ length: last }, (_one, n) => at(n));
      const expected = known(inOrder, -1);
      expect(expected.forecasts?.forecasts).toContainEqual(expect.objectContaining({ device: '/', metric: 'disk' }));
      const property = fc.property(
        fc.constantFrom(...firsts),
        fc.integer({ min: 60, max: 95 }),
        fc.infiniteStream(fc.nat(away)),
        fc.nat(away),
        (first, perBeat, picks, restartAt) => {
          const kept = Array.from({ length: away }, (_one, i) => before + i);
          const older = (n: number) => kept.filter((other) => other < n).length;
          const pick = { oldest: () => 0, newest: () => -1, any: () => (picks.next().value ?? 0) % kept.length }[first];
          const sent = inOrder.slice(0, before);
          for (let n = before + away; n < last; n++) {
            sent.push(at(n, older(n)));
            for (let i = 1; i <= perBeat && kept.length > 0; i++) {
              const [old = NaN] = kept.splice(pick(), 1);
              sent.push({ ...at(old, older(old)), atMs: n * beatMs + 100 * i });
            }
          }
          expect(kept).toEqual([]);
          expect(known(sent, before + restartAt)).toEqual(expected);
        },
      );
      fc.assert(property, { numRuns: 2, endOnFailure: true });
    },
    60_000,
  );
});
