import 'reflect-metadata';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type Color, HEARTBEAT_SILENT_MS, type Incident } from '#domain';
import { HostRegistry } from '../hosts/host-registry.js';
import { serverSettings } from '../server.config.js';
import { ServerModule } from '../server.module.js';
import { Silences } from '../silences/silences.js';
import { Ingest } from '../usage/ingest.js';
import { AlertBoard } from './alert-board.js';
import { Heartbeats } from './heartbeats.js';
import { Incidents } from './incidents.js';

let folder: string;
let app: INestApplicationContext;
let nowMs: number;
const part = <Part>(type: Type<Part>) => app.get<Part>(type, { strict: false });
const board = () => part(AlertBoard);

async function start(): Promise<void> {
  const settings = serverSettings.parse({ AMBERWATCH_DATA: folder });
  app = await NestFactory.createApplicationContext(ServerModule.register(settings), { logger: false });
}

beforeEach(async () => {
  nowMs = Date.now();
  folder = await mkdtemp(join(tmpdir(), 'amberwatch-board-'));
  await start();
});
afterEach(async () => {
  await app.close();
  await rm(folder, { recursive: true });
});

async function send(host: string): Promise<void> {
  const id = `batch-of-${host}`;
  const time = new Date().toISOString();
  await part(Ingest).take(id, [{ id, host, time, names: ['java'], count: [1], cpu: [99], intervalMs: 10_000 }]);
  nowMs = Date.now();
}

function beat(follows = true): void {
  for (const service of ['alarm', 'prediction'] as const) {
    part(Heartbeats).put(service, { instance: 'one', version: '1', follows }, nowMs);
  }
}

function incident(id: string, host: string, color: Color = 'RED'): Incident {
  const since = new Date(nowMs).toISOString();
  const change = { value: 99, limit: 80, reason: 'above-limit' as const };
  const closed = color === 'GREEN' ? since : null;
  const history = [{ time: since, color, ...change }];
  return { id, host, process: 'java', metric: 'cpu', color, ...change, opened: since, since, closed, history };
}

const later = (ms: number) => new Date(nowMs + ms).toISOString();
const colorOf = (host: string, atMs = nowMs) =>
  board()
    .colored(part(HostRegistry).list(atMs), atMs)
    .find((one) => one.host === host)?.color;

describe('the colour of all', () => {
  it('is GREEN only while alarm, prediction and every host are heard', async () => {
    expect(board().state(nowMs)).toEqual({
      color: 'AMBER',
      alerts: [],
      blind: ['no prediction has reported', 'no alarm has reported', 'no host has reported'],
    });
    await send('web-1');
    expect(board().state(nowMs).blind).toEqual(['no prediction has reported', 'no alarm has reported']);
    beat();
    expect(board().state(nowMs)).toEqual({ color: 'GREEN', alerts: [], blind: [] });

    const silentMs = nowMs + HEARTBEAT_SILENT_MS + 1000;
    const since = new Date(nowMs).toISOString();
    expect(board().state(silentMs)).toMatchObject({
      color: 'AMBER',
      blind: [
        `prediction is silent since ${since}`,
        `alarm is silent since ${since}`,
        expect.stringMatching(/^host web-1 is silent$/),
      ],
    });
  });

  it('is AMBER while a service catches up or a host is paused, and RED where something is', async () => {
    await send('web-1');
    beat(false);
    expect(board().state(nowMs)).toMatchObject({
      color: 'AMBER',
      blind: ['prediction is catching up', 'alarm is catching up'],
    });
    beat();
    part(HostRegistry).reported('web-1', 'paused', nowMs);
    expect(board().state(nowMs)).toMatchObject({ color: 'AMBER', blind: ['host web-1 is paused'] });
    await part(Incidents).put([incident('incident-1', 'web-1')]);
    expect(board().state(nowMs)).toMatchObject({ color: 'RED', blind: ['host web-1 is paused'] });
  });
});

describe('the colour of a host', () => {
  it('is the worst of its open alerts, and GREEN where there are none', async () => {
    for (const host of ['calm', 'warned', 'broken']) await send(host);
    beat();
    await part(Incidents).put([
      incident('incident-1', 'warned', 'AMBER'),
      incident('incident-2', 'broken', 'AMBER'),
      incident('incident-3', 'broken', 'RED'),
      incident('incident-4', 'calm', 'GREEN'),
    ]);
    expect(['calm', 'warned', 'broken'].map((host) => colorOf(host))).toEqual(['GREEN', 'AMBER', 'RED']);
  });

  it('is AMBER at least while the host or those who judge it are silent', async () => {
    await send('web-1');
    expect(colorOf('web-1')).toBe('AMBER');
    beat();
    expect(colorOf('web-1')).toBe('GREEN');
    nowMs += HEARTBEAT_SILENT_MS + 1000;
    beat();
    expect(colorOf('web-1')).toBe('AMBER');
  });
});

