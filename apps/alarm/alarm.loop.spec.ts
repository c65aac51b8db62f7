import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CodedError, type HostState, type HostTags, type Incident, type SampleBatch, type ServiceState } from '#domain';
import { AlarmEngine, defaultRules } from '#alarm';
import { type AmberwatchClient, feedPage, UnreachableError } from '#client';

import { compose } from '../../test/support/messages.js';
import { Log } from '#runtime';
import { hostAt } from '../../test/support/timeline.js';
import { waitUntil } from '../../test/support/processes.js';
import { AlarmLoop } from './alarm.loop.js';
import { JudgedMark } from './judged-mark.js';
import { Dispatcher } from './notifiers/dispatcher.js';
import { Outbox } from './notifiers/outbox.js';

/** A server that is one object: it records alerts, feeds what it is given, and can be away. */
class FakeServer {
  readonly recorded = new Map<string, Incident>();
  readonly batches: SampleBatch[] = [];
  hosts: HostState[] = [];
  services: Pick<ServiceState, 'service' | 'lastSeen'>[] = [];
  history: { metric: string; process: string; points: [string, number][] }[] = [];
  hostMetrics: Record<string, { tags: HostTags; points: [string, number][] }[]> = {};
  boot = 1;
  away = false;
  asked = 0;
  refuse: (incident: Incident) => boolean = () => false;

  client(): AmberwatchClient {
    const fake = {
      feed: async (cursor?: string) => {
        this.check();
        if (cursor === undefined)
          return { cursor: `${this.boot}:${this.batches.length}`, batches: [], forecastVersion: 0 };
        const [boot, from] = cursor.split(':').map(Number);
        if (boot !== this.boot) throw new CodedError('CURSOR_GONE', 'unknown cursor');
        await new Promise((resolve) => setTimeout(resolve, 5));
        this.check();
        const batches: unknown[] = this.batches.slice(from);
        return feedPage.parse({ cursor: `${boot}:${this.batches.length}`, batches, forecastVersion: 0 });
      },
      alerts: async ({ state }: { state: string }) => ({
        alerts: [...this.recorded.values()].filter(({ closed }) => (closed === null) === (state === 'open')),
      }),
      hosts: async () => ({ hosts: this.hosts }),
      history: async ({ metric, from, to }: Record<string, string>) => ({
        series: this.history
          .filter((one) => one.metric === metric)
          .map(({ process, points }) => ({
            host: 'web-1',
            process,
            points: points.filter(([time]) => time >= (from ?? '') && time < (to ?? '')),
          })),
      }),
      hostMetrics: async (_: string, { measurement, field, from, to }: Record<string, string>) => ({
        series: (this.hostMetrics[`${measurement} ${field}`] ?? []).map(({ tags, points }) => ({
          tags,
          points: points.filter(([time]) => time >= (from ?? '') && time < (to ?? '')),
        })),
      }),
      forecasts: async () => ({ version: 0, forecasts: [] }),
      heartbeat: async () => undefined,
      heartbeats: async () => ({ services: this.services }),
      notifyTests: async () => ({ tests: [] }),
      putAlerts: async ({ incidents }: { incidents: Incident[] }) => {
        this.check();
        if (incidents.some(this.refuse)) throw new CodedError('INVALID', 'no');
        for (const incident of incidents) this.recorded.set(incident.id, incident);
      },
    };
    return fake as unknown as AmberwatchClient;
  }

  push(cpu: number, process = 'nginx'): void {
    this.batches.push({
      id: `batch-of-${this.batches.length}`,
      host: 'web-1',
      time: new Date().toISOString(),
      intervalMs: 10_000,
      names: [process],
      count: [1],
      cpu: [cpu],
      cpuMax: [cpu],
    });
  }

  private check(): void {
    this.asked += 1;
    if (this.away) throw new UnreachableError('The server is away');
  }
}

