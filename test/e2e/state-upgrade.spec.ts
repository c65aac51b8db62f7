import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';

/** Written by a server that kept hosts in a table of their own, with three hosts and an order to one of them. */
const recorded = join(import.meta.dirname, '../fixtures/state-with-hosts-table.duckdb.gz');

let server: (RunningApp & { url: string }) | undefined;
let data: string;

beforeEach(() => {
  data = temporaryFolder();
  writeFileSync(join(data, 'state.duckdb'), gunzipSync(readFileSync(recorded)));
});
afterEach(() => stopAll(server ? [server] : []));

async function restart(): Promise<AmberwatchClient> {
  await server?.stop();
  server = await startServer(data, { AMBERWATCH_FORGET: '400d' });
  return new AmberwatchClient({ baseUrl: server.url });
}

const seen = (second: string) => `2026-11-24T15:37:${second}Z`;
const hosts = [
  {
    host: 'web-1.example',
    service: 'shop',
    status: 'no data',
    firstSeen: seen('05.716'),
    lastSeen: seen('05.716'),
    lastTime: seen('05.000'),
    intervalMs: 5000,
    clockOffsetMs: null,
    programs: 0,
    usage: null,
  },
  { host: 'web-2.example', service: null, firstSeen: seen('05.821'), intervalMs: null },
  { host: 'web-3.example', service: null, firstSeen: seen('06.220'), lastTime: seen('06.112') },
];

describe('the state of a server before this one', () => {
  it('is all there, and is so after the next start too', async () => {
    for (let start = 0; start < 2; start++) {
      const client = await restart();
      expect((await client.hosts()).hosts).toMatchObject(hosts);
      const get = async (path: string) => (await fetch(`${server?.url}/api/v1/${path}`)).json();
      expect(await get('hosts/web-1.example/control')).toMatchObject({
        order: { intervalMs: 2000, revision: 1 },
        pending: true,
      });
      expect(await get('control/changes')).toMatchObject({ changes: [{ target: 'web-1.example', revision: 1 }] });
      expect(await get('instances')).toMatchObject({
        instances: [
          { id: 'i-0abc', host: 'web-3.example', values: { MemmoryUtilization: { Total_Mem: '983M' } } },
          { id: 'web-1.example' },
          { id: 'web-2.example' },
        ],
      });
      const metrics = await (await fetch(`${server?.url}/metrics`)).text();
      expect(metrics).toContain('amberwatch_state_unreadable 0');
    }
  });

  it('goes on with the host that sends again', async () => {
    const client = await restart();
    const time = new Date().toISOString();
    const batch = { id: 'after-upgrade', host: 'web-1.example', time, names: ['java'], count: [1], cpu: [1] };
    expect(await client.putSamples(batch)).toMatchObject({ accepted: 1, control: { intervalMs: 2000 } });
    expect((await client.hosts()).hosts[0]).toMatchObject({
      host: 'web-1.example',
      status: 'ok',
      firstSeen: seen('05.716'),
      lastTime: time,
    });
  });
});
