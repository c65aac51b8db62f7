import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SampleBatch } from '#domain';
import { InfluxStore } from './influx.store.js';
import { decodeName, encodeName } from './influx-escape.js';
import { StoreOpenError } from '../store-errors.js';

interface Answer {
  status: number;
  message?: string;
  /** Of a proxy that answers in InfluxDB's place. */
  html?: string;
  headers?: Record<string, string>;
}

/** A server that speaks as much of InfluxDB's API as a write needs, and fails as it is told. */
let server: Server;
let url: string;
let written: string[][];
let requests: { method: string; path: string; body: unknown }[];
let onWrite: (lines: string[]) => Answer;
let bucket: { id: string; retentionRules: { everySeconds: number }[] } | undefined;
let onAny: () => Answer | undefined;

beforeEach(async () => {
  written = [];
  requests = [];
  onWrite = () => ({ status: 204 });
  onAny = () => undefined;
  bucket = { id: 'bucket-id', retentionRules: [{ everySeconds: 172_800 }] };
  server = createServer((request, response) => {
    void handle(request).then(({ status, message, html, headers, body }) => {
      response.writeHead(status, { 'content-type': html ? 'text/html' : 'application/json', ...headers });
      response.end(html ?? (body === undefined ? message && JSON.stringify({ message }) : JSON.stringify(body)));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function handle(request: IncomingMessage): Promise<Answer & { body?: unknown }> {
  const body = await text(request);
  const path = (request.url ?? '').split('?')[0] ?? '';
  const failure = onAny();
  if (failure) return failure;
  if (path === '/api/v2/write') {
    const lines = body.split('\n');
    written.push(lines);
    return onWrite(lines);
  }
  requests.push({ method: request.method ?? '', path, body: body ? (JSON.parse(body) as unknown) : undefined });
  if (path === '/api/v2/orgs') return { status: 200, body: { orgs: [{ id: 'org-id' }] } };
  if (request.method !== 'GET') return { status: 200, body: {} };
  if (!bucket) return { status: 404, message: 'bucket "b" not found' };
  return { status: 200, body: { buckets: [bucket] } };
}

function open(): Promise<InfluxStore> {
  return InfluxStore.open({ url, token: 'secret', org: 'o', bucket: 'b' });
}

function batchOf(host: string, names: string[]): SampleBatch {
  const cpu = names.map((_, i) => i);
  return { id: 'any-batch', host, time: '2026-11-22T20:41:50.25Z', names, count: names.map(() => 1), cpu };
}

describe('at its start', () => {
  it('makes the bucket with two days of retention where it is missing', async () => {
    bucket = undefined;
    await (await open()).close();
    expect(requests.at(-1)).toEqual({
      method: 'POST',
      path: '/api/v2/buckets',
      body: { orgID: 'org-id', name: 'b', retentionRules: [{ type: 'expire', everySeconds: 172_800 }] },
    });
  });

  it('sets the retention right where it differs, and leaves it alone where it does not', async () => {
    await (await open()).close();
    expect(requests.map(({ method }) => method)).toEqual(['GET']);
    bucket = { id: 'bucket-id', retentionRules: [] };
    await (await open()).close();
    expect(requests.at(-1)).toEqual({
      method: 'PATCH',
      path: '/api/v2/buckets/bucket-id',
      body: { retentionRules: [{ type: 'expire', everySeconds: 172_800 }] },
    });
  });

  it.each([
    [401, 'unauthorized access', /does not accept the token\. Check INFLUX_TOKEN\.$/],
    [403, 'forbidden', /The token may not write and read bucket "b"/],
    [404, 'organization name "o" not found', /has no organization "o" or no bucket "b"/],
  ])('says in a sentence what is wrong with the settings when the answer is %i', async (status, message, sentence) => {
    onAny = () => ({ status, message });
    const opening = open();
    await expect(opening).rejects.toBeInstanceOf(StoreOpenError);
    await expect(opening).rejects.toThrow(sentence);
    await expect(opening).rejects.not.toThrow('secret');
  });

  it('does not fail because InfluxDB is away, and prepares the bucket once it is there', async () => {
    onAny = () => ({ status: 503 });
    bucket = undefined;
    const store = await open();
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    onAny = () => undefined;
    await store.write([batchOf('h', ['a'])]);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toContain('POST /api/v2/buckets');
    await store.close();
  });
});

describe('a write', () => {
  it('goes out as Telegraf names it, in microseconds', async () => {
    const store = await open();
    await store.write([
      {
        ...batchOf('web 1', ['a,b']),
        service: 'x=y',
        cpuMax: [1.5],
        mem: [null],
        memMax: [0],
        rssBytes: [4096],
        started: [1795380000],
      },
    ]);
    expect(written).toEqual([
      [
        'procstat,host=web\\ 1,process_name=a\\,b,service=x\\=y process_count=1i,cpu_usage=0,cpu_usage_max=1.5,memory_usage_max=0,memory_rss=4096i,created_at=1795380000000000000i 1795380110250000',
        'amberwatch_tick,host=web\\ 1 programs=1i 1795380110250000',
      ],
    ]);
    await store.close();
  });

  it.each([500, 503, 429])('that is answered %i is unavailable and may be sent again', async (status) => {
    const store = await open();
    onWrite = () => ({ status, message: 'busy', headers: { 'retry-after': '7' } });
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      details: { retryAfterSeconds: 7 },
    });
    await store.close();
  });

  it('is not tried before the time that InfluxDB has named, whoever asks', async () => {
    const store = await open();
    onWrite = () => ({ status: 429, message: 'slow down', headers: { 'retry-after': '300' } });
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const asked = requests.length;
    const again = store.write([batchOf('h', ['a'])]);
    await expect(again).rejects.toMatchObject({ details: { retryAfterSeconds: expect.any(Number) } });
    await expect(again).rejects.toThrow(/answers 429: slow down$/);
    await expect(store.check()).rejects.toThrow(/answers 429: slow down$/);
    expect(written).toHaveLength(1);
    expect(requests).toHaveLength(asked);
    await store.close();
  });

  it.each(['-1', 'abc', ''])('may be tried again after a Retry-After of %j', async (header) => {
    const store = await open();
    onWrite = () => ({ status: 503, message: 'busy', headers: { 'retry-after': header } });
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({ details: { retryAfterSeconds: 2 } });
    onWrite = () => ({ status: 204 });
    expect(await store.write([batchOf('h', ['a'])])).toEqual({ stored: 1, expired: 0, refused: 0 });
    await store.close();
  });

  it.each([200, 400, 401, 403, 404, 413, 422, 502])(
    'that a proxy answers %i in its place is not stored and may be sent again, and it is said who answers',
    async (status) => {
      const store = await open();
      onWrite = () => ({ status, html: '<html>\n<h1>Sign in</h1></html>' });
      const write = store.write([batchOf('h', ['a', 'b'])]);
      await expect(write).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await expect(write).rejects.toThrow(`answers ${status}: not InfluxDB's own answer, a proxy's maybe: Sign in`);
      await store.close();
    },
  );

  it('finds no bucket behind the page of a proxy, which is no fault of the program', async () => {
    onAny = () => ({ status: 200, html: '<p>Sign in</p>' });
    const store = await open();
    await expect(store.check()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it('of which one line is said to be too large is not given up', async () => {
    const store = await open();
    onWrite = () => ({ status: 413, message: 'request too large' });
    await expect(store.write([batchOf('h', ['a', 'b'])])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await store.close();
  });

  it('that is refused makes the store unwell until one is taken, though InfluxDB answers', async () => {
    const store = await open();
    onWrite = () => ({ status: 500, message: 'no space left on device' });
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(store.check()).rejects.toThrow(/no space left on device/);
    onWrite = () => ({ status: 204 });
    await store.write([batchOf('h', ['a'])]);
    await store.check();
    await store.close();
  });

  it('to an address where nobody listens is unavailable, with the reason', async () => {
    const store = await open();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    const write = store.write([batchOf('h', ['a'])]);
    await expect(write).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    await expect(write).rejects.toThrow(/^InfluxDB at http.* is not reached: .*ECONNREFUSED/);
    await store.close();
  });

  it('loses only the line that InfluxDB does not understand, and counts it for whoever sent it', async () => {
    const store = await open();
    const kept: string[] = [];
    onWrite = (lines) => {
      if (lines.some((line) => line.includes('process_name=bad '))) return { status: 400, message: 'unable to parse' };
      kept.push(...lines);
      return { status: 204 };
    };
    const names = Array.from({ length: 99 }, (_, i) => `p${i}`);
    const results = await Promise.all([
      store.write([batchOf('one', names)]),
      store.write([batchOf('two', [...names.slice(0, 50), 'bad', ...names.slice(50)])]),
      store.write([batchOf('three', names)]),
    ]);
    expect(results).toEqual([
      { stored: 99, expired: 0, refused: 0 },
      { stored: 99, expired: 0, refused: 1, reason: 'unable to parse' },
      { stored: 99, expired: 0, refused: 0 },
    ]);
    // Each tick has a row beside those of its samples.
    expect(new Set(kept).size).toBe(3 * (99 + 1));
    await store.close();
  });

  it('that is answered 422 is final: what was dropped is counted, for whoever sent it', async () => {
    const store = await open();
    onWrite = (lines) =>
      lines.some((line) => line.includes('host=old'))
        ? { status: 422, message: 'partial write: dropped 2 points outside retention policy of duration 48h0m0s' }
        : { status: 204 };
    const results = await Promise.all([
      store.write([batchOf('old', ['a', 'b', 'c'])]),
      store.write([batchOf('new', ['a'])]),
    ]);
    expect(results).toEqual([
      { stored: 1, expired: 2, refused: 0 },
      { stored: 1, expired: 0, refused: 0 },
    ]);
    await store.close();
  });

  it('that is too large is sent in smaller parts', async () => {
    const store = await open();
    onWrite = (lines) => ({ status: lines.length > 3 ? 413 : 204 });
    expect(await store.write([batchOf('h', ['a', 'b', 'c', 'd', 'e', 'f', 'g'])])).toEqual({
      stored: 7,
      expired: 0,
      refused: 0,
    });
    expect(written.filter((lines) => lines.length <= 3).flat()).toHaveLength(7 + 1);
    await store.close();
  });

  it('to a bucket that was deleted fails, and the next one finds it made again', async () => {
    const store = await open();
    bucket = undefined;
    onWrite = () => ({ status: 404, message: 'bucket "b" not found' });
    await expect(store.write([batchOf('h', ['a'])])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    onWrite = () => ({ status: 204 });
    await store.write([batchOf('h', ['a'])]);
    expect(requests.map(({ method, path }) => `${method} ${path}`)).toContain('POST /api/v2/buckets');
    await store.close();
  });

  it('joins what arrives meanwhile into one request', async () => {
    const store = await open();
    await Promise.all(Array.from({ length: 50 }, (_, i) => store.write([batchOf(`h${i}`, ['a'])])));
    expect(written).toHaveLength(1);
    await store.close();
  });
});

it('escapes only names that InfluxDB can not keep', () => {
  const same = ['nginx', 'a,b', 'a=b', 'a b', '\t', '__proto__', 'back\\slash', '100%', '🔥', 'esc'];
  expect(same.map(encodeName)).toEqual(same);
  const escaped = { 'evil\\': 'esc:evil%5C', 'new\nline': 'esc:new%0Aline', '\r': 'esc:%0D', 'a\0': 'esc:a%00' };
  for (const [name, tag] of Object.entries({ ...escaped, 'esc:evil%5C': 'esc:esc%3Aevil%255C' })) {
    expect(encodeName(name)).toBe(tag);
    expect(decodeName(tag)).toBe(name);
  }
});
