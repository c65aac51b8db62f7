import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { AmberwatchClient } from '#client';
import { errorReply } from '#domain';
import { nearly, type JsonSchema } from '../support/hostile-json.js';
import { startApp, startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

interface Operation {
  parameters: { name: string; in: string; schema: JsonSchema }[];
  requestBody?: { content: Record<string, { schema: JsonSchema }> };
  responses: Record<string, unknown>;
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, '../../docs/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema> };
};
const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const { schemas } = document.components;
const writing = routes
  .filter(({ method }) => method !== 'GET')
  // What is deleted first is not there for the others.
  .sort((a, b) => Number(a.method === 'DELETE') - Number(b.method === 'DELETE'))
  .map((route) => [`${route.method} ${route.path}`, route] as const);
const folder = temporaryFolder();
/** What is there before, so that some paths lead somewhere. */
const known = ['known', 'a/b', '__proto__'];
const moment = (fromNowMs: number) => new Date(Date.now() + fromNowMs).toISOString();
/** What some paths have to be asked with. */
const queries: Record<string, string> = {
  '/api/v1/hosts/{host}/metrics': '?measurement=cpu&field=usage_user',
  '/api/v1/changes': `?host=${known[0]}&at=${moment(0)}&baseAt=${moment(-60_000)}`,
};
let server: RunningApp & { url: string };
/** Tokens are made only where one is set. */
let guarded: RunningApp & { url: string };
const token = 'a-token-that-may-do-all';
const isGuarded = (path: string) => path.startsWith('/api/v1/tokens') || path === '/api/v1/enrol';
let alarm: RunningApp | undefined;
let requests = 0;

beforeAll(async () => {
  server = await startServer(folder, { AMBERWATCH_RETENTION: '1h' });
  guarded = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: token });
  for (const host of known) {
    const entry = { timestamp: Date.now() / 1000, value: 1, process_name: 'x', type_data: 'cpu' };
    expect(await send('PUT', '/ressources-usage/save-all', JSON.stringify({ ipaddress: host, data: [entry] }))).toEqual(
      {
        status: 200,
        text: '{"Response":"Ok"}',
      },
    );
  }
}, 60_000);
afterAll(() => stopAll([alarm, server, guarded]));

/** Texts that JSON would not hold, or the parser turns into something odd. */
const rawBodies = fc.constantFrom(
  '',
  '{',
  'null',
  '[]',
  '"x"',
  '1e999',
  '{"__proto__":{"id":1}}',
  '\ufeff{}',
  '['.repeat(9000),
);

function bodiesOf({ requestBody }: Operation): fc.Arbitrary<string> {
  const schema = requestBody?.content['application/json']?.schema;
  if (!schema) return fc.constantFrom('', '{}');
  // A name that is infinite only once it is parsed.
  const huge = (json: string) => json.replace(/1e\+308/g, '1e999');
  const made = nearly(schema, schemas).map((value) => JSON.stringify(alignColumns(value)));
  return fc.oneof(
    { weight: 8, arbitrary: made },
    { weight: 1, arbitrary: made.map(huge) },
    { weight: 1, arbitrary: rawBodies },
  );
}

/** The columns of a batch as long as its names, as nearly every sender has them. */
function alignColumns(value: unknown): unknown {
  const { names } = (value ?? {}) as { names?: unknown };
  if (!Array.isArray(names)) return value;
  const unique = [...new Set(names)] as unknown[];
  const batch: Record<string, unknown> = { ...(value as object), names: unique };
  for (const key of ['count', 'cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes']) {
    const column = batch[key];
    if (Array.isArray(column)) batch[key] = unique.map((_, i) => (column[i] as unknown) ?? 1);
  }
  return batch;
}

function pathsOf(path: string, { parameters }: Operation): fc.Arbitrary<string> {
  const values = parameters
    .filter((one) => one.in === 'path')
    .map((one) =>
      fc
        .oneof(nearly(one.schema, schemas), fc.constantFrom(...(one.schema.enum ?? known)))
        .map((value) => encodeURIComponent(String(value).slice(0, 300).toWellFormed())),
    );
  return fc.tuple(...values).map((filled) => {
    let next = 0;
    return path.replace(/\{\w+\}/g, () => filled[next++] || 'x');
  });
}

