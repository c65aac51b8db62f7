import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { sampleBatch, shareOfLimit } from '#domain';
import { testShell, type TestShell } from '../../../test/support/command-line.js';
import { BatchQueue, type Sender } from './batch-queue.js';
import { HostModel, type Scenario } from './host-model.js';
import { SimulatedHost } from './play-fleet.js';

const model = (scenario: Scenario, host: number, seed = 1) =>
  new HostModel({ seed, host, processes: 20, scenario, rateMs: 10_000 });
const hosts = (scenario: Scenario) => Array.from({ length: 100 }, (_, host) => model(scenario, host));
const ticks = Array.from({ length: 150 }, (_, tick) => tick);

describe('the simulated host', () => {
  it('uses the same at the same tick of the same seed, and something else with another one', () => {
    expect(model('mixed', 3).tick(17)).toEqual(model('mixed', 3).tick(17));
    expect(model('mixed', 3).tick(17)).not.toEqual(model('mixed', 3).tick(18));
    expect(model('mixed', 3).tick(17)).not.toEqual(model('mixed', 3, 2).tick(17));
    expect(model('mixed', 3).tick(17)).not.toEqual(model('mixed', 4).tick(17));
  });

  it("tells the host's own metrics, whose counters never fall and whose shares add up", () => {
    const told = ticks.map((tick) => model('mixed', 3).tick(tick));
    const fieldsOf = (measurement: string) =>
      told.map(({ hostMetrics }) => hostMetrics.find((point) => point.measurement === measurement)?.fields ?? {});
    for (const fields of fieldsOf('cpu')) {
      expect(Object.values(fields).reduce((sum, share) => sum + share, 0)).toBeCloseTo(100, 6);
    }
    expect(fieldsOf('mem').map(({ used_percent }) => used_percent)).toEqual(told.map(({ hostUsage }) => hostUsage.mem));
    for (const [measurement, counter] of [
      ['net', 'bytes_recv'],
      ['diskio', 'write_bytes'],
    ] as const) {
      const values = fieldsOf(measurement).map((fields) => fields[counter] ?? 0);
      expect(values).toEqual(values.toSorted((a, b) => a - b));
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it('sends batches that the server accepts', () => {
    const refused: unknown[] = [];
    for (const scenario of ['mixed', 'leak', 'spike', 'flap', 'silent'] as const) {
      for (let host = 0; host < 30; host++) {
        const plan = { seed: 5, processes: 300, scenario, rateMs: 10_000 };
        const body = new SimulatedHost(plan, host, 'run').batch(host, Date.UTC(2026, 10, 22));
        if (body) refused.push(...(sampleBatch.safeParse(JSON.parse(body.toString())).error?.issues ?? []));
      }
    }
    expect(refused).toEqual([]);
  });

  it('starts each program anew now and then, with a leak that was killed and a program that does so all the time', () => {
    const day = Array.from({ length: 8_640 }, (_, tick) => tick);
    const startsIn = (one: HostModel, program: number) => new Set(day.map((tick) => one.starts(tick)[program]));
    for (let program = 0; program < 20; program++) {
      const starts = [...startsIn(model('leak', 1), program)];
      expect(starts.length).toBeLessThanOrEqual(program === 2 ? 73 : 10);
      expect(starts[0]).toBeLessThanOrEqual(0);
    }
    expect(new Set(Array.from({ length: 20 }, (_, i) => startsIn(model('leak', 1), i).size)).size).toBeGreaterThan(2);
    const [leaking] = hosts('leak').filter((one) => one.tick(0).memMax[2] !== one.tick(1).memMax[2]) as [HostModel];
    const kills = ticks.filter((tick) => leaking.tick(tick).units.some(({ oomKills }) => oomKills > 0));
    expect(kills.map((tick) => leaking.starts(tick)[2])).toEqual(kills);
    const restarting = hosts('mixed').filter((one) => new Set(ticks.map((tick) => one.starts(tick)[2])).size > 5);
    expect(restarting.length).toBeGreaterThan(0);
  });

  it('tells when a program was started, the same at every tick until it is started anew', () => {
    const plan = { seed: 5, processes: 12, scenario: 'mixed', rateMs: 10_000 } as const;
    const host = new SimulatedHost(plan, 3, 'run');
    const zero = Date.UTC(2026, 10, 22) + 1234;
    const started = ticks.map((tick) => {
      const body = host.batch(tick, zero + tick * plan.rateMs);
      return sampleBatch.parse(JSON.parse(body?.toString() ?? '')).started?.[0] as number;
    });
    const unchanged = started.filter((one, i) => one === started[i - 1]);
    expect(unchanged.length).toBeGreaterThanOrEqual(ticks.length - 2);
    expect(Math.max(...started)).toBeLessThanOrEqual(zero / 1000 + 1490);
  });

  it('has its programs in services, containers and pods, and a leak ends with a kill in a unit at its limit', () => {
    const leaking = hosts('leak').filter((one) =>
      ticks.some((tick) => one.tick(tick).units.some((unit) => unit.victim)),
    );
    expect(leaking.length).toBeGreaterThan(5);
    const [one] = leaking as [HostModel];
    const kinds = new Set(one.tick(0).units.map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['service', 'container', 'pod']));
    const killedAt = ticks.find((tick) => one.tick(tick).units.some(({ oomKills }) => oomKills > 0)) ?? 0;
    const [killed] = one.tick(killedAt).units.filter(({ oomKills }) => oomKills > 0);
    expect(killed).toMatchObject({ unit: 'shop.service', victim: 'java', oomKills: 1 });
    const before = killedAt > 0 ? killedAt - 1 : killedAt + 119;
    const full = one.tick(before).units.find(({ unit }) => unit === 'shop.service');
    expect(full && shareOfLimit(full)).toBeGreaterThan(95);
    const { units, rssBytes } = one.tick(7);
    const place = units.findIndex(({ unit }) => unit === 'shop.service');
    const sum = rssBytes.reduce((all, bytes, i) => all + (one.unit[i] === place ? bytes : 0), 0);
    expect(units[place]?.memBytes).toBe(sum);
  });

  it.each<[Scenario, string, (one: HostModel) => boolean]>([
    [
      'leak',
      'a program grows past 80 % of the memory',
      (one) => ticks.some((tick) => Math.max(...one.tick(tick).memMax) > 80),
    ],
    [
      'spike',
      'a program jumps past 80 % of a core',
      (one) => ticks.some((tick) => Math.max(...one.tick(tick).cpuMax) > 85),
    ],
    [
      'flap',
      'a program swings around 80 % of a core',
      (one) =>
        ticks.some((tick) => one.tick(tick).cpuMax.some((cpu) => cpu > 80)) &&
        ticks.some((tick) => one.tick(tick).cpuMax.every((cpu) => cpu < 80)),
    ],
    [
      'silent',
      'nothing is sent for some time',
      (one) => ticks.some((tick) => one.isSilent(tick)) && ticks.some((tick) => !one.isSilent(tick)),
    ],
  ])('has in scenario %s some hosts on which %s, and most on which it does not', (scenario, _, happens) => {
    const affected = hosts(scenario).filter(happens).length;
    expect(affected).toBeGreaterThan(5);
    expect(affected).toBeLessThan(50);
  });
});

const answering = (...statuses: number[]): Sender & { sent: number } => ({
  sent: 0,
  send() {
    const status = statuses[Math.min(this.sent++, statuses.length - 1)] as number;
    return Promise.resolve({ status, retryAfterMs: 0, message: 'said' });
  },
  close: () => undefined,
});

describe('the queue of the simulator', () => {
  const batch = { body: Buffer.from('{}'), samples: 3 };

  it('counts what was accepted and tried again', async () => {
    const queue = new BatchQueue([answering(503, 202)], 10);
    queue.push(batch);
    expect(await queue.close(5000)).toEqual({
      acceptedBatches: 1,
      acceptedSamples: 3,
      retried: 1,
      lostBatches: 0,
      lostSamples: 0,
    });
  });

  it('gives up what no try can help', async () => {
    const sender = answering(400);
    const queue = new BatchQueue([sender], 10);
    queue.push(batch);
    expect(await queue.close(5000)).toMatchObject({ acceptedBatches: 0, retried: 0, lostBatches: 1, lostSamples: 3 });
    expect([sender.sent, queue.lastProblem]).toEqual([1, 'HTTP 400 said']);
  });

  it('drops the oldest where the server takes less than is sent, and counts it', async () => {
    const never: Sender = {
      send: (_, __, signal) =>
        new Promise((resolve) =>
          signal?.addEventListener('abort', () => resolve({ status: 0, retryAfterMs: 0, message: 'stopped' })),
        ),
      close: () => undefined,
    };
    const queue = new BatchQueue([never], 2);
    for (let i = 0; i < 5; i++) queue.push(batch);
    expect(await queue.close(1)).toMatchObject({ acceptedBatches: 0, lostBatches: 5, lostSamples: 15 });
  });
});

describe('amberwatch simulate', () => {
  let shell: TestShell;
  beforeEach(() => {
    shell = testShell();
  });
  afterEach(() => shell.close());
  const words = ['simulate', '--hosts', '4', '--processes', '5', '--rate', '100ms', '--duration', '300ms', '--json'];

  it('puts a batch of each host at each tick and says what was accepted', async () => {
    const batches: { host: string; id: string }[] = [];
    const url = await shell.serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        batches.push(sampleBatch.parse(JSON.parse(Buffer.concat(chunks).toString())));
        response.writeHead(204).end();
      });
    });
    const { status, out } = await shell.amberwatch([...words, '--url', url]);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      hosts: 4,
      seed: 1,
      accepted: { batches: 12, samples: 60 },
      retried: 0,
      lost: { batches: 0 },
    });
    expect(new Set(batches.map(({ host }) => host)).size).toBe(4);
    expect(new Set(batches.map(({ id }) => id)).size).toBe(12);
  });

  it('ends with 3 where the server refuses everything', async () => {
    const url = await shell.serve((_, response) => void response.writeHead(401).end('{}'));
    const { status, out, err } = await shell.amberwatch([...words, '--url', url]);
    expect(status).toBe(3);
    expect(JSON.parse(out)).toMatchObject({ accepted: { batches: 0 }, lost: { batches: 12, samples: 60 } });
    expect(err).toContain('The last failure: HTTP 401');
  });
});
