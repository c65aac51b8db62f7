import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { at, forecastAt, hostAt, Timeline } from '../../test/support/timeline.js';

/** What the values up to one of them say of an incident that was opened then. */
function expected(values: (number | null)[], i: number, opened: string) {
  const cpu = values[i] ?? null;
  const since = values.slice((Date.parse(opened) - Date.parse(at(0))) / 10_000 - 1, i + 1);
  const low = since.length - 1 - since.findLastIndex((one) => one !== null && one >= 75);
  return {
    current: cpu,
    ...(cpu !== null && { currentTime: at((i + 1) * 10) }),
    peak: Math.max(...since.map((one) => one ?? 0)),
    ...(low > 0 && { belowSince: at((i + 2 - low) * 10) }),
  };
}

describe('an open alert', () => {
  it('has its value of now, its peak, and since when it is back below its clear level', () => {
    const line = new Timeline();
    line.push(10, { nginx: { cpu: 80.4 } });
    expect(line.values()).toEqual([{ id: 'incident-1', current: 80.4, currentTime: at(10), peak: 80.4 }]);
    line.push(20, { nginx: { cpu: 100 } });
    line.push(30, { nginx: { cpu: 76 } });
    expect(line.values()).toEqual([{ id: 'incident-1', current: 76, currentTime: at(30), peak: 100 }]);
    line.push(40, { nginx: { cpu: 0.4 } });
    line.push(50, { nginx: { cpu: 0.5 } });
    expect(line.values()).toEqual([
      { id: 'incident-1', current: 0.5, currentTime: at(50), peak: 100, belowSince: at(40) },
    ]);
    expect(line.open()[0]).toMatchObject({ value: 80.4, current: 80.4, peak: 80.4 });
    line.push(60, { nginx: { cpu: 1 } });
    expect(line.values()).toEqual([]);
    const closed = line.actions.at(-1)?.incident;
    expect(closed).toMatchObject({ color: 'GREEN', peak: 100 });
    expect(closed).not.toHaveProperty('current');
    expect(closed).not.toHaveProperty('belowSince');
  });

  it('has no value at a tick at which its program is gone', () => {
    const line = new Timeline();
    line.push(10, { job: { cpu: 90 }, sh: { cpu: 1 } });
    line.push(20, { sh: { cpu: 1 } });
    expect(line.values()).toEqual([{ id: 'incident-1', current: null, peak: 90, belowSince: at(20) }]);
  });

  it('has none where it is about a silent host', () => {
    const line = new Timeline();
    line.push(10, {});
    line.at(60);
    expect(line.open()).toMatchObject([{ metric: 'data' }]);
    expect(line.open()[0]).not.toHaveProperty('current');
    expect(line.values()).toEqual([]);
  });

  it('that is AMBER has them too, also in the record of a newer estimate', () => {
    const line = new Timeline();
    line.at(5, { kind: 'hosts', hosts: [hostAt(5)] });
    line.at(10, { kind: 'forecasts', forecasts: [forecastAt(10)] });
    line.push(20, { java: { mem: 73 } });
    expect(line.values()).toEqual([{ id: 'incident-1', current: 73, currentTime: at(20), peak: 73 }]);
    line.at(21, { kind: 'forecasts', forecasts: [forecastAt(20, { inMin: 5, value: 73 })] });
    expect(line.actions.at(-1)).toMatchObject({ kind: 'update', incident: { current: 73, peak: 73 } });
  });

  it('keeps its peak and since when it is below over a restart', () => {
    const before = new Timeline();
    for (const [second, cpu] of [90, 99, 85, 10].entries()) before.push(10 + second * 10, { nginx: { cpu } });
    const [incident] = before.open();
    const [values] = before.values();
    if (!incident || !values) throw new Error('nothing is open');
    const after = new Timeline(undefined, 'later-id');
    after.at(45, { kind: 'restored', incidents: [{ ...incident, ...values }] });
    expect(after.values()).toMatchObject([{ current: 10, peak: 99, belowSince: at(40) }]);
    after.push(50, { nginx: { cpu: 12 } });
    expect(after.values()).toEqual([
      { id: 'incident-1', current: 12, currentTime: at(50), peak: 99, belowSince: at(40) },
    ]);
  });

  it('has them right for any values, gaps of its program included', () => {
    const value = fc.option(fc.constantFrom(10, 74.9, 75, 79, 80, 80.1, 95, 100));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 60 }), (values) => {
        const line = new Timeline();
        for (const [i, cpu] of values.entries()) {
          line.push((i + 1) * 10, cpu === null ? { sh: { cpu: 1 } } : { sh: { cpu: 1 }, job: { cpu } });
          expect(line.values()).toEqual(line.open().map(({ id, opened }) => ({ id, ...expected(values, i, opened) })));
        }
      }),
      { numRuns: 300 },
    );
  });
});
