import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { IncidentValues } from '#domain';
import { at, Timeline } from '../../test/support/timeline.js';
import { ValueSender } from './value-sender.js';

const signal = new AbortController().signal;

/** A sender of what a timeline says, to a server that keeps the newest values it was told. */
function sending(line: Timeline) {
  const state = { second: 0, waiting: 0, away: false };
  const requests: IncidentValues['values'][] = [];
  const told = new Map<string, IncidentValues['values'][number]>();
  const putAlertValues = async ({ values }: IncidentValues) => {
    if (state.away) throw new Error('away');
    requests.push(values);
    for (const value of values) told.set(value.id, value);
  };
  const sender = new ValueSender({
    client: { putAlertValues },
    engine: line,
    waiting: () => state.waiting,
    now: () => Date.parse(at(state.second)),
  });
  return { state, requests, told, send: () => sender.send(signal) };
}

describe('the newest values of open alerts', () => {
  it('are sent where they changed by as much as is shown, and again after a minute', async () => {
    const line = new Timeline();
    const { state, requests, send } = sending(line);
    const push = async (second: number, cpu: number) => {
      line.push(second, { nginx: { cpu }, java: { cpu: 90 } });
      state.second = second;
      await send();
      return requests.splice(0).map((values) => values.map(({ id, current }) => `${id} ${current}`));
    };
    expect(await push(10, 95)).toEqual([['incident-1 95', 'incident-2 90']]);
    expect(await push(20, 97)).toEqual([['incident-1 97']]);
    expect(await push(30, 97.02)).toEqual([]);
    expect(await push(40, 96)).toEqual([['incident-1 96']]);
    expect(await push(70, 96)).toEqual([['incident-2 90']]);
    expect(await push(100, 96)).toEqual([['incident-1 96']]);
  });

  it('come after the records, and in requests of a bounded size', async () => {
    const line = new Timeline();
    line.push(10, Object.fromEntries(Array.from({ length: 4500 }, (_, i) => [`program-${i}`, { cpu: 95 }])));
    const { state, requests, told, send } = sending(line);
    state.waiting = 1;
    await send();
    expect(requests).toEqual([]);
    state.waiting = 0;
    await send();
    expect(requests.map(({ length }) => length)).toEqual([2000, 2000, 500]);
    expect(told.size).toBe(4500);
  });

  it('are known to the server as they are, for any values, after any failures', async () => {
    const step = fc.record({
      a: fc.option(fc.integer({ min: 70, max: 100 })),
      b: fc.option(fc.integer({ min: 70, max: 100 })),
      away: fc.boolean(),
      waiting: fc.integer({ min: 0, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
        const line = new Timeline();
        const { state, told, send } = sending(line);
        for (const [i, { a, b, away, waiting }] of [...steps, { a: 95, b: null, away: false, waiting: 0 }].entries()) {
          const programs = { sh: { cpu: 1 }, ...(a && { a: { cpu: a } }), ...(b && { b: { cpu: b } }) };
          line.push((i + 1) * 10, programs);
          Object.assign(state, { second: (i + 1) * 10, away, waiting });
          await send().catch(() => undefined);
        }
        for (const { currentTime: _, ...value } of line.values()) expect(told.get(value.id)).toMatchObject(value);
      }),
      { numRuns: 100 },
    );
  });
});
