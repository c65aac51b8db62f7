import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AmberwatchClient } from '#client';
import {
  type HistoryPage,
  type HostMetricsPage,
  type HostPage,
  type SampleBatch,
  shareOfLimit,
  shareOfQuota,
  type UnitHistoryPage,
} from '#domain';
import { SampleIntake } from './sample-intake.js';
import { SeriesPredictors } from './series-predictors.js';
import { fieldOf, metrics, toTick } from './tick.js';
import { TimeOrder } from './time-order.js';

const BEAT_MS = 10_000;
const START = Date.UTC(2026, 10, 22);
const never = new AbortController().signal;

function batch(host: string, n: number, backlog: number): SampleBatch {
  const names = ['java', 'nginx'];
  return {
    id: `${host}-${n}`,
    host,
    time: new Date(START + n * BEAT_MS).toISOString(),
    intervalMs: BEAT_MS,
    names,
    count: [1, 1],
    cpuMax: names.map((_, i) => 30 + ((n * (7 + i)) % 40)),
    memMax: names.map((_, i) => Math.min(79, 20 + n / 16 + i)),
    units: [
      {
        unit: 'java.service',
        kind: 'service',
        processes: 1,
        cpu: (n * 3) % 40,
        cpuLimit: 100,
        memBytes: 200 + ((n * 11) % 500),
        memLimitBytes: 1000,
        oomKills: 0,
      },
    ],
    hostUsage: {
      cpu: (n * 5) % 40,
      mem: 20 + n / 20,
      swap: n % 30,
      memTotalBytes: 1e9,
      disks: [{ path: '/', usedPercent: 20 + n / 50, inodesPercent: 10 + (n % 9) }],
    },
    backlog,
  };
}

/** The part of the server that prediction reads, with every sample in the history as it came. */
class Server implements Pick<AmberwatchClient, 'hosts' | 'history' | 'unitHistory' | 'hostMetrics'> {
  readonly accepted: SampleBatch[] = [];
  /** Hosts of which nothing can be read but their programs and units. */
  readonly broken = new Set<string>();

  hosts(): Promise<HostPage> {
    const names = [...new Set(this.accepted.map(({ host }) => host))];
    const hosts = names.map((host) => {
      const newest = this.of(host).at(-1) as SampleBatch;
      const { time, names: programs, backlog } = newest;
      return {
        host,
        service: null,
        status: 'ok' as const,
        firstSeen: time,
        lastSeen: time,
        lastTime: time,
        intervalMs: BEAT_MS,
        clockOffsetMs: null,
        programs: programs.length,
        usage: newest.hostUsage ?? null,
        backlog,
      };
    });
    return Promise.resolve({ hosts });
  }

  /** A series a page. */
  history(query: Record<string, unknown> = {}): Promise<HistoryPage> {
    const metric = query['metric'] as 'cpuMax' | 'memMax';
    const hosts = [...new Set(this.accepted.map(({ host }) => host))].filter(
      (host) => host === (query['host'] ?? host),
    );
    const keys = hosts.flatMap((host) => ['java', 'nginx'].map((process) => ({ host, process })));
    const at = Number(query['cursor'] ?? 0);
    const series = keys.slice(at, at + 1).map(({ host, process }) => ({
      host,
      process,
      points: this.of(host)
        .filter(({ time }) => time >= (query['from'] as string))
        .map((b): [string, number] => [b.time, b[metric]?.[b.names.indexOf(process)] as number]),
    }));
    return Promise.resolve({
      metric,
      stepMs: BEAT_MS,
      series,
      ...(at + 1 < keys.length ? { next: String(at + 1) } : {}),
    });
  }

  unitHistory(query: Record<string, unknown> = {}): Promise<UnitHistoryPage> {
    const metric = query['metric'] as 'cpuShare' | 'memShare';
    const hosts = [...new Set(this.accepted.map(({ host }) => host))];
    const series = hosts
      .filter((host) => host === (query['host'] ?? host))
      .map((host) => ({
        host,
        unit: 'java.service',
        points: this.pointsOf(host, query, ({ units: [unit] = [] }) => {
          if (!unit) return NaN;
          return (metric === 'cpuShare' ? shareOfQuota(unit) : shareOfLimit(unit)) ?? NaN;
        }),
      }));
    return Promise.resolve({ metric, stepMs: BEAT_MS, series });
  }

