import { execFileSync } from 'node:child_process';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { matchesGlob, type Incident } from '#domain';
import { compose, hostile, incidentOf, messageOf, notificationOf, NOW } from '../../../test/support/messages.js';
import { CHART_MS, type Chart, sparkline, trendOf } from './chart.js';
import { chartPng } from './chart-png.js';
import { silenceCommand } from './commands.js';
import { Composer } from './composer.js';
import { messageLines } from './plain-text.js';

const breach = {
  at: '2026-11-22T20:53:50Z',
  from: '2026-11-22T20:50:50Z',
  to: '2026-11-22T20:58:50Z',
  probability: 0.64,
  reason: 'rising 0.7 %/min since 20:12',
};

function chartOf(values: number[], limit: number | null = 80): Chart {
  const step = CHART_MS / values.length;
  const points = values.map((value, i): [number, number] => [NOW - CHART_MS + (i + 0.5) * step, value]);
  return { points, fromMs: NOW - CHART_MS, toMs: NOW, limit };
}

describe('the words of an alert', () => {
  const headline = async (incident: Incident) => (await messageOf([incident])).alerts[0]?.headline;

  it.each<[string, Partial<Incident>]>([
    ['CPU of java on web-1 is 97.2 %, over its limit of 80 %, for 4 min', { current: 97.2 }],
    ['CPU of web-1 is 93.1 %, over its limit of 80 %, for 4 min', { process: null }],
    [
      'Disk /var of web-1 is 93.1 %, over its limit of 90 %, for 4 min',
      { process: null, metric: 'disk', device: '/var', limit: 90 },
    ],
    [
      'CPU of java on web-1 is 60.0 %, back below its limit of 80 % for 30 s (it was 93.1 %)',
      { current: 60, belowSince: '2026-11-22T20:41:20Z' },
    ],
    [
      'Memory of java on web-1 is 71.4 % and will pass 80 % in 12 min (9–17), 64 % likely',
      { metric: 'mem', color: 'AMBER', reason: 'breach-predicted', value: 71.4, breach },
    ],
    [
      'web-1 has sent nothing for 4 min',
      { process: null, metric: 'data', color: 'AMBER', reason: 'no-data', value: null },
    ],
    [
      'CPU of java on web-1 is 93.1 %, over its limit of 80 %, for 4 min; it flaps, and is quiet until it has been calm for 10 min',
      { flapping: true },
    ],
    [
      'CPU of java on web-1 is back at 12.0 %, after 3 min',
      { color: 'GREEN', value: 12, closed: '2026-11-22T20:40:50Z', reason: 'below-clear-level' },
    ],
    [
      'CPU of java on web-1 is over: java has ended; this was open for 3 min',
      { color: 'GREEN', closed: '2026-11-22T20:40:50Z', reason: 'ended' },
    ],
    [
      'web-1 sends again, after 3 min without data',
      {
        process: null,
        metric: 'data',
        color: 'GREEN',
        closed: '2026-11-22T20:40:50Z',
        reason: 'data-again',
        value: null,
      },
    ],
  ])('are "%s"', async (expected, more) => {
    expect(await headline(incidentOf(more))).toBe(expected);
  });

  it('say what was predicted and how it turned out', async () => {
    const incident = incidentOf({}, [
      {
        time: '2026-11-22T20:25:50Z',
        color: 'AMBER',
        reason: 'breach-predicted',
        breach,
        outcome: 'hit',
        leadMs: 720_000,
      },
      {},
    ]);
    const [alert] = (await messageOf([incident])).alerts;
    expect(alert?.facts).toContainEqual({
      label: 'Predicted',
      text: 'at 20:25:50 for 20:53:50 (20:50:50–20:58:50), 64 % likely; it came 12 min after the warning, as predicted',
    });
  });

  it('have whole lines of visible characters only, whatever the names hold', async () => {
    const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(name, name, async (host, process) => {
        const culprits = [{ process, count: 2, share: 41 }];
        const growth = { bytesPerMinute: 1, since: new Date(NOW).toISOString() };
        const unit = { host, process: null, unit: process, victim: process, grower: host, growth };
        const message = await messageOf([
          incidentOf({ host, process }),
          incidentOf({ host, process: null, culprits }),
          incidentOf(unit),
          incidentOf({ ...unit, reason: 'oom-killed' }),
        ]);
        for (const line of messageLines(message)) expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cn}]/u);
      }),
    );
  });

  it('end with commands that match the names and do nothing else in a shell', () => {
    const name = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
        fc.constantFrom(hostile, '--host', "a'b", '*?\\'),
      )
      .filter((text) => text.isWellFormed() && !text.includes('\0'));
    fc.assert(
      fc.property(name, name, (host, process) => {
        const command = silenceCommand(incidentOf({ host, process }));
        const shown = execFileSync('sh', ['-c', command.replace('amberwatch', `printf '%s\\0'`)], { encoding: 'utf8' });
        const words = shown.split('\0');
        expect(matchesGlob(words[words.indexOf('--host') + 1] ?? '', host)).toBe(true);
        expect(matchesGlob(words[words.lastIndexOf('--process') + 1] ?? '', process)).toBe(true);
        expect(words.slice(0, 2)).toEqual(['silence', 'add']);
        expect(words).toHaveLength(13);
      }),
      { numRuns: 50 },
    );
  });
});

