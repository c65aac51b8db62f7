import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Color, fleetQuery, fleetView, type Incident, type SampleBatch } from '#domain';
import { Heartbeats } from '../alerts/heartbeats.js';
import { Incidents } from '../alerts/incidents.js';
import { serverSettings } from '../server.config.js';
import { ServerModule } from '../server.module.js';
import { Ingest } from '../usage/ingest.js';
import { FleetBoard } from './fleet-board.js';

let folder: string;
let app: INestApplicationContext;
const part = <Part>(type: Type<Part>) => app.get<Part>(type, { strict: false });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-fleet-'));
  const settings = serverSettings.parse({ AMBERWATCH_DATA: folder });
  app = await NestFactory.createApplicationContext(ServerModule.register(settings), { logger: false });
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

const view = (query: object = {}, nowMs = Date.now()) =>
  fleetView.parse(part(FleetBoard).view(fleetQuery.parse(query), nowMs));

async function send(host: string, more: Partial<SampleBatch> = {}): Promise<void> {
  const id = `batch-of-${host}`;
  const time = new Date().toISOString();
  const batch = { id, host, time, names: ['java'], count: [1], cpu: [9], intervalMs: 10_000, ...more };
  await part(Ingest).take(id, [batch]);
}

function beat(): void {
  for (const service of ['alarm', 'prediction'] as const) {
    part(Heartbeats).put(service, { instance: 'one', version: '1', follows: true }, Date.now());
  }
}

function incident(id: string, host: string, color: Color, more: Partial<Incident> = {}): Incident {
  const since = new Date().toISOString();
  const change = { value: 99, limit: 80, reason: 'above-limit' as const };
  const history = [{ time: since, color, ...change }];
  const rest = { opened: since, since, closed: null, history };
  return { id, host, process: 'java', metric: 'cpu', color, ...change, ...rest, ...more };
}

const usage = { cpu: 40, mem: 60, memTotalBytes: 1 };

describe('the fleet at a glance', () => {
  it('calls no host ok while alarm or prediction is not heard of, and says so', async () => {
    await send('a');
    expect(view()).toMatchObject({ color: 'AMBER', counts: { hosts: 1, blind: 1 }, hosts: [{ sight: 'blind' }] });
    beat();
    expect(view()).toMatchObject({ color: 'GREEN', blind: [], counts: { blind: 0 }, hosts: [{ sight: 'ok' }] });
  });

  it('calls a silent host blind, and the others ok', async () => {
    await send('here', { intervalMs: 600_000 });
    await send('gone');
    const nowMs = Date.now() + 60_000;
    part(Heartbeats).put('alarm', { instance: 'one', version: '1', follows: true }, nowMs);
    part(Heartbeats).put('prediction', { instance: 'one', version: '1', follows: true }, nowMs);
    const { hosts, color } = view({}, nowMs);
    expect(color).toBe('AMBER');
    expect(hosts.map(({ host, sight, status }) => [host, sight, status])).toEqual([
      ['gone', 'blind', 'no data'],
      ['here', 'ok', 'ok'],
    ]);
  });

  it('shows the worst of the open alerts, its usage, and its fullest disk', async () => {
    const disks = [
      { path: '/', usedPercent: 20 },
      { path: '/var', usedPercent: 71 },
    ];
    await send('a', { service: 'shop', hostUsage: { ...usage, disks } });
    await send('b', { service: 'shop', hostUsage: { ...usage, cpu: 60 } });
    await part(Incidents).put([
      incident('incident-1', 'a', 'AMBER'),
      incident('incident-2', 'a', 'RED', { process: null, metric: 'disk', device: '/var' }),
    ]);
    const { hosts, services, counts } = view();
    expect(hosts[0]).toMatchObject({
      host: 'a',
      sight: 'red',
      red: 1,
      amber: 1,
      worst: 'host disk /var',
      cpu: 40,
      disk: { path: '/var', usedPercent: 71 },
      programs: 1,
    });
    expect(hosts[1]).toMatchObject({ host: 'b', disk: null });
    expect(hosts[1]).not.toHaveProperty('worst');
    expect(services).toMatchObject([{ service: 'shop', hosts: 2, red: 1, blind: 1, cpu: 50, mem: 60, disk: 71 }]);
    expect(counts).toEqual({ hosts: 2, red: 1, amber: 0, blind: 1 });
  });

  it('counts what it cuts and what it leaves out', async () => {
    for (const host of ['a1', 'a2', 'b1']) await send(host);
    expect(view({ match: 'A', limit: '1' })).toMatchObject({
      counts: { hosts: 3 },
      matched: 2,
      hosts: [{ host: 'a1' }],
      services: [{ service: null, hosts: 2 }],
    });
  });
});