  hostMetrics(host: string, query: Record<string, unknown>): Promise<HostMetricsPage> {
    if (this.broken.has(host)) return Promise.reject(new Error(`no metrics of ${host}`));
    const { measurement, field } = query as Record<string, string>;
    const value = ({ hostUsage }: SampleBatch): number => {
      const [disk] = hostUsage?.disks ?? [];
      const fields: Record<string, number | null | undefined> = {
        'cpu usage_idle': 100 - (hostUsage?.cpu ?? NaN),
        'cpu usage_iowait': 0,
        'mem used_percent': hostUsage?.mem,
        'mem swap_total': 100,
        'mem swap_free': 100 - (hostUsage?.swap ?? NaN),
        'disk used_percent': disk?.usedPercent,
        'disk inodes_used_percent': disk?.inodesPercent,
      };
      return fields[`${measurement} ${field}`] ?? NaN;
    };
    const points = this.pointsOf(host, query, value);
    const paths = measurement === 'disk' ? ['/', '/snap/core'] : [undefined];
    const series = paths.map((path) => ({
      tags: measurement === 'cpu' ? { cpu: 'cpu-total' } : { ...(path !== undefined && { path }) },
      points,
    }));
    return Promise.resolve({ stepMs: BEAT_MS, series });
  }

  private pointsOf(
    host: string,
    query: Record<string, unknown>,
    value: (of: SampleBatch) => number,
  ): [string, number][] {
    return this.of(host)
      .filter(({ time }) => time >= (query['from'] as string))
      .map((one) => [one.time, value(one)]);
  }

  private of(host: string): SampleBatch[] {
    return this.accepted.filter((b) => b.host === host).toSorted((a, b) => (a.time < b.time ? -1 : 1));
  }
}

/** Batches in order of acceptance: `web-1` loses the server for a while and brings its newest first, `web-2` does not. */
function acceptance(beats: number, away: { from: number; length: number }, perBeat: number) {
  const accepted: { batch: SampleBatch; beat: number }[] = [];
  const kept: number[] = [];
  for (let n = 0; n < beats || kept.length > 0; n++) {
    accepted.push({ batch: batch('web-2', n, 0), beat: n });
    if (n >= away.from && n < away.from + away.length) {
      kept.push(n);
      continue;
    }
    accepted.push({ batch: batch('web-1', n, kept.length), beat: n });
    for (const old of kept.splice(0, perBeat)) accepted.push({ batch: batch('web-1', old, 0), beat: n });
  }
  const last = (accepted.at(-1)?.beat ?? 0) + 1;
  for (const host of ['web-1', 'web-2']) accepted.push({ batch: batch(host, last, 0), beat: last });
  return accepted;
}

function part(server: Server) {
  const series = new SeriesPredictors({ onOutcome: () => undefined, maxSeries: 100 });
  const order = new TimeOrder({
    onTick: (tick) => series.take(tick),
    onClockSet: () => expect('no clock').toBe('set'),
  });
  const warnings: string[] = [];
  return { series, warnings, intake: new SampleIntake(server, series, order, (text) => warnings.push(text)) };
}

const nowAt = (beat: number) => ({ ms: START + beat * BEAT_MS, steadyMs: beat * BEAT_MS });

function knowledge(series: SeriesPredictors) {
  const states = [...series.snapshots()].map(
    ({ key, lastMs, bytes }) => `${JSON.stringify(key)} ${lastMs} ${Buffer.from(bytes).toString('base64')}`,
  );
  return { states: states.sort(), forecasts: series.takeChanges(true)?.forecasts.length };
}

