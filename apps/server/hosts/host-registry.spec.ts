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
let hosts: HostRegistry;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-hosts-'));
  state = await StateStore.open({ folder });
  const clocks = new HostClocks(state);
  await clocks.onModuleInit();
  const empty = { hosts: async () => [] } as unknown as UsageStore;
  const rules = { serviceOf: () => null } as unknown as ServiceRules;
  hosts = new HostRegistry(state, empty, rules, clocks, new SchedulerRegistry());
  await hosts.onModuleInit();
});
afterEach(async () => {
  await hosts.onApplicationShutdown();
  await state.close();
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
});