/** Sends a request and resolves with its status; rejects where a refusal is not in the one shape of an error. */
async function send(method: string, path: string, body?: string): Promise<{ status: number; text: string }> {
  requests++;
  const [{ url }, access] = isGuarded(path) ? [guarded, { authorization: `Bearer ${token}` }] : [server, {}];
  const response = await fetch(url + path, {
    method,
    headers: { ...access, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body }),
  });
  const text = await response.text();
  if (response.status >= 400 && errorReply.parse(JSON.parse(text)).statusCode !== response.status)
    throw new Error(text);
  return { status: response.status, text };
}

/** Every list and every thing that a list names, as far as their pages go. */
async function readAll(): Promise<string[]> {
  const client = new AmberwatchClient({ baseUrl: server.url });
  const hosts: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await client.hosts({ limit: 500, ...(cursor && { cursor }) });
    // A URL can't hold these two as a part of its path, whatever they are escaped with.
    hosts.push(...page.hosts.map(({ host }) => host).filter((host) => host !== '.' && host !== '..'));
    if (page.next === undefined) break;
    cursor = page.next;
  }
  const { alerts } = await client.alerts({ state: 'all', limit: 100 });
  const ids = alerts.map(({ id }) => id);
  const odd: string[] = [];
  for (const { path, method } of routes) {
    if (method !== 'GET' || path === '/api/v1/stream' || path === '/{address}') continue;
    const parameter = /\{(\w+)\}/.exec(path)?.[1];
    const named: Record<string, string[]> = { host: hosts, service: ['alarm', 'prediction'], id: ids };
    for (const name of named[parameter ?? ''] ?? ['x']) {
      const asked = path.replace(/\{\w+\}/g, encodeURIComponent(name)) + (queries[path] ?? '');
      const { status, text } = await send('GET', asked);
      const expected = path === '/api/v1/calibration' ? [200, 404] : [200];
      if (!expected.includes(status))
        odd.push(`GET ${path} of ${JSON.stringify(name)}: ${status} ${text.slice(0, 300)}`);
    }
  }
  return odd;
}

describe('whatever is sent to a writing route', () => {
  it.each(writing)(
    '%s answers with a status that is documented, and never with a fault of its own',
    async (_name, { path, method, operation }) => {
      let taken = 0;
      await fc.assert(
        fc.asyncProperty(pathsOf(path, operation), bodiesOf(operation), async (url, body) => {
          const { status, text } = await send(method, url, body);
          if (status < 300) taken++;
          const documented = Object.keys(operation.responses).some(
            (one) => one === String(status) || (one === '4XX' && status >= 400 && status < 500),
          );
          expect({ status, documented, text: documented ? '' : text }).toEqual({ status, documented: true, text: '' });
        }),
        { numRuns: 200 },
      );
      // What never gets past the edge would show nothing of what lies behind it.
      expect(taken).toBeGreaterThan(operation.requestBody && !path.includes('{id}') ? 0 : -1);
    },
    60_000,
  );

  it('can be read again, all of it, also by the next process', async () => {
    expect(await readAll()).toEqual([]);
    await server.stop('SIGTERM');
    server = await startServer(folder, { AMBERWATCH_RETENTION: '1h' });
    expect(await readAll()).toEqual([]);
    expect(server.output()).not.toContain('ERROR');
  }, 60_000);

  it('does not keep the alarm from seeing a process at 99 %', async () => {
    const client = new AmberwatchClient({ baseUrl: server.url });
    // What stands in the feed before, the alarm has to get past.
    const [, feed] = writing.find(([name]) => name === 'PUT /api/v1/samples') ?? [];
    for (const service of ['alarm', 'prediction'])
      await send('POST', `/api/v1/services/${service}/control`, '{"status":"resume","logLevel":"info"}');
    alarm = startApp('alarm', { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_DATA: temporaryFolder() });
    await alarm.waitFor(/Alarm follows/);
    await fc.assert(
      fc.asyncProperty(bodiesOf((feed as { operation: Operation }).operation), async (body) => {
        expect((await send('PUT', '/api/v1/samples', body)).status).toBeLessThan(500);
      }),
      { numRuns: 120 },
    );
    await client.putSamples({
      id: `probe-${process.pid}`,
      host: 'probe',
      time: new Date().toISOString(),
      intervalMs: 10_000,
      names: ['busy'],
      count: [1],
      cpu: [99],
      cpuMax: [99],
    });
    await alarm.waitFor(/RED +probe busy cpu 99/);
    await waitUntil('the record', async () => (await client.alerts({ host: 'probe' })).alerts.length === 1);
    expect(requests).toBeGreaterThan(1000);
  }, 60_000);
});