describe('the intake of samples', () => {
  it('knows the same whenever it joins again, with its memory, from a snapshot or with nothing', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({ from: fc.integer({ min: 1, max: 200 }), length: fc.integer({ min: 1, max: 240 }) }),
        fc.integer({ min: 2, max: 60 }),
        fc.array(
          fc.record({ at: fc.nat(900), late: fc.nat(4), how: fc.constantFrom('memory', 'snapshot', 'nothing') }),
          { maxLength: 3 },
        ),
        async (away, perBeat, joins) => {
          const accepted = acceptance(300, away, perBeat);
          const server = new Server();
          let one = part(server);
          await one.intake.catchUp(0, nowAt(0), never);
          let knownMs = 0;
          for (let i = 0; i < accepted.length; i++) {
            const { batch: next, beat } = accepted[i] as (typeof accepted)[number];
            const page = [next];
            const join = joins.find(({ at }) => at === i);
            if (join) {
              const before = one;
              if (join.how !== 'memory') one = part(server);
              if (join.how === 'snapshot') for (const record of before.series.snapshots()) one.series.restore(record);
              // What is accepted between the cursor and the reading of the history comes by both.
              page.push(...accepted.slice(i + 1, i + join.late).map(({ batch: b }) => b));
              server.accepted.push(...page);
              await one.intake.catchUp(join.how === 'nothing' ? 0 : knownMs, nowAt(beat), never);
              i += page.length - 1;
            } else server.accepted.push(next);
            await one.intake.take(page, nowAt(beat), never);
            knownMs = nowAt(beat).ms;
          }
          const { series } = part(new Server());
          const inOrder = accepted.map(({ batch: b }) => toTick(b)).toSorted((a, b) => a.timeMs - b.timeMs);
          for (const tick of inOrder) series.take(tick);
          expect(knowledge(one.series)).toEqual(knowledge(series));
        },
      ),
      { numRuns: 10, endOnFailure: true },
    );
  });

  it('waits a minute at most for a host whose backlog does not come', async () => {
    const server = new Server();
    const { series, intake } = part(server);
    server.accepted.push(batch('web-1', 100, 50));
    await intake.catchUp(0, nowAt(100), never);
    expect(series.size).toBe(0);
    await intake.take([], nowAt(105), never);
    expect(series.size).toBe(0);
    await intake.take([], nowAt(106), never);
    expect(series.sizes).toEqual({ process: metrics.length * 2, unit: metrics.length, host: 5 });
    expect(metrics.map(fieldOf)).toEqual(['cpuMax', 'memMax']);
  });

  it('goes on with the other hosts where one can not be read, and says so once', async () => {
    const server = new Server();
    const { series, intake, warnings } = part(server);
    server.accepted.push(batch('web-1', 1, 0), batch('web-2', 1, 0));
    server.broken.add('web-1');
    await intake.catchUp(0, nowAt(1), never);
    expect(series.sizes).toEqual({ process: 8, unit: 4, host: 5 });
    expect(warnings).toEqual([expect.stringMatching(/^What 1 of 2 hosts said .*: no metrics of web-1$/)]);
    await intake.take([batch('web-1', 2, 0)], nowAt(2), never);
    expect(series.sizes.host).toBe(10);
  });

  it('asks for two days of disks where nothing is known of them, and only for what is missing otherwise', async () => {
    const server = new Server();
    const asked: string[] = [];
    const { intake } = part(
      Object.assign(Object.create(server) as Server, {
        hostMetrics: (host: string, query: Record<string, unknown>) => {
          const hours = (nowAt(9).ms - Date.parse(query['from'] as string)) / 3_600_000;
          asked.push(`${String(query['field'])} ${hours.toFixed(2)} h by ${String(query['step'])}`);
          return server.hostMetrics(host, query);
        },
      }),
    );
    server.accepted.push(batch('web-1', 1, 0));
    await intake.catchUp(0, nowAt(9), never);
    expect(asked.toSorted()).toEqual([
      'inodes_used_percent 48.00 h by 600000ms',
      'swap_free 6.00 h by 10000ms',
      'swap_total 6.00 h by 10000ms',
      'usage_idle 6.00 h by 10000ms',
      'usage_iowait 6.00 h by 10000ms',
      'used_percent 48.00 h by 600000ms',
      'used_percent 6.00 h by 10000ms',
    ]);
    asked.length = 0;
    await intake.catchUp(nowAt(1).ms, nowAt(9), never);
    expect(asked).toEqual([]);
    server.accepted.push(batch('web-1', 9, 0));
    await intake.catchUp(nowAt(1).ms, nowAt(9), never);
    expect(asked).toContain('inodes_used_percent 0.04 h by 60000ms');
  });
});
