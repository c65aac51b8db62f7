import { describe, expect, it } from '@jest/globals';
import { hostMetricsPath, stepOf } from './questions.js';

const HOUR = 3_600_000;
const range = (hours: number) => ({ fromMs: 0, toMs: hours * HOUR, live: false });

describe("the steps of a host's charts", () => {
  it("are as wide as a pixel at least, and no narrower than the host's interval", () => {
    expect(stepOf(range(48), 600, 10_000)).toBe(300_000);
    expect(stepOf(range(0.25), 600, 10_000)).toBe(10_000);
    expect(stepOf(range(0.25), 600, 60_000)).toBe(60_000);
    expect(stepOf(range(24 * 30), 300, 10_000)).toBe(3 * HOUR);
  });

  it('are asked for from the beginning of the first one, to no end where now is followed', () => {
    const live = { fromMs: 10_500, toMs: HOUR, live: true };
    const url = new URL(hostMetricsPath('a/b', 'sent', live, 10_000), 'http://x');
    expect(url.pathname).toBe('/api/v1/hosts/a%2Fb/metrics');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      measurement: 'net',
      field: 'bytes_sent',
      rate: 'true',
      from: '1970-01-01T00:00:10.000Z',
      step: '10000ms',
      extremes: 'true',
    });
  });
});
