import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { array, assert, asyncProperty, constantFrom, oneof, string, tuple, uint8Array } from 'fast-check';
import { Log } from '#runtime/log';
import { ControlPort } from './control-port.js';
import { json } from './routes.js';

const TOKEN = 'a-token-of-enough-length';
let port: ControlPort;
let changes: number;

beforeEach(async () => {
  changes = 0;
  port = new ControlPort({
    port: 0,
    token: () => TOKEN,
    log: new Log('test', 'error'),
    routes: {
      '/': { answer: () => json({ fine: true }) },
      '/metrics': { answer: () => ({ type: 'text/plain', body: 'up 1\n' }) },
      '/broken': {
        answer: () => {
          throw new Error('a fault of the route');
        },
      },
      '/change': { changes: true, answer: () => json({ changes: ++changes }) },
    },
  });
  await port.onApplicationBootstrap();
});
afterEach(() => port.onApplicationShutdown());

/** Everything that comes back for these bytes, until the other side has closed. */
async function raw(bytes: string | Uint8Array): Promise<string> {
  const socket = connect(port.port as number, '127.0.0.1');
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => (answer += text));
  socket.on('error', () => undefined);
  socket.end(bytes);
  await once(socket, 'close');
  return answer;
}

const request = (line: string, headers: string[] = ['Host: localhost']) =>
  raw([`${line} HTTP/1.1`, ...headers, 'Connection: close', '', ''].join('\r\n'));

function read(answer: string) {
  const at = answer.indexOf('\r\n\r\n');
  const head = answer.slice(0, at);
  // More may follow where the rest of what was sent is read as a second request.
  const body = answer.slice(at + 4).slice(0, Number(/content-length: (\d+)/i.exec(head)?.[1]));
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), body };
}

/** Checks that an answer is whole, and that an error is JSON with its status and a code. */
function expectWhole(answer: string): number {
  const { status, body } = read(answer);
  expect(status).toBeGreaterThanOrEqual(200);
  const error: unknown = status >= 400 ? JSON.parse(body) : { statusCode: status, code: 'NONE', message: '' };
  expect(error).toEqual({
    statusCode: status,
    code: expect.stringMatching(/^[A-Z_]+$/),
    message: expect.any(String),
  });
  return status;
}

async function expectAlive(): Promise<void> {
  expect(read(await request('GET /metrics')).status).toBe(200);
}

describe('the control port', () => {
  test.each([
    ['GET //', 404],
    ['GET ///', 404],
    ['GET //evil.example/metrics', 404],
    ['GET http://[', 400],
    ['GET http://localhost/metrics', 400],
    ['OPTIONS *', 400],
    ['GET /%', 404],
    ['GET /?%zz=%', 200],
    ['GET /__proto__', 404],
    ['GET /nothing', 404],
    ['DELETE /metrics', 405],
    ['CONNECT localhost:80', 405],
    ['CONNECT //', 405],
    ['PROPFIND /', 405],
    ['GET /broken', 500],
    ['nonsense', 400],
  ])('answers %s with %i', async (line, status) => {
    expect(expectWhole(await request(line))).toBe(status);
    await expectAlive();
  });

  test('answers an upgrade that it does not do as any other request', async () => {
    const headers = ['Host: localhost', 'Upgrade: websocket', 'Connection: Upgrade'];
    expect(expectWhole(await raw(['GET /nothing HTTP/1.1', ...headers, '', ''].join('\r\n')))).toBe(404);
  });

  test.each([
    ['headers of 100 kB', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, 431],
    ['a length that is no number', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n', 400],
    ['an expectation', 'POST / HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\nConnection: close\r\n\r\n', 417],
    ['no host', 'GET / HTTP/1.1\r\n\r\n', 403],
    ['a TLS greeting', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc', 400],
  ])('answers %s with JSON', async (_, bytes, status) => {
    expect(expectWhole(await raw(bytes))).toBe(status);
    await expectAlive();
  });

  test.each(['/', '/metrics', '/nothing', '//'])(
    'refuses another host name on %s before anything else',
    async (path) => {
      expect(expectWhole(await request(`GET ${path}`, ['Host: evil.example']))).toBe(403);
      expect(expectWhole(await request(`GET ${path}`, ['Host: localhost.evil.example:5000']))).toBe(403);
    },
  );

  test('lets nobody change anything without the token or from a page of another site', async () => {
    const token = `Authorization: Bearer ${TOKEN}`;
    const host = 'Host: 127.0.0.1:5000';
    expect(expectWhole(await request('POST /change', [host]))).toBe(401);
    expect(expectWhole(await request('POST /change', [host, 'Authorization: Bearer other']))).toBe(401);
    expect(expectWhole(await request('POST /change', [host, token, 'Origin: https://evil.example']))).toBe(403);
    expect(expectWhole(await request('GET /change', [host, token, 'Sec-Fetch-Site: cross-site']))).toBe(403);
    expect(expectWhole(await request('PUT /change', [host]))).toBe(401);
    expect(changes).toBe(0);
    expect(expectWhole(await request('POST /change', [host, token, 'Origin: http://127.0.0.1:5000']))).toBe(200);
    expect(changes).toBe(1);
  });

  test('whatever is sent, every answer is whole and the port goes on', async () => {
    const method = oneof(constantFrom('GET', 'POST', 'HEAD', 'CONNECT', 'OPTIONS', 'QUERY', ''), string());
    const target = oneof(
      constantFrom('/', '//', '*', '/metrics', '/change', 'http://[', 'http://localhost/', 'javascript:1', ''),
      string({ unit: 'binary' }),
      array(constantFrom('/', '?', '#', '%', '[', ']', ':', '@', '\\', '.', '\t', ' '), { maxLength: 12 }).map((all) =>
        all.join(''),
      ),
    );
    const header = oneof(
      constantFrom('Host: localhost', 'Host: //', 'Upgrade: h2c', 'Expect: x', 'Transfer-Encoding: chunked'),
      tuple(string(), string({ unit: 'binary' })).map(([name, value]) => `${name}: ${value}`),
    );
    const message = tuple(method, target, array(header, { maxLength: 4 }), string()).map(
      ([verb, path, headers, body]) => `${verb} ${path} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n${body}`,
    );
    await assert(
      asyncProperty(oneof(message, uint8Array({ maxLength: 200 })), async (bytes) => {
        const answer = await raw(bytes);
        // A HEAD has no body, and who sends half a request and hangs up gets nothing.
        if (answer !== '' && !String(bytes).startsWith('HEAD')) expectWhole(answer);
      }),
      { numRuns: 150 },
    );
    await expectAlive();
    expect(changes).toBe(0);
  });
});
