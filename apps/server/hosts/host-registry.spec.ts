import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SchedulerRegistry } from '@nestjs/schedule';
import type { SampleBatch } from '#domain';
import { StateStore, type UsageStore } from '#store';
import { HostClocks } from './host-clocks.js';
import { HostRegistry } from './host-registry.js';
import type { ServiceRules } from './service-rules.js';

const START = Date.parse('2026-11-22T20:00:00Z');
const SECOND = 1000;
let folder: string;
let state: StateStore;
let clocks: HostClocks;
let hosts: HostRegistry;

async function start(): Promise<void> {
  state = await StateStore.open({ folder });
  clocks = new HostClocks(state);
  await clocks.onModuleInit();
  const empty = { hosts: async () => [] } as unknown as UsageStore;
  const rules = { serviceOf: () => null } as unknown as ServiceRules;
  hosts = new HostRegistry(state, empty, rules, clocks, new SchedulerRegistry());
  await hosts.onModuleInit();
}

async function stop(): Promise<void> {
  await hosts.onApplicationShutdown();
  await state.close();
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-hosts-'));
  await start();
});
afterEach(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

const tick = (timeMs: number, fields: Partial<SampleBatch> = {}): SampleBatch => ({
  id: 'batch-0001',
  host: 'web-1',
  time: new Date(timeMs).toISOString(),
  names: ['nginx'],
  count: [1],
  cpu: [1],
  ...fields,
});

describe('hosts whose samples are late', () => {
  it('are those whose newest sample was old when it came, not those that report seldom', () => {
    hosts.seen([tick(START)], START);
    expect(hosts.late(START + 100 * SECOND)).toEqual([]);
    hosts.seen([tick(START + 60 * SECOND)], START + 60 * SECOND);
    expect(hosts.late(START + 150 * SECOND)).toEqual([]);
    hosts.seen([tick(START + 120 * SECOND)], START + 420 * SECOND);
    expect(hosts.late(START + 421 * SECOND)).toEqual([{ host: 'web-1', ageMs: 300 * SECOND }]);
  });

  it('are none that catch up after an outage, whose fresh sample came first', () => {
    const intervalMs = 10 * SECOND;
    hosts.seen([tick(START + 600 * SECOND, { intervalMs, backlog: 2 })], START + 600 * SECOND);
    hosts.seen([tick(START, { intervalMs, backlog: 1 })], START + 601 * SECOND);
    expect(hosts.late(START + 602 * SECOND)).toEqual([]);
  });

  it('are those whose clock was set back, while it is not judged, and after a restart too', async () => {
    const intervalMs = 10 * SECOND;
    hosts.seen([tick(START, { intervalMs })], START);
    const setBack = (from: number, to: number) => {
      for (let s = from; s <= to; s += 10) {
        hosts.seen([tick(START + (s - 3600) * SECOND, { intervalMs })], START + s * SECOND);
      }
    };
    setBack(10, 40);
    expect(hosts.late(START + 41 * SECOND)).toEqual([{ host: 'web-1', ageMs: 40 * SECOND }]);
    await stop();
    await start();
    setBack(50, 60);
    expect(hosts.late(START + 61 * SECOND)).toEqual([{ host: 'web-1', ageMs: 60 * SECOND }]);
  });

  it('are those that say that they run and send no batch, not those that were paused until now', () => {
    const intervalMs = 10 * SECOND;
    hosts.seen([tick(START, { intervalMs })], START);
    for (let s = 10; s <= 60; s += 10) hosts.reported('web-1', 'running', START + s * SECOND);
    expect(hosts.late(START + 30 * SECOND)).toEqual([]);
    expect(hosts.late(START + 60 * SECOND)).toEqual([{ host: 'web-1', ageMs: 60 * SECOND }]);
    hosts.reported('web-1', 'paused', START + 70 * SECOND);
    hosts.reported('web-1', 'running', START + 80 * SECOND);
    expect(hosts.late(START + 81 * SECOND)).toEqual([]);
  });
});

describe('what a sender still holds', () => {
  const batchesHeld = () => hosts.get('web-1', START)?.backlog;

  it('is known after a restart in the middle of it, until its next tick says otherwise', async () => {
    hosts.seen([tick(START, { backlog: 40 })], START);
    await stop();
    await start();
    expect(batchesHeld()).toBe(40);
    hosts.seen([tick(START - 400 * SECOND, { backlog: 0 })], START);
    expect(hosts.get('web-1', START)).toMatchObject({ backlog: 40, lastTime: new Date(START).toISOString() });
    hosts.seen([tick(START + 10 * SECOND)], START + 10 * SECOND);
    expect(batchesHeld()).toBeUndefined();
    await stop();
    await start();
    expect(batchesHeld()).toBeUndefined();
  });
});

describe('a host that was silent for long', () => {
  it('is told after a restart only once it had time to be heard', async () => {
    const nowMs = Date.now();
    const DAY = 86_400 * SECOND;
    hosts.seen([tick(nowMs - 8 * DAY, { intervalMs: 300 * SECOND })], nowMs - 8 * DAY);
    expect(hosts.silentFor(7 * DAY, nowMs)).toEqual(['web-1']);
    await stop();
    await start();
    expect(hosts.silentFor(7 * DAY, nowMs + 890 * SECOND)).toEqual([]);
    expect(hosts.silentFor(7 * DAY, nowMs + 990 * SECOND)).toEqual(['web-1']);
    expect(hosts.silentFor(9 * DAY, nowMs + 990 * SECOND)).toEqual([]);
  });
});
