import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Incident, SampleBatch } from '#domain';
import { batchAt, hostUsage, type ProgramReading, Timeline } from '../../test/support/timeline.js';

/** What a host was like at one tick; a program without a value is not there. */
interface Moment {
  a: number | null;
  b: number | null;
  hostMem: number;
  /** Whether the sender reached the server at this tick. */
  reached: boolean;
}

const INTERVAL_S = 10;
const QUIET: Moment = { a: 10, b: 10, hostMem: 10, reached: true };
const value = fc.constantFrom(null, 10, 10, 77, 95, 95);
const moment = fc.record({ a: value, b: value, hostMem: fc.constantFrom(10, 77, 95) });
/** Stretches of ticks that are sent at once, or held by the sender until the next one that is. */
const moments: fc.Arbitrary<Moment[]> = fc
  .array(fc.tuple(fc.boolean(), fc.array(moment, { minLength: 1, maxLength: 90 })), { maxLength: 6 })
  .map((stretches) => stretches.flatMap(([reached, all]) => all.map((one) => ({ ...one, reached }))));

function batchOf({ a, b, hostMem }: Moment, second: number): SampleBatch {
  const programs: Record<string, ProgramReading> = { other: { cpu: 1, mem: 1 } };
  if (a !== null) programs['a'] = { cpu: a, mem: 1 };
  if (b !== null) programs['b'] = { cpu: 1, mem: 5, memSum: b };
  return batchAt(second, programs, { hostUsage: hostUsage(1, hostMem, { '/': hostMem }) });
}

/** Plays the moments as a sender delivers them after an outage: the newest first, then what it kept, oldest first. */
function play(all: Moment[], perTick: number): Timeline {
  const line = new Timeline();
  const held: SampleBatch[] = [];
  for (const [i, one] of all.entries()) {
    const second = (i + 1) * INTERVAL_S;
    const batch = batchOf(one, second);
    if (!one.reached) {
      held.push(batch);
      continue;
    }
    line.at(second, { kind: 'samples', batch: { ...batch, ...(held.length > 0 && { backlog: held.length }) } });
    for (const old of held.splice(0, perTick)) line.at(second, { kind: 'samples', batch: old });
  }
  return line;
}

/** The newest record of every incident on samples, whatever its id. */
function recordsOf(line: Timeline) {
  const records = new Map<string, Incident>();
  for (const { incident } of line.actions) if (incident.metric !== 'data') records.set(incident.id, incident);
  return [...records.values()].map((incident) => JSON.stringify({ ...incident, id: 'any' })).sort();
}

/** The colours that people were told of one series, in order. */
function toldOf(line: Timeline): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const action of line.actions) {
    if (action.kind !== 'change') continue;
    const { process, metric, device } = action.incident;
    const key = `${process} ${metric} ${device}`;
    told.set(key, [...(told.get(key) ?? []), action.change.color]);
  }
  return told;
}

describe('for any outages of a host, whose newest batch comes first and what it holds comes behind', () => {
  it('the incidents are those of samples that came in time', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 50 }), (plan, perTick) => {
        const all = [...plan, ...plan.map(() => QUIET), QUIET];
        const inTime = play(
          all.map((one) => ({ ...one, reached: true })),
          1,
        );
        const late = play(all, perTick);
        expect(recordsOf(late)).toEqual(recordsOf(inTime));
      }),
      { numRuns: 150 },
    );
  });

  it('nothing is told twice, and what is told last is how it stands', () => {
    fc.assert(
      fc.property(moments, fc.integer({ min: 1, max: 50 }), (plan, perTick) => {
        const late = play([...plan, QUIET], perTick);
        for (const colors of toldOf(late).values())
          for (const [i, color] of colors.entries()) expect(color).not.toBe(colors[i - 1] ?? 'GREEN');
        const open = new Map(late.open().map((one) => [`${one.process} ${one.metric} ${one.device}`, one.color]));
        for (const [series, colors] of toldOf(late)) expect(colors.at(-1)).toBe(open.get(series) ?? 'GREEN');
      }),
      { numRuns: 150 },
    );
  });
});
