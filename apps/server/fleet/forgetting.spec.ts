import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Incident } from '#domain';
import { UsageStore } from '#store';
import { AlertBoard } from '../alerts/alert-board.js';
import { Incidents } from '../alerts/incidents.js';
import { ControlOrders } from '../control/control-orders.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { Instances } from '../hosts/instances.js';
import { serverSettings } from '../server.config.js';
import { ServerModule } from '../server.module.js';
import { Ingest } from '../usage/ingest.js';
import { Forgetting } from './forgetting.js';

const DAY_MS = 86_400_000;
let folder: string;
let app: INestApplicationContext;
const part = <Part>(type: Type<Part> | (abstract new () => Part)) => app.get<Part>(type, { strict: false });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-forgetting-'));
  const settings = serverSettings.parse({ AMBERWATCH_DATA: folder, AMBERWATCH_FORGET: '7d' });
  app = await NestFactory.createApplicationContext(ServerModule.register(settings), { logger: false });
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function send(host: string): Promise<void> {
  const id = `batch-of-${host}`;
  await part(Ingest).take(id, [
    { id, host, time: new Date().toISOString(), names: ['java'], count: [1], cpu: [99], intervalMs: 10_000 },
  ]);
}

function red(host: string): Incident {
  const since = new Date().toISOString();
  return {
    id: `incident-of-${host}`,
    host,
    process: 'java',
    metric: 'cpu',
    color: 'RED',
    value: 99,
    limit: 80,
    opened: since,
    since,
    closed: null,
    reason: 'above-limit',
    history: [],
  };
}

describe('a host that is silent', () => {
  it('is forgotten after AMBERWATCH_FORGET and no earlier, with its orders and alerts, while its history stays', async () => {
    await send('gone');
    await send('alive');
    await part(Incidents).put([red('gone'), red('alive')]);
    await part(ControlOrders).give('host', 'gone', { intervalMs: 2000 }, 'operator', Date.now());
    const knownHosts = () =>
      part(HostRegistry)
        .list(Date.now())
        .map(({ host }) => host);

    await part(Forgetting).forgetSilent(Date.now() + 7 * DAY_MS - 60_000);
    expect(knownHosts()).toEqual(['alive', 'gone']);

    const laterMs = Date.now() + 7 * DAY_MS + 1000;
    part(HostRegistry).reported('alive', 'running', laterMs - 10_000);
    await part(Forgetting).forgetSilent(laterMs);
    expect(knownHosts()).toEqual(['alive']);
    expect(part(Instances).list(laterMs)).toMatchObject([{ host: 'alive' }]);
    expect(part(ControlOrders).stateOf('host', 'gone').order).toBeNull();
    expect(part(AlertBoard).state(laterMs).alerts).toMatchObject([{ host: 'alive' }]);
    const { incidents } = await part(Incidents).list({ state: 'all', host: 'gone', limit: 10 });
    expect(incidents).toMatchObject([{ color: 'GREEN', reason: 'forgotten', closed: new Date(laterMs).toISOString() }]);
    expect(await part(UsageStore).usageByName({ from: 0, host: 'gone', aggregate: 'mean' })).toHaveProperty('java');
  });
});
