import { describe, expect, it } from '@jest/globals';
import type { HostMetricSeries, HostMetricsPage } from '#domain';
import { cpuLines, diskTrafficLines, fullLines, networkLines } from './series.js';

const START = Date.parse('2026-11-30T03:00:00Z');
const STEP = 10_000;
const page = (...series: HostMetricSeries[]): HostMetricsPage => ({ stepMs: STEP, series });
const one = (tags: HostMetricSeries['tags'], values: (number | undefined)[], extremes?: [number, number][]) => ({
  tags,
  points: values.flatMap((value, i): [string, number][] =>
    value === undefined ? [] : [[new Date(START + i * STEP).toISOString(), value]],
  ),
  ...(extremes && { extremes }),
});
const total = { cpu: 'cpu-total' };

describe('the lines of a host', () => {
  it('have CPU as what neither idles nor waits, at the middle of each step, with the band around it', () => {
    const idle = page(one(total, [90, 40], [[80, 95], [5, 60]])); // prettier-ignore
    const waiting = page(one(total, [1, 20], [[0, 3], [10, 30]])); // prettier-ignore
    expect(cpuLines({ idle, waiting }, STEP)).toEqual([
      {
        label: 'busy',
        colour: 1,
        times: [START + 5000, START + 15_000],
        values: [9, 40],
        low: [2, 10],
        high: [20, 85],
      },
      expect.objectContaining({ label: 'waits for disks', values: [1, 20], high: [3, 30] }),
    ]);
  });

  it('have a gap where the host was silent, and none where a step has no tick by chance', () => {
    const idle = page(one(total, [50, undefined, 50, undefined, undefined, undefined, undefined, 50]));
    const [busy] = cpuLines({ idle, waiting: page() }, STEP);
    expect(busy?.values).toEqual([50, 50, null, 50]);
    expect(busy?.times).toEqual([0, 2, 3, 7].map((i) => START + i * STEP + 5000));
  });

  it('add up disks and interfaces, but not what was counted by another one already', () => {
    const read = page(one({ name: 'sda' }, [10]), one({ name: 'sda1' }, [10]), one({ name: 'nvme0n1' }, [5]), one({ name: 'dm-0' }, [10])); // prettier-ignore
    const lines = diskTrafficLines({ read, written: page() }, STEP);
    expect(lines.map(({ label, values }) => [label, values])).toEqual([['read', [15]]]);
    const received = page(one({ interface: 'eth0' }, [7]), one({ interface: 'docker0' }, [7]));
    const sent = page(one({ interface: 'veth12' }, [3]));
    const network = networkLines({ received, sent }, STEP);
    expect(network.map(({ label, values }) => [label, values])).toEqual([['in', [7]], ['out', [3]]]); // prettier-ignore
  });

  it('name the fullest file systems, the fullest first', () => {
    const full = page(one({ path: '/' }, [10, 20]), one({ path: '/var' }, [90, 95]));
    expect(fullLines({ full }, STEP).map(({ label, colour }) => [label, colour])).toEqual([['/var', 1], ['/', 2]]); // prettier-ignore
  });
});
