import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { batchAt, forecastAt, hostAt, type ProgramReading, Timeline, unitAt } from '../../test/support/timeline.js';
import type { Incident } from '#domain';

type Step = { after: number } & (
  | { kind: 'sample'; cpu: number | null; gone: boolean }
  | { kind: 'unit'; share: number | null; oomKills: number; gone: boolean }
  | { kind: 'forecast'; inMin: number | null; of: 'program' | 'unit' }
  | { kind: 'restart' }
  | { kind: 'following'; following: boolean }
  | { kind: 'paused' }
);

const after = fc.integer({ min: 1, max: 70 });
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('sample' as const),
        after,
        cpu: fc.option(fc.double({ min: 60, max: 100, noNaN: true })),
        gone: fc.boolean(),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant('unit' as const),
        after,
        share: fc.option(fc.double({ min: 60, max: 100, noNaN: true })),
        oomKills: fc.nat({ max: 1 }),
        gone: fc.boolean(),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('forecast' as const),
        after,
        inMin: fc.option(fc.integer({ min: 0, max: 200 })),
        of: fc.constantFrom('program' as const, 'unit' as const),
      }),
    },
    fc.record({ kind: fc.constant('restart' as const), after }),
    fc.record({ kind: fc.constant('following' as const), after, following: fc.boolean() }),
    fc.record({ kind: fc.constant('paused' as const), after }),
  ),
  { maxLength: 60 },
);

/** Runs the steps; a restart gives what was recorded to a new engine. Returns every action, in order. */
function play(plan: Step[]) {
  let line = new Timeline(undefined, 'run-0-incident');
  const records = new Map<string, Incident>();
  const said: { id: string; color: string }[] = [];
  let taken = 0;
  let second = 0;
  let runs = 0;
  const collect = () => {
    for (const action of line.actions.slice(taken)) {
      records.set(action.incident.id, action.incident);
      if (action.kind === 'change') said.push({ id: action.incident.id, color: action.change.color });
    }
    taken = line.actions.length;
  };
  for (const step of plan) {
    second += step.after;
    if (step.kind === 'sample') {
      const programs: Record<string, ProgramReading> = step.gone ? {} : { java: { cpu: step.cpu ?? undefined } };
      line.at(second, { kind: 'samples', batch: batchAt(second, programs) });
    } else if (step.kind === 'unit') {
      // A unit has the name of a program, and is never taken for it.
      const units = step.gone ? [] : [unitAt(step.share, { unit: 'java', oomKills: step.oomKills, victim: 'java' })];
      line.at(second, { kind: 'samples', batch: batchAt(second, {}, { units }) });
    } else if (step.kind === 'forecast') {
      const series = step.of === 'unit' ? { process: null, unit: 'java' } : { metric: 'cpu' as const };
      const forecast = forecastAt(second, { ...series, inMin: step.inMin ?? 0 });
      line.at(second, { kind: 'forecasts', forecasts: step.inMin === null ? [] : [forecast] });
    } else if (step.kind === 'following') line.at(second, { kind: 'following', following: step.following });
    else if (step.kind === 'paused') line.at(second, { kind: 'hosts', hosts: [hostAt(second, { status: 'paused' })] });
    else {
      collect();
      line = new Timeline(undefined, `run-${++runs}-incident`);
      line.at(second, { kind: 'restored', incidents: [...records.values()] });
      taken = 0;
    }
    collect();
  }
  return { records: [...records.values()], said, open: line.open() };
}

describe('for any sequence of values, forecasts, pauses and restarts', () => {
  it('no incident is lost, none is open twice, and each one is closed or open at the end', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { records, open } = play(plan);
        const stillOpen = records.filter(({ closed }) => closed === null);
        expect(stillOpen.map(({ id }) => id).sort()).toEqual(open.map(({ id }) => id).sort());
        expect(new Set(stillOpen.map((one) => `${one.metric} ${one.process} ${one.unit}`)).size).toBe(stillOpen.length);
        for (const { closed, color, history, since } of records) {
          expect(closed !== null).toBe(color === 'GREEN');
          const first = history.findLastIndex((change) => change.color !== color) + 1;
          expect(history[first]).toMatchObject({ color, time: since });
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every step of a history changes the colour or is a kill, reads forward in time and was said once', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { records, said } = play(plan);
        for (const { id, history } of records) {
          for (const [i, change] of history.entries()) {
            if (i === 0) continue;
            expect(change.reason === 'oom-killed' || change.color !== history[i - 1]?.color).toBe(true);
            expect(Date.parse(change.time)).toBeGreaterThanOrEqual(Date.parse(history[i - 1]?.time ?? ''));
          }
          expect(said.filter((one) => one.id === id).map(({ color }) => color)).toEqual(
            history.map(({ color }) => color),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it('every kill is RED at once, and is said unless one was within the last ten minutes', () => {
    const samples = fc.array(fc.record({ share: fc.option(fc.nat({ max: 120 })), oomKills: fc.nat({ max: 1 }) }));
    fc.assert(
      fc.property(samples, (plan) => {
        const line = new Timeline();
        let toldAt = -Infinity;
        for (const [i, { share, oomKills }] of plan.entries()) {
          const second = 10 * (i + 1);
          const said = line.push(second, {}, { units: [unitAt(share, { oomKills })] });
          if (oomKills === 0) continue;
          const [incident] = line.open();
          expect(incident?.color).toBe('RED');
          const tells = said.some((text) => text.includes('OOM'));
          if (tells) toldAt = second;
          expect(second - toldAt).toBeLessThanOrEqual(600);
        }
      }),
      { numRuns: 200 },
    );
  });
});