describe('the chart of an alert', () => {
  it('is a line of bars, with a gap where nothing is known', () => {
    const chart = chartOf([0, 10, 20, 40, 60, 80, 100, 100]);
    expect(sparkline(chart, 8)).toBe('▁▁▂▄▅▇██');
    expect(sparkline({ ...chart, points: chart.points.filter((_, i) => i !== 3) }, 8)).toBe('▁▁▂ ▅▇██');
  });

  it('tells rising from falling and from steady', () => {
    const hour = (last: (i: number) => number) => chartOf(Array.from({ length: 120 }, (_, i) => last(i)));
    expect(trendOf(hour((i) => i * 0.8))).toMatchObject({ direction: 'rising' });
    expect(trendOf(hour((i) => 95 - i * 0.8))).toMatchObject({ direction: 'falling' });
    expect(trendOf(hour((i) => 90 + (i % 2) * 0.5))).toMatchObject({ direction: 'steady' });
    expect(trendOf(chartOf([1, 2]))).toBeUndefined();
  });

  it('is a PNG of 400 by 80 whose pixels show the line', () => {
    const png = chartPng(chartOf(Array.from({ length: 120 }, (_, i) => i * 0.8)));
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([400, 80]);
    expect(png.length).toBeLessThan(4_000);
    const idat = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(idat + 4, idat + 4 + png.readUInt32BE(idat - 4)));
    const colourAt = (x: number, y: number) => rows[y * 401 + 1 + x];
    const LINE = 3;
    const topOf = (x: number) => Array.from({ length: 80 }, (_, y) => y).find((y) => colourAt(x, y) === LINE) ?? 80;
    expect(topOf(10)).toBeGreaterThan(topOf(200));
    expect(topOf(200)).toBeGreaterThan(topOf(390));
  });
});