describe('an open alert', () => {
  it('has the newest values, which its next record replaces and a restart forgets', async () => {
    const record = incident('incident-1', 'web-1');
    await part(Incidents).put([record]);
    const values = { current: 100, currentTime: later(10_000), peak: 100, belowSince: undefined };
    part(Incidents).putValues([
      { id: 'incident-1', ...values },
      { id: 'unknown-1', current: 1 },
    ]);
    expect(board().state(nowMs).alerts).toMatchObject([{ id: 'incident-1', value: 99, current: 100, peak: 100 }]);
    expect(await board().find('incident-1', nowMs)).toMatchObject(values);
    const query = { state: 'open', limit: 10 } as const;
    expect((await board().list(query, nowMs)).alerts).toMatchObject([{ value: 99, ...values }]);

    await part(Incidents).put([{ ...record, value: 98 }]);
    expect(await board().find('incident-1', nowMs)).toMatchObject({ value: 98, ...values });
    await part(Incidents).put([{ ...record, current: 97, currentTime: later(20_000) }]);
    expect(await board().find('incident-1', nowMs)).toMatchObject({ current: 97 });

    part(Incidents).putValues([{ id: 'incident-1', ...values }]);
    await app.close();
    await start();
    expect(await board().find('incident-1', nowMs)).toMatchObject({ current: 97 });
  });

  it('says who acknowledged it and what silences it, until it is worse or that is over', async () => {
    await send('web-1');
    await part(Incidents).put([incident('incident-1', 'web-1', 'AMBER')]);
    const by = { by: 'ann', why: 'known leak' };
    const until = later(60_000);
    const acknowledged = await part(Silences).acknowledge(part(Incidents).findOpen('incident-1'), by, nowMs);
    const silenced = await part(Silences).add({ kind: 'silence', match: { host: 'web-*' }, until, ...by }, nowMs);
    const pick = ({ id, until: end }: typeof silenced) => ({ id, until: end, ...by });
    const [shown] = board().state(nowMs).alerts;
    expect(shown).toMatchObject({ acknowledged: pick(acknowledged), silenced: pick(silenced) });
    expect(await board().find('incident-1', nowMs)).toMatchObject({ silenced: pick(silenced) });
    expect(board().state(nowMs + 60_000).alerts[0]?.silenced).toBeUndefined();

    await part(Incidents).put([incident('incident-1', 'web-1', 'RED')]);
    expect(board().state(nowMs).alerts[0]).toMatchObject({ color: 'RED', silenced: pick(silenced) });
    expect(board().state(nowMs).alerts[0]?.acknowledged).toBeUndefined();
    await part(Incidents).put([incident('incident-1', 'web-1', 'GREEN')]);
    expect(await board().find('incident-1', nowMs)).not.toHaveProperty('silenced');
  });

  it('is found by the beginning of its id, open ones first, and several are named', async () => {
    const ids = ['abcd-0001-x', 'abcd-0002-x', 'wxyz-0001-x'];
    await part(Incidents).put(ids.map((id) => incident(id, 'web-1')));
    await part(Incidents).put([incident('wxyz-0002-x', 'web-1', 'GREEN'), incident('gone-0001-x', 'web-1', 'GREEN')]);
    expect(await board().find('abcd-0002', nowMs)).toMatchObject({ id: 'abcd-0002-x' });
    expect(await board().find('wxyz', nowMs)).toMatchObject({ id: 'wxyz-0001-x' });
    expect(await board().find('wxyz-0002-x', nowMs)).toMatchObject({ id: 'wxyz-0002-x' });
    expect(await board().find('gone', nowMs)).toMatchObject({ id: 'gone-0001-x', color: 'GREEN' });
    await expect(board().find('abcd', nowMs)).rejects.toMatchObject({
      code: 'INVALID',
      message: 'id: "abcd" may be abcd-0001-x, abcd-0002-x; give more of its characters.',
    });
    await expect(board().find('wxy', nowMs)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(() => part(Incidents).findOpen('gone')).toThrow('No open alert has the id "gone".');
  });
});

it('a preview names the open alerts and the hosts that a silence would match, and keeps nothing', async () => {
  for (const host of ['web-1', 'web-2', 'db-1']) await send(host);
  await part(Incidents).put([incident('incident-1', 'web-1'), incident('incident-2', 'db-1')]);
  expect(board().preview({ host: 'web-*' }, nowMs)).toEqual({
    alertCount: 1,
    alerts: [{ id: 'incident-1', host: 'web-1', process: 'java', metric: 'cpu', device: undefined, color: 'RED' }],
    hostCount: 2,
    hosts: ['web-1', 'web-2'],
  });
  expect(part(Silences).list('all', nowMs).silences).toEqual([]);
});
