import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { InfluxStore } from '../../libs/store/influx/influx.store.js';
import { startInflux, type TestInflux } from '../support/influxd.js';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';

const found = await startInflux();
const logged: string[] = [];
Logger.overrideLogger({
  log: (line: string) => logged.push(line),
  warn: (line: string) => logged.push(line),
  error: (line: string) => logged.push(line),
});

interface Kept {
  id: string;
  token: string;
}

if (!found) {
  it.skip('the token of the server for its bucket', () => undefined);
} else {
  tokenOf(found);
}

function tokenOf({ url, token: setUp, org, stop }: TestInflux): void {
  let buckets = 0;
  let bucket: string;
  let tokenFile: string;
  const stores: InfluxStore[] = [];

  beforeEach(() => {
    bucket = `token-${process.pid}-${buckets++}`;
    tokenFile = join(temporaryFolder(), 'influx-token.json');
    logged.length = 0;
  });
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.close();
  });
  afterAll(stop);

  async function open(token = setUp, retentionSeconds = 172_800): Promise<InfluxStore> {
    const store = await InfluxStore.open({ url, token, org, bucket, tokenFile, retentionSeconds });
    stores.push(store);
    return store;
  }

  const kept = (): Kept => JSON.parse(readFileSync(tokenFile, 'utf8')) as Kept;

  async function ask(token: string, method: string, path: string, body?: string | object) {
    const response = await fetch(url + path, {
      method,
      headers: {
        authorization: `Token ${token}`,
        'content-type': typeof body === 'string' ? 'application/vnd.flux' : 'application/json',
      },
      body: typeof body === 'object' ? JSON.stringify(body) : body,
    });
    const text = await response.text();
    return { status: response.status, text };
  }

  const revoke = ({ id }: Kept) => ask(setUp, 'DELETE', `/api/v2/authorizations/${id}`);
  const write = (store: InfluxStore) =>
    store.write([
      {
        id: 'any',
        host: 'web-1',
        time: new Date().toISOString(),
        intervalMs: 10_000,
        names: ['nginx'],
        count: [1],
        cpu: [1],
      },
    ]);

  describe('the token of the server for its bucket', () => {
    it('is made at the first start, kept where nobody else reads it, and can do its bucket and nothing else', async () => {
      await write(await open());
      expect(statSync(tokenFile).mode & 0o777).toBe(0o600);
      const { token } = kept();
      const query = `/api/v2/query?org=${org}`;
      expect((await ask(token, 'POST', query, `from(bucket: "${bucket}") |> range(start: -1h)`)).text).toContain(
        'nginx',
      );
      const other = await ask(token, 'POST', query, 'from(bucket: "unused") |> range(start: -1h)');
      expect(other.text).toContain('could not find bucket');
      expect((await ask(token, 'POST', `/api/v2/write?org=${org}&bucket=unused`, 'm v=1')).status).toBe(403);
      for (const list of ['users', 'authorizations', 'orgs']) {
        expect(JSON.parse((await ask(token, 'GET', `/api/v2/${list}`)).text)).toMatchObject({ [list]: [] });
      }
      expect((await ask(token, 'POST', '/api/v2/authorizations', {})).status).toBeGreaterThanOrEqual(400);
      expect(logged).toEqual([`InfluxDB is used by a token for bucket "${bucket}" alone, kept in ${tokenFile}`]);
    });

    it('is all that later starts need, also to set the retention', async () => {
      await open();
      const { token } = kept();
      await write(await open(''));
      await write(await open('revoked-meanwhile', 86_400));
      expect(kept().token).toBe(token);
      const { text } = await ask(setUp, 'GET', `/api/v2/buckets?name=${bucket}`);
      expect(text).toContain('"everySeconds": 86400');
    });

    it('is made anew where InfluxDB no longer takes it, while the store is open too', async () => {
      await open();
      const first = kept();
      await revoke(first);
      const store = await open();
      const second = kept();
      expect(second.token).not.toBe(first.token);
      await write(store);
      await revoke(second);
      await expect(write(store)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await write(store);
      expect(kept().token).not.toBe(second.token);
    });

    it('is asked for where it is gone and nothing can make another', async () => {
      await open();
      await revoke(kept());
      await expect(open('')).rejects.toThrow(
        `no longer takes the token for bucket "${bucket}" that is kept in ${tokenFile}. Set INFLUX_TOKEN to one that may make another`,
      );
    });

    it('is not made by a token that may not, which is used itself, and that is said', async () => {
      await open();
      const own = kept().token;
      tokenFile = join(temporaryFolder(), 'influx-token.json');
      logged.length = 0;
      await write(await open(own));
      expect(existsSync(tokenFile)).toBe(false);
      expect(logged).toEqual([`INFLUX_TOKEN may make no token for bucket "${bucket}" alone, and is used itself`]);
    });

    it('lets the server start without INFLUX_TOKEN from the second time on', async () => {
      const apps: RunningApp[] = [];
      const data = temporaryFolder();
      try {
        for (const env of [{ INFLUX_TOKEN: setUp }, { INFLUX_TOKEN: '' }]) {
          const server = await startServer(data, { INFLUX_URL: url, INFLUX_ORG: org, INFLUX_BUCKET: bucket, ...env });
          apps.push(server);
          expect((await fetch(`${server.url}/health/ready`)).status).toBe(200);
          expect(await server.stop()).toBe(0);
        }
      } finally {
        await stopAll(apps);
      }
    }, 150_000);
  });
}