describe('a message', () => {
  it('has the chart and the trend of the history, and what the culprits gained', async () => {
    const answers = (values: number[]) => ({
      series: [
        {
          host: 'web-1',
          process: 'java',
          points: chartOf(values).points.map(([ms, value]): [string, number] => [new Date(ms).toISOString(), value]),
        },
      ],
      stepMs: 30_000,
      metric: 'cpuMax' as const,
    });
    const rising = Array.from({ length: 120 }, (_, i) => i * 0.8);
    const composer = new Composer({
      client: {
        history: () => Promise.resolve(answers(rising)),
        // Of what is not idle it waits for a disk a third of the time, which is no use.
        hostMetrics: (_host, { field }) => {
          const values = rising.map((value) => (field === 'usage_idle' ? 70 - value * 0.7 : 30 - value * 0.3));
          const points = answers(values).series[0]?.points ?? [];
          return Promise.resolve({ stepMs: 30_000, series: [{ tags: { cpu: 'cpu-total' }, points }] });
        },
        unitHistory: () => Promise.reject(new Error('it is on a host')),
      },
      serviceOf: () => 'shop',
    });
    const host = incidentOf({ process: null, culprits: [{ process: 'java', count: 1, share: 40 }] });
    const message = await composer.compose(notificationOf([host]));
    expect(message.alerts[0]?.headline).toMatch(
      /^CPU of web-1 is 95\.2 %, over its limit of 80 %, for 4 min and rising$/,
    );
    expect(message.alerts[0]?.facts).toContainEqual({ label: 'Most CPU', text: 'java 40.0 % (+40.0 in an hour)' });
    expect(message.alerts[0]?.facts).toContainEqual({ label: 'Service', text: 'shop' });
  });

  it('on a unit has the chart of its own share, who grew and whom the kernel killed or would kill', async () => {
    const asked: unknown[] = [];
    const never = () => Promise.reject(new Error('it is on a unit'));
    const points = chartOf(Array.from({ length: 120 }, (_, i) => i * 0.8)).points;
    const composer = new Composer({
      client: {
        history: never,
        hostMetrics: never,
        unitHistory: (query) => {
          asked.push(query);
          const shown = points.map(([ms, value]): [string, number] => [new Date(ms).toISOString(), value]);
          const series = [{ host: 'web-1', unit: 'checkout.service', points: shown }];
          return Promise.resolve({ metric: 'memShare', stepMs: 30_000, series });
        },
      },
      serviceOf: () => null,
    });
    const growth = { bytesPerMinute: 3.1 * 1024 ** 2, since: new Date(NOW - 1_800_000).toISOString() };
    const leak = { process: null, unit: 'checkout.service', metric: 'mem' as const, grower: 'java', growth };
    const unit = incidentOf({ ...leak, limitBytes: 512 * 1024 ** 2, victim: 'postgres' });
    const [alert] = (await composer.compose(notificationOf([unit]))).alerts;
    expect(asked).toEqual([expect.objectContaining({ unit: 'checkout.service', metric: 'memShare' })]);
    expect(alert?.chart?.points).toHaveLength(120);
    expect(alert?.subject).toBe('Memory of checkout.service on web-1');
    expect(alert?.headline).toContain('% of its 512 MiB, over its limit of 80 %');
    expect(alert?.facts).toContainEqual({
      label: 'Grew',
      text: `java grew 3.1 MiB/min since ${growth.since.slice(11, 16)}`,
    });
    expect(alert?.facts).toContainEqual({ label: 'Kernel would kill', text: 'postgres' });
    expect(alert?.commands?.silence).toContain('--host web-1 --unit checkout.service --metric mem');
    const killed = await composer.compose(notificationOf([{ ...unit, reason: 'oom-killed' }]));
    expect(killed.alerts[0]?.headline).toMatch(/^The kernel killed postgres in checkout\.service on web-1 for want of/);
    expect(killed.alerts[0]?.facts).toContainEqual({ label: 'Killed', text: 'postgres' });
  });

  it('goes without its chart where the server does not answer', async () => {
    const hangs = (_: unknown, __: unknown, { signal }: { signal?: AbortSignal } = {}) =>
      new Promise<never>((_resolve, reject) => signal?.addEventListener('abort', () => reject(new Error('timeout'))));
    const composer = new Composer({
      client: { history: (query, options) => hangs(query, query, options), hostMetrics: hangs, unitHistory: hangs },
      serviceOf: () => null,
      limitMs: 20,
    });
    const message = await composer.compose(notificationOf([incidentOf()]));
    expect(message.alerts[0]).toMatchObject({ chart: undefined, headline: expect.stringContaining('93.1 %') });
  });

  it('counts where it is about several, and leads to the dashboard', async () => {
    const message = await messageOf([incidentOf(), incidentOf({ id: 'another-id', host: 'web-2' })]);
    expect(message).toMatchObject({
      title: '2 RED on 2 hosts',
      subject: '2 alerts on 2 hosts',
      link: 'https://amberwatch.example.com',
    });
    expect(await compose(message.notification)).toBe(await compose(message.notification));
  });
});
