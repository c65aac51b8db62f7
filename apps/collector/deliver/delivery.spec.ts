import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { SampleSender } from '#client/sample-sender';
import { Log } from '#runtime/log';
import { CollectorClock } from './collector-clock.js';
import { Delivery } from './delivery.js';
import { DiskSpool } from './spool/disk.spool.js';

interface Received {
  id: string;
  time: string;
  backlog: number | undefined;
  started: (number | null)[];
  at: number;
  gzipped: boolean;
  token: string | undefined;
}

type Answer = (batch: Received, response: ServerResponse) => void;

const log = new Log('test', 'error');
const ok: Answer = (_, response) => {
  response.sendDate = false;
  response.end();
};
let folder: string;
let server: Server;
let sockets: Set<Socket>;
let connections: number;
let received: Received[];
let answer: Answer;
/** What `GET /health/live` answers; by itself a server that does not say what time it is. */
let answerTime: (response: ServerResponse) => void;
let clock: CollectorClock;
/** How far the host's clock is ahead, in milliseconds. */
let aheadMs: number;
let spool: DiskSpool;
let delivery: Delivery;
let said: string[];

function refuse(status: number, code: string, headers: Record<string, string> = {}, details?: unknown): Answer {
  return (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify({ statusCode: status, code, message: `it is ${code}`, details }));
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const whole = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(whole) : whole;
}

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === 'GET') return answerTime(response);
  const { id, time, backlog, started } = JSON.parse((await bodyOf(request)).toString()) as Received;
  const gzipped = request.headers['content-encoding'] === 'gzip';
  const batch = { id, time, backlog, started, at: performance.now(), gzipped, token: request.headers.authorization };
  received.push(batch);
  answer(batch, response);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'delivery-'));
  received = [];
  said = [];
  connections = 0;
  sockets = new Set();
  answer = ok;
  aheadMs = 0;
  answerTime = (response) => {
    response.sendDate = false;
    response.end();
  };
  server = createServer((request, response) => void take(request, response).catch(() => response.destroy()));
  server.on('connection', (socket) => {
    connections++;
    sockets.add(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  begin();
});

afterEach(async () => {
  await delivery.stop(0);
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

function begin(timeoutMs = 5_000): void {
  clock = new CollectorClock(
    (text) => said.push(text),
    () => Date.now() + aheadMs,
  );
  spool = new DiskSpool({
    folder,
    maxBytes: 1e8,
    maxAgeMs: 1e9,
    maxMemoryBytes: 1e6,
    say: () => undefined,
    clock,
  });
  spool.open();
  const serverUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const sender = new SampleSender({ serverUrl, token: 'secret', timeoutMs });
  delivery = new Delivery(spool, sender, clock, log);
  delivery.start();
}

async function append(id: string, gzipped = false): Promise<void> {
  const stamp = clock.stamp();
  const time = new Date(stamp.timeMs).toISOString();
  // A program that started just then, and one of which that is not known.
  const started = [Math.floor(stamp.timeMs / 1000), null];
  const bytes = Buffer.from(JSON.stringify({ id, time, names: [], started }));
  await spool.append({ bytes: gzipped ? gzipSync(bytes) : bytes, gzipped }, 10, stamp);
  delivery.notify();
}

async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + 15_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`${what} did not happen; received ${JSON.stringify(received)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const acknowledged = (batches: number) => () => spool.ledger.acknowledged.batches === batches;

describe('Delivery', () => {
  test('puts each batch once, in order, on one connection, with the token', async () => {
    for (let at = 0; at < 5; at++) {
      await append(`batch-${at}`, at % 2 === 1);
      await until('acknowledgement', acknowledged(at + 1));
    }
    expect(received.map(({ id }) => id)).toEqual(['batch-0', 'batch-1', 'batch-2', 'batch-3', 'batch-4']);
    expect(received.map(({ gzipped }) => gzipped)).toEqual([false, true, false, true, false]);
    expect(new Set(received.map(({ token }) => token))).toEqual(new Set(['Bearer secret']));
    expect(connections).toBe(1);
  });

  test('waits as long as Retry-After says and then sends the same batch', async () => {
    let times = 0;
    answer = (batch, response) =>
      (++times === 1 ? refuse(503, 'STORE_UNAVAILABLE', { 'retry-after': '1' }) : ok)(batch, response);
    await append('batch-one');
    await until('acknowledgement', acknowledged(1));
    expect(received.map(({ id }) => id)).toEqual(['batch-one', 'batch-one']);
    expect((received[1]?.at ?? 0) - (received[0]?.at ?? 0)).toBeGreaterThanOrEqual(990);
  });

  test('a server that takes a batch and never answers is asked again', async () => {
    await delivery.stop(0);
    begin(150);
    let times = 0;
    answer = (batch, response) => {
      if (++times > 1) ok(batch, response);
    };
    await append('batch-one');
    await until('acknowledgement', acknowledged(1));
    expect(received.map(({ id }) => id)).toEqual(['batch-one', 'batch-one']);
  });

  test('what can never succeed is put aside with its reason, and holds up nobody', async () => {
    answer = (batch, response) => (batch.id === 'batch-bad' ? refuse(400, 'INVALID') : ok)(batch, response);
    await append('batch-bad');
    await append('batch-good');
    await until('acknowledgement', acknowledged(1));
    await until('quarantine', () => spool.ledger.quarantined.batches === 1);
    expect(readdirSync(join(folder, 'quarantine')).filter((name) => name.endsWith('.reason.txt'))).toHaveLength(1);
    expect(spool.ledger.sampled).toEqual({ samples: 20, batches: 2 });
    expect(spool.ledger.queued.batches).toBe(0);
  });

  test.each([401, 403, 404, 429, 500, 502])('a %i does not cost a sample: it is tried again', async (status) => {
    let times = 0;
    answer = (batch, response) => (++times < 2 ? refuse(status, 'ANY') : ok)(batch, response);
    await append('batch-one');
    await until('acknowledgement', acknowledged(1));
    expect(spool.ledger.quarantined.batches).toBe(0);
  });

  test('after an outage what is fresh comes first, and what is old follows in order', async () => {
    answer = refuse(503, 'STORE_UNAVAILABLE');
    for (let at = 0; at < 4; at++) await append(`batch-old-${at}`);
    await until('a refusal', () => received.length > 0);
    await delivery.stop(0);
    received = [];
    answer = ok;
    begin();
    await append('batch-fresh');
    await until('acknowledgement', acknowledged(5));
    const order = received.map(({ id }) => id);
    expect(order.indexOf('batch-fresh')).toBeLessThanOrEqual(1);
    expect(order.filter((id) => id !== 'batch-fresh' && id !== order[0])).toEqual(
      ['batch-old-0', 'batch-old-1', 'batch-old-2', 'batch-old-3'].filter((id) => id !== order[0]),
    );
    expect(spool.ledger.dropped.batches).toBe(0);
    const replayed = received.filter(({ id }) => id !== 'batch-fresh' && id !== order[0]);
    expect((replayed[1]?.at ?? 0) - (replayed[0]?.at ?? 0)).toBeGreaterThanOrEqual(95);
  });

  test.each([3 * 86_400_000, -3_600_000])(
    'where the clock is %i ms ahead, times are right from the first batch on',
    async (ms) => {
      aheadMs = ms;
      answerTime = (response) => response.end();
      await append('batch-one', true);
      await until('acknowledgement', acknowledged(1));
      expect(Math.abs(Date.parse(received[0]?.time ?? '') - Date.now())).toBeLessThan(5_000);
      expect(said).toEqual([expect.stringContaining("the server's; times are corrected")]);
      await append('batch-two');
      await until('acknowledgement', acknowledged(2));
      expect(Math.abs(Date.parse(received[1]?.time ?? '') - Date.now())).toBeLessThan(5_000);
      expect(said).toHaveLength(1);
    },
  );

  test('while a proxy answers for a server that is away, the time is asked for again', async () => {
    aheadMs = 3_600_000;
    let times = 0;
    answerTime = (response) => (++times === 1 ? response.writeHead(502).end() : response.end());
    answer = (batch, response) => (times === 1 ? refuse(502, 'ANY') : ok)(batch, response);
    await append('batch-one');
    await until('acknowledgement', acknowledged(1));
    expect(Math.abs(Date.parse(received.at(-1)?.time ?? '') - Date.now())).toBeLessThan(5_000);
  });

  test("the server's clock in its answers corrects what waits and what comes", async () => {
    aheadMs = -60_000;
    answer = refuse(503, 'STORE_UNAVAILABLE');
    await append('batch-one');
    await until('a refusal', () => received.length > 0);
    await append('batch-two');
    answer = (_, response) => response.end(JSON.stringify({ serverTime: new Date().toISOString() }));
    await until('acknowledgement', acknowledged(2));
    await append('batch-three');
    await until('acknowledgement', acknowledged(3));
    for (const { time, started } of received.slice(-2)) {
      expect(Date.now() - Date.parse(time)).toBeLessThan(30_000);
      expect(Math.abs(Date.parse(time) / 1000 - (started[0] ?? 0))).toBeLessThan(2);
      expect(started[1]).toBeNull();
    }
    expect(said).toEqual([expect.stringContaining('60 s behind')]);
  });

  test('a batch that the server calls ahead is sent again with its time corrected, and is not lost', async () => {
    const serverTime = new Date(Date.now() - 1_800_000);
    answer = (batch, response) =>
      (Date.parse(batch.time) > serverTime.getTime() + 600_000
        ? refuse(400, 'CLOCK_AHEAD', {}, { serverTime: serverTime.toISOString() })
        : ok)(batch, response);
    await append('batch-ahead', true);
    await until('acknowledgement', acknowledged(1));
    const taken = received.at(-1) as Received;
    expect(Math.abs(Date.parse(taken.time) - serverTime.getTime())).toBeLessThan(5_000);
    expect(taken.id).toBe('batch-ahead');
    expect(said).toEqual([expect.stringContaining('30 min ahead')]);
  });

  test('after an outage each batch says how many older ones are still to come, and the last one says none', async () => {
    await delivery.stop(0);
    for (const id of ['batch-old-0', 'batch-old-1', 'batch-old-2']) await append(id);
    await append('batch-fresh', true);
    begin();
    await until('acknowledgement', acknowledged(4));
    expect(received.map(({ id, backlog }) => [id, backlog])).toEqual([
      ['batch-fresh', 3],
      ['batch-old-0', undefined],
      ['batch-old-1', undefined],
      ['batch-old-2', undefined],
    ]);
  });

  test('a server that reads no compressed bodies gets plain ones', async () => {
    answer = (batch, response) => (batch.gzipped ? refuse(415, 'UNSUPPORTED_TYPE') : ok)(batch, response);
    await append('batch-one', true);
    await until('acknowledgement', acknowledged(1));
    await append('batch-two', true);
    await until('acknowledgement', acknowledged(2));
    expect(received.map(({ gzipped }) => gzipped)).toEqual([true, false, false]);
  });

  test('an answer that stops in the middle is no acknowledgement', async () => {
    let times = 0;
    answer = (batch, response) => {
      if (++times > 1) {
        ok(batch, response);
        return;
      }
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
      setImmediate(() => response.destroy());
    };
    await append('batch-one');
    await until('acknowledgement', acknowledged(1));
    expect(received).toHaveLength(2);
  });
});
