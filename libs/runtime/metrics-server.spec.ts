import { connect } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { checkMetrics, hasPromtool } from '../../test/support/promtool.js';
import { MetricsServer, type MetricsServerOptions } from './metrics-server.js';
import { StartError } from './service.js';

let colours = { red: 1, green: 2 };
const options: MetricsServerOptions = {
  host: '127.0.0.1',
  port: 0,
  defaultPort: 0,
  variable: 'AMBERWATCH_TEST_PORT',
  readings: [
    { name: 'amberwatch_test_changes_total', help: 'Changes.', type: 'counter', label: 'color', read: () => colours },
    { name: 'amberwatch_test_waiting', help: 'What waits.', type: 'gauge', read: () => 7 },
  ],
};

Logger.overrideLogger(false);

const open: MetricsServer[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((server) => server.onApplicationShutdown()));
});

async function start(more: Partial<MetricsServerOptions> = {}) {
  const server = new MetricsServer({ ...options, ...more });
  open.push(server);
  await server.onApplicationBootstrap();
  return { server, url: `http://127.0.0.1:${server.port}` };
}

/** What comes back for these bytes until the other side closes or has answered once. */
function exchange(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes, 'latin1'));
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => (text += part));
    socket.on('close', () => resolve(text));
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve(text) : reject(error)));
  });
}

describe('the metrics of a service', () => {
  it('are read when they are asked for', async () => {
    const { url } = await start();
    const page = async () => (await fetch(`${url}/metrics`)).text();
    expect(await page()).toContain('amberwatch_test_changes_total{color="red"} 1\n');
    colours = { red: 5, green: 2 };
    const text = await page();
    expect(text).toContain('amberwatch_test_changes_total{color="red"} 5\n');
    expect(text).toContain('amberwatch_test_waiting 7\n');
    expect(text).toContain('process_resident_memory_bytes');
  });

  (hasPromtool ? it : it.skip)('pass promtool', async () => {
    const { url } = await start();
    expect(checkMetrics(await (await fetch(`${url}/metrics`)).text())).toBe('');
  });

  it('stand beside health, and nothing else is there', async () => {
    const { url } = await start();
    const ask = async (path: string, init?: RequestInit) => {
      const response = await fetch(`${url}${path}`, init);
      return { status: response.status, body: await response.json() };
    };
    expect(await ask('/health/live')).toEqual({ status: 200, body: { status: 'ok' } });
    expect(await ask('/')).toMatchObject({ status: 404, body: { statusCode: 404, code: 'NOT_FOUND' } });
    expect(await ask('/metrics', { method: 'POST' })).toMatchObject({
      status: 405,
      body: { code: 'METHOD_NOT_ALLOWED' },
    });
  });

  it('are not for a name that was made to point at this machine', async () => {
    const { server } = await start();
    const answer = await exchange(
      server.port as number,
      'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/^HTTP\/1.1 403 /);
    expect(answer).toContain('"code":"FORBIDDEN"');
  });

  it('are served on after any bytes, and each request gets an answer with a code', async () => {
    const { server, url } = await start();
    const line = fc.tuple(
      fc.constantFrom('GET', 'POST', 'CONNECT', 'QUERY', 'TRACE', 'OPTIONS', 'G T', ''),
      fc.oneof(
        fc.constantFrom('/', '//', '*', 'http://[', '/metrics', '/%', '/metrics?\\x', `/${'a'.repeat(20_000)}`),
        fc.string({ unit: 'binary' }),
      ),
      fc.constantFrom(
        'Host: localhost',
        'Host: [',
        'Host: localhost\r\nExpect: more',
        'Host: localhost\r\nUpgrade: x\r\nConnection: upgrade',
        '',
      ),
    );
    await fc.assert(
      fc.asyncProperty(line, async ([method, target, header]) => {
        const answer = await exchange(server.port as number, `${method} ${target} HTTP/1.1\r\n${header}\r\n\r\n`);
        const [, status, body] = /^HTTP\/1.1 (\d+) [^]*?\r\n\r\n([^]*)$/.exec(answer) ?? [];
        expect(answer).not.toContain(' 500 ');
        const answered = Number(status) < 400 || JSON.parse(body ?? '{}').code !== undefined;
        expect({ answer, answered }).toEqual({ answer, answered: true });
      }),
      { numRuns: 150 },
    );
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
  });

  it('do without a default port that is taken, and refuse to start without one that was chosen', async () => {
    const { server } = await start();
    const taken = server.port as number;
    const without = await start({ port: undefined, defaultPort: taken });
    expect(without.server.port).toBeUndefined();
    await expect(start({ port: taken })).rejects.toThrow(StartError);
    await expect(start({ port: taken })).rejects.toThrow('AMBERWATCH_TEST_PORT');
  });
});
