import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { errorReply, type Incident } from '#domain';
import { readEvents, type ServerEvent } from '../../libs/client/event-stream.js';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

let server: RunningApp & { url: string };
let client: AmberwatchClient;
const opened: AbortController[] = [];
beforeAll(async () => {
  server = await startServer(temporaryFolder());
  client = new AmberwatchClient({ baseUrl: server.url });
}, 60_000);
afterAll(async () => {
  for (const one of opened) one.abort();
  await stopAll([server]);
});

/** Opens a stream and collects its events, each as its type and what it holds. */
async function follow(query: string, { url } = server) {
  const abort = new AbortController();
  opened.push(abort);
  const response = await fetch(`${url}/api/v1/stream${query}`, { signal: abort.signal });
  expect(response.status).toBe(200);
  const events: { type: string; data: unknown }[] = [];
  const ended = collect(readEvents(response.body as unknown as AsyncIterable<Uint8Array>), events).catch(
    (error: unknown) => {
      if (!abort.signal.aborted) throw error;
    },
  );
  return { events, ended, of: (type: string) => events.filter((event) => event.type === type).map(({ data }) => data) };
}

async function collect(from: AsyncIterable<ServerEvent>, into: { type: string; data: unknown }[]): Promise<void> {
  for await (const { type, data } of from) into.push({ type, data: JSON.parse(data) });
}

let count = 0;
const send = (host: string, programs = 1) => {
  const names = Array.from({ length: programs }, (_, i) => `p${i}`);
  const id = `streamed-${String(count++).padStart(4, '0')}`;
  return client.putSamples({ id, host, time: new Date().toISOString(), names, count: names.map(() => 1) });
};

function incident(id: string, host: string): Incident {
  const since = new Date().toISOString();
  const change = { color: 'RED' as const, value: 99, limit: 80, reason: 'above-limit' as const };
  const history = [{ time: since, ...change }];
  return { id, host, process: 'java', metric: 'cpu', ...change, opened: since, since, closed: null, history };
}

describe('the live stream', () => {
  it('of one host is about that host alone: samples, alerts and values', async () => {
    const [one, all] = await Promise.all([follow('?host=a'), follow('')]);
    for (const host of ['b', 'a']) {
      await send(host);
      await client.putAlerts({ incidents: [incident(`incident-${host}`, host)] });
      await client.putAlertValues({ values: [{ id: `incident-${host}`, current: 98 }] });
    }
    await waitUntil('the values', () => all.of('values').length === 2 && one.of('values').length > 0);
    expect(one.of('samples')).toMatchObject([{ host: 'a', programs: 1 }]);
    expect(one.of('alert')).toMatchObject([{ id: 'incident-a' }]);
    expect(one.of('values')).toEqual([{ values: [{ id: 'incident-a', current: 98 }] }]);
    expect(all.of('samples')).toMatchObject([{ host: 'b' }, { host: 'a' }]);
  });

  it('at a pace tells the first batch at once, and those that follow together', async () => {
    const { of } = await follow('?pace=500ms');
    await send('first', 3);
    await waitUntil('the first', () => of('samples').length === 1);
    await Promise.all([send('x', 2), send('y', 2), send('x', 1)]);
    await waitUntil('the rest', () => of('samples').length === 2);
    expect(of('samples')).toEqual([
      { batches: 1, programs: 3, hosts: ['first'], hostCount: 1 },
      { batches: 3, programs: 5, hosts: expect.arrayContaining(['x', 'y']), hostCount: 2 },
    ]);
  });

  it.each(['?pace=1', '?pace=1h', '?host=', '?hots=a'])('refuses %s', async (query) => {
    const response = await fetch(`${server.url}/api/v1/stream${query}`);
    expect(errorReply.parse(await response.json()).code).toBe('INVALID');
  });

  it('has room for 500, and for others once some of them are gone', async () => {
    const own = await startServer(temporaryFolder());
    try {
      const streams = await Promise.all(Array.from({ length: 500 }, () => follow('', own)));
      const refused = await fetch(`${own.url}/api/v1/stream`);
      expect(errorReply.parse(await refused.json()).code).toBe('TOO_MANY_REQUESTS');
      expect(refused.headers.get('retry-after')).not.toBeNull();
      const last = opened.at(-1);
      last?.abort();
      await streams.at(-1)?.ended;
      await waitUntil('there is room', async () => {
        const abort = new AbortController();
        opened.push(abort);
        return (await fetch(`${own.url}/api/v1/stream`, { signal: abort.signal })).status === 200;
      });
    } finally {
      expect(await own.stop()).toBe(0);
    }
  });

  it('ends when the server stops', async () => {
    const own = await startServer(temporaryFolder());
    const { ended } = await follow('?pace=1m', own);
    expect(await own.stop()).toBe(0);
    await ended;
  });
});