describe('the loop', () => {
  const running: AlarmLoop[] = [];
  const start = (server: FakeServer, lines: string[], mark?: JudgedMark) => {
    let ids = 0;
    const log = new Log('alarm', 'error');
    const prefix = `run-${running.length}-incident`;
    const loop = new AlarmLoop({
      client: server.client(),
      log,
      ...(mark && { mark }),
      version: '0',
      coloured: false,
      engine: new AlarmEngine({ rules: defaultRules, newId: () => `${prefix}-${++ids}` }),
      dispatcher: new Dispatcher({
        notifiers: [],
        outbox: new Outbox(''),
        compose,
        services: new Map(),
        log,
        waitMs: 0,
        repeatMs: 1,
        now: Date.now,
      }),
      print: (line) => void lines.push(line.slice(21)),
    });
    running.push(loop);
    loop.onApplicationBootstrap();
    return loop;
  };
  afterEach(async () => {
    await Promise.all(running.splice(0).map((loop) => loop.onApplicationShutdown()));
  });

  it('says a change and then records it, and keeps the record while the server is away', async () => {
    const server = new FakeServer();
    const lines: string[] = [];
    const loop = start(server, lines);
    await waitUntil('the first question', () => server.asked > 1);
    server.push(93);
    await waitUntil('RED in the record', () => server.recorded.size === 1);
    expect(lines).toEqual(['RED   web-1 nginx cpu 93.0 % > 80 %\n']);
    server.away = true;
    const asked = server.asked;
    await waitUntil('a question without an answer', () => server.asked > asked);
    server.push(95, 'java');
    server.away = false;
    await waitUntil('the second record', () => server.recorded.size === 2);
    expect(lines).toHaveLength(2);
    expect(loop.recorder.waiting).toBe(0);
  });

  it('neither repeats nor forgets after a restart, and follows a server that started over', async () => {
    const server = new FakeServer();
    const lines: string[] = [];
    const first = start(server, lines);
    await waitUntil('the first question', () => server.asked > 1);
    server.push(93);
    await waitUntil('RED in the record', () => server.recorded.size === 1);
    await first.onApplicationShutdown();
    start(server, lines);
    const asked = server.asked;
    await waitUntil('the second run', () => server.asked > asked + 2);
    server.push(94);
    server.boot = 2;
    const before = server.asked;
    await waitUntil('a new cursor', () => server.asked > before + 3);
    server.push(95, 'java');
    await waitUntil('the second alert', () => lines.length === 2);
    expect(lines[1]).toMatch(/^RED {3}web-1 java/);
  });

  it('steps over samples that it can not read, and judges those of the others', async () => {
    const server = new FakeServer();
    const lines: string[] = [];
    const loop = start(server, lines);
    await waitUntil('the first question', () => server.asked > 1);
    server.batches.push({ id: 'x', host: 'web-9', time: 'noon' } as SampleBatch);
    server.push(93);
    await waitUntil('RED in the record', () => server.recorded.size === 1);
    const counted = loop.readings().find(({ name }) => name === 'amberwatch_alarm_batches_unreadable_total');
    expect(counted?.read()).toBe(1);
  });

  it('never lets one record that is refused take others along', async () => {
    const server = new FakeServer();
    server.refuse = ({ process }) => process === 'bad';
    const lines: string[] = [];
    const loop = start(server, lines);
    await waitUntil('the first question', () => server.asked > 1);
    for (const name of ['a', 'b', 'bad', 'c', 'd']) server.push(99, name);
    await waitUntil('four records', () => server.recorded.size === 4);
    await waitUntil('nothing left', () => loop.recorder.waiting === 0);
    expect(loop.recorder.refused).toBe(1);
  });

  describe('after a gap', () => {
    let nowMs = 0;
    beforeEach(() => {
      nowMs = Math.floor(Date.now() / 10_000) * 10_000;
    });
    const iso = (minutesAgo: number, seconds = 0) =>
      new Date(nowMs - minutesAgo * 60_000 + seconds * 1000).toISOString();
    /** A value for each 10 s of the seven minutes up to now. */
    const points = (value: (i: number) => number) =>
      Array.from({ length: 42 }, (_, i): [string, number] => [iso(7, i * 10), value(i)]);
    const cameAndWent = (i: number) => (i >= 6 && i < 12 ? 95 : 10);
    const stillHolds = (i: number) => (i >= 18 ? 90 : 10);
    const returning = () => {
      const server = new FakeServer();
      server.services = [{ service: 'alarm', lastSeen: iso(7) }];
      server.hosts = [hostAt(0, { firstSeen: iso(60), lastSeen: iso(0), lastTime: iso(0) })];
      return server;
    };
    /** Once the history is read, samples arrive, and nothing waits to be recorded. */
    const settled = async (loop: AlarmLoop, server: FakeServer) => {
      const readings = loop.readings();
      const reading = (name: string) => Number(readings.find((one) => one.name === name)?.read());
      const { asked } = server;
      await waitUntil(
        'that all is judged',
        () => server.asked > asked + 3 && reading('amberwatch_alarm_catching_up') === 0,
      );
      await waitUntil('that all is recorded', () => loop.recorder.waiting === 0);
      return loop;
    };
    const recordsOf = (server: FakeServer): Record<string, Incident> =>
      Object.fromEntries(
        [...server.recorded.values()].map((one) => [one.device ?? `${one.process ?? '(host)'} ${one.metric}`, one]),
      );

    it('tells what still holds with its true start, and records what is over', async () => {
      const server = returning();
      server.history = [
        { metric: 'cpuMax', process: 'nginx', points: points(cameAndWent) },
        { metric: 'memMax', process: 'java', points: points(stillHolds) },
      ];
      const lines: string[] = [];
      start(server, lines);
      await waitUntil('both records', () => server.recorded.size === 2);
      expect(lines).toEqual(['RED   web-1 java mem 90.0 % > 80 %\n']);
      const records = recordsOf(server);
      expect(records['java mem']).toMatchObject({ color: 'RED', opened: iso(4), since: iso(4), closed: null });
      expect(records['nginx cpu']).toMatchObject({ color: 'GREEN', opened: iso(6), closed: iso(5, 20) });
      expect(records['nginx cpu']?.history.map(({ color }) => color)).toEqual(['RED', 'GREEN']);
    });

    it("does so for the hosts' own cpu, memory and disks as well", async () => {
      const server = returning();
      const total = { cpu: 'cpu-total' };
      server.hostMetrics = {
        'cpu usage_idle': [
          { tags: total, points: points((i) => 90 - cameAndWent(i) * 0.9) },
          { tags: { cpu: 'cpu0' }, points: points(() => 0) },
        ],
        'cpu usage_iowait': [{ tags: total, points: points(() => 5) }],
        'mem used_percent': [{ tags: {}, points: points(stillHolds) }],
        'disk used_percent': [
          { tags: { path: '/' }, points: points(() => 50) },
          { tags: { path: '/var' }, points: points((i) => cameAndWent(i)) },
        ],
      };
      const lines: string[] = [];
      start(server, lines);
      await waitUntil('three records', () => server.recorded.size === 3);
      expect(lines).toEqual(['RED   web-1 (host) mem 90.0 % > 80 %\n']);
      const records = recordsOf(server);
      expect(records['(host) mem']).toMatchObject({ color: 'RED', opened: iso(4), closed: null });
      // 100 − 4.5 idle − 5 waiting for a disk.
      const [cpu] = records['(host) cpu']?.history ?? [];
      expect(cpu).toMatchObject({ value: 90.5, time: iso(6) });
      expect(records['(host) cpu']).toMatchObject({ color: 'GREEN', opened: iso(6), closed: iso(5, 20) });
      expect(records['/var']).toMatchObject({ color: 'GREEN', opened: iso(6), closed: iso(5, 20) });
    });

    it('finds what was judged before the last heartbeat and not recorded, and records nothing twice', async () => {
      const server = returning();
      server.services = [{ service: 'alarm', lastSeen: iso(0, -5) }];
      server.history = [
        { metric: 'cpuMax', process: 'nginx', points: points((i) => (i === 40 ? 95 : 10)) },
        { metric: 'memMax', process: 'java', points: points((i) => (i >= 40 ? 90 : 10)) },
      ];
      const lines: string[] = [];
      await (await settled(start(server, lines), server)).onApplicationShutdown();
      const first = recordsOf(server);
      expect(first['nginx cpu']).toMatchObject({ color: 'RED', opened: iso(0, -20) });
      expect(first['java mem']).toMatchObject({ color: 'RED', opened: iso(0, -20) });
      await settled(start(server, lines), server);
      expect(recordsOf(server)).toEqual(first);
      expect(lines).toHaveLength(2);
      expect(server.recorded.size).toBe(2);
    });

    it('goes on from where an earlier run had judged, though it beat while it was still reading', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'alarm-mark-'));
      const file = join(folder, 'alarm', 'judged.json');
      const markOf = (url: string) => new JudgedMark(file, url, new Log('alarm', 'error'));
      try {
        markOf('http://one').write(Date.parse(iso(7)));
        const server = returning();
        server.services = [{ service: 'alarm', lastSeen: iso(0) }];
        server.history = [{ metric: 'cpuMax', process: 'nginx', points: points(cameAndWent) }];
        const other = start(server, [], markOf('http://two'));
        await settled(other, server);
        expect(server.recorded.size).toBe(0);
        await other.onApplicationShutdown();
        markOf('http://one').write(Date.parse(iso(7)));
        const loop = await settled(start(server, [], markOf('http://one')), server);
        expect(recordsOf(server)['nginx cpu']).toMatchObject({ color: 'GREEN', opened: iso(6), closed: iso(5, 20) });
        await loop.onApplicationShutdown();
        const { judged } = JSON.parse(readFileSync(file, 'utf8')) as { judged: string };
        expect(Date.parse(judged)).toBeGreaterThanOrEqual(nowMs);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it('does so where the server started over, for a host that came in the gap as well', async () => {
      const server = new FakeServer();
      const lines: string[] = [];
      start(server, lines);
      await waitUntil('the first questions', () => server.asked > 2);
      server.boot = 2;
      server.hosts = [hostAt(0, { firstSeen: iso(1), lastSeen: iso(0), lastTime: iso(0) })];
      // The alarm judged until now, and reads a minute more.
      const minute = (value: (i: number) => number) => points((i) => value(i - 37)).slice(37);
      server.history = [
        { metric: 'cpuMax', process: 'nginx', points: minute((i) => (i === 0 ? 95 : 10)) },
        { metric: 'memMax', process: 'java', points: minute((i) => (i >= 3 ? 90 : 10)) },
      ];
      await waitUntil('both records', () => server.recorded.size === 2);
      expect(lines).toEqual(['RED   web-1 java mem 90.0 % > 80 %\n']);
      const records = recordsOf(server);
      expect(records['java mem']).toMatchObject({ color: 'RED', opened: iso(0, -20), closed: null });
      expect(records['nginx cpu']).toMatchObject({ color: 'GREEN', opened: iso(0, -50), closed: iso(0, -20) });
    });
  });
});
