import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorReply } from '#domain';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';
import { checkMetrics, hasPromtool } from '../support/promtool.js';
import { sendRaw } from '../support/raw-http.js';

const TOKEN = 'a-token-of-enough-length';
const MB = 1024 * 1024;
const host = 'Host: localhost\r\n';
const json = 'Content-Type: application/json\r\n';

let server: RunningApp & { url: string };
let guarded: RunningApp & { url: string };
beforeAll(async () => {
  server = await startServer(temporaryFolder());
  guarded = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
}, 60_000);
afterAll(() => stopAll([server, guarded]));

const raw = async (bytes: string | Uint8Array, { url } = server) => {
  const { status, headers, body } = await sendRaw(url, bytes);
  return { status, headers, body, ...(status >= 400 ? errorReply.parse(JSON.parse(body)) : {}) };
};

describe('what is no ordinary request', () => {
  it.each<[string, string, number, string]>([
    ['bytes of TLS', '\x16\x03\x01\x02\0junk\r\n\r\n', 400, 'INVALID'],
    ['an unknown method', `FOO / HTTP/1.1\r\n${host}\r\n`, 400, 'INVALID'],
    ['an unknown version', `GET / HTTP/3.7\r\n${host}\r\n`, 400, 'INVALID'],
    ['no Host', 'GET /health/live HTTP/1.1\r\n\r\n', 400, 'INVALID'],
    ['two lengths', `PUT / HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\na`, 400, 'INVALID'],
    [
      'a length and chunks',
      `PUT / HTTP/1.1\r\n${host}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\na`,
      400,
      'INVALID',
    ],
    [
      'a chunk of no size',
      `PUT /api/v1/samples HTTP/1.1\r\n${host}${json}Transfer-Encoding: chunked\r\n\r\nzz\r\n`,
      400,
      'INVALID',
    ],
    ['a header of 200 kB', `GET / HTTP/1.1\r\n${host}X: ${'a'.repeat(200_000)}\r\n\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a path of 200 kB', `GET /${'a'.repeat(200_000)} HTTP/1.1\r\n${host}\r\n`, 431, 'HEADERS_TOO_LARGE'],
    ['a long path', `GET /${'a'.repeat(5000)} HTTP/1.1\r\n${host}\r\n`, 400, 'INVALID'],
    ['an unknown Expect', `PUT / HTTP/1.1\r\n${host}Expect: more\r\nContent-Length: 2\r\n\r\n{}`, 400, 'INVALID'],
    ['CONNECT', `CONNECT example.org:443 HTTP/1.1\r\n${host}\r\n`, 405, 'METHOD_NOT_ALLOWED'],
    ['TRACE', `TRACE /servers HTTP/1.1\r\n${host}\r\n`, 405, 'METHOD_NOT_ALLOWED'],
    ['QUERY', `QUERY /servers HTTP/1.1\r\n${host}\r\n`, 405, 'METHOD_NOT_ALLOWED'],
    ['PROPFIND', `PROPFIND /api/v1/hosts/a HTTP/1.1\r\n${host}\r\n`, 405, 'METHOD_NOT_ALLOWED'],
    ['OPTIONS *', `OPTIONS * HTTP/1.1\r\n${host}\r\n`, 404, 'NOT_FOUND'],
    ['M-SEARCH', `M-SEARCH /nowhere/here HTTP/1.1\r\n${host}\r\n`, 404, 'NOT_FOUND'],
  ])('%s gets an answer with a code', async (_what, bytes, status, code) => {
    expect(await raw(bytes)).toMatchObject({ status, statusCode: status, code });
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
  });

  it('names the methods that a path has', async () => {
    const { headers } = await raw(`DELETE /api/v1/hosts/a/control HTTP/1.1\r\n${host}\r\n`);
    expect(headers).toContain('allow: post, get, head, put');
  });

  it('POST to a route that only answers GET is 405', async () => {
    const { paths } = (await (await fetch(`${server.url}/api/openapi.json`)).json()) as {
      paths: Record<string, object>;
    };
    const readOnly = Object.keys(paths).filter((path) => Object.keys(paths[path] ?? {}).join() === 'get');
    // Whatever has one part only may be the address of a server, which is never posted to.
    const posted = readOnly.filter((path) => path !== '/{address}');
    expect(posted.length).toBeGreaterThan(10);
    for (const path of posted) {
      const answer = await raw(`POST ${path.replace(/[{}]/g, '')} HTTP/1.1\r\n${host}Content-Length: 0\r\n\r\n`);
      expect({ path, ...answer }).toMatchObject({ path, status: 405, code: 'METHOD_NOT_ALLOWED' });
      expect(answer.headers).toContain('allow: get');
    }
  });

  it('a sender that goes away in the middle of a body is no fault of the server', async () => {
    const start = `PUT /api/v1/samples HTTP/1.1\r\n${host}${json}Content-Length: 100\r\n\r\n{`;
    await expect(sendRaw(server.url, start, 200)).rejects.toThrow('no whole answer');
    const gzip = `PUT /api/v1/samples HTTP/1.1\r\n${host}${json}Content-Encoding: gzip\r\nContent-Length: 100\r\n\r\n`;
    await expect(
      sendRaw(server.url, Buffer.concat([Buffer.from(gzip), gzipSync('{}').subarray(0, 12)]), 200),
    ).rejects.toThrow('no whole answer');
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200);
    expect(server.output()).not.toContain('ERROR');
  });
});

describe('who may ask', () => {
  /** Announces ten megabytes and sends one byte of them. */
  const put = (path: string, extra: string) =>
    raw(`PUT ${path} HTTP/1.1\r\n${host}${json}${extra}Content-Length: 10000000\r\n\r\n{`, guarded);

  it('is decided before a byte of the body is read', async () => {
    for (const path of ['/api/v1/samples', '/api/v1/samples/', '/api/v1/s%61mples', '/ressources-usage/save-all']) {
      expect(await put(path, '')).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
      expect(await put(path, 'Authorization: Bearer wrong\r\n')).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    }
    expect(await put('/health/live', '')).toMatchObject({ status: 405 });
    expect(await put('/nowhere', '')).toMatchObject({ status: 404 });
  });

  it.each(['/health/live', '/health/ready', '/', '/favicon.ico', '/api/openapi.json', '/api/docs'])(
    '%s needs no token',
    async (path) => {
      expect((await fetch(guarded.url + path)).status).toBe(200);
      expect((await fetch(guarded.url + path, { method: 'HEAD' })).status).toBe(200);
    },
  );

  it('every other route of the document needs one, whatever its method', async () => {
    const document = (await (await fetch(`${guarded.url}/api/openapi.json`)).json()) as {
      paths: Record<string, Record<string, object>>;
    };
    const open: string[] = [];
    for (const [path, methods] of Object.entries(document.paths)) {
      for (const method of Object.keys(methods)) {
        const url = guarded.url + path.replace(/\{\w+\}/g, 'x');
        const { status } = await fetch(url, { method: method.toUpperCase() });
        if (status !== 401) open.push(path);
        const head = method === 'get' ? await fetch(url, { method: 'HEAD' }) : { status };
        expect(head.status).toBe(status);
      }
    }
    expect([...new Set(open)].sort()).toEqual(['/api/v1/session', '/health/live', '/health/ready']);
  });

  it.each([
    ['Origin: http://evil.example', 403],
    ['Origin: null', 403],
    ['Sec-Fetch-Site: cross-site', 403],
    ['Sec-Fetch-Site: same-site', 403],
    ['Origin: http://localhost', 400],
    ['Sec-Fetch-Site: same-origin', 400],
    ['X: none', 400],
  ])('a change with %s gets %i', async (header, status) => {
    for (const [app, token] of [
      [server, ''],
      [guarded, `Authorization: Bearer ${TOKEN}\r\n`],
    ] as const) {
      const request = (method: string, path: string) =>
        raw(`${method} ${path} HTTP/1.1\r\n${host}${json}${token}${header}\r\nContent-Length: 2\r\n\r\n{}`, app);
      expect((await request('PUT', '/api/v1/samples')).status).toBe(status);
      expect((await request('POST', '/api/v1/silences')).status).toBe(status);
      expect((await raw(`GET /servers HTTP/1.1\r\n${host}${token}${header}\r\n\r\n`, app)).status).toBe(200);
    }
  });

  it('a name that only resolves to this machine is refused without a token', async () => {
    expect(await raw('GET /servers HTTP/1.1\r\nHost: evil.example\r\n\r\n')).toMatchObject({ code: 'FORBIDDEN' });
  });
});

(hasPromtool ? describe : describe.skip)('the page of metrics', () => {
  it('is what Prometheus takes', async () => {
    expect(checkMetrics(await (await fetch(`${server.url}/metrics`)).text())).toBe('');
  });
});

describe('bodies that cost more than they look', () => {
  const put = async (body: Uint8Array | string, headers: Record<string, string> = {}) => {
    const response = await fetch(`${server.url}/app/post/data`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
  };

  it.each([
    ['5,000 deep', '['.repeat(5000) + ']'.repeat(5000), 'nested over 32 deep'],
    ['a million keys', `{${Array.from({ length: 1e6 }, (_, i) => `"${i}":1`).join(',')}}`, 'over 1000 keys'],
    ['a million lists', `[${'[],'.repeat(1e6)}0]`, 'over 1000000 values'],
  ])('%s is refused before it is parsed', async (_what, body, problem) => {
    const reply = await put(body);
    expect([reply.status, reply.text]).toEqual([400, expect.stringContaining(problem)]);
  });

  it('sixty that unpack to 15 MB each are taken a few at a time, the rest told to come again', async () => {
    const idle = await peakMegabytes();
    const bomb = gzipSync(Buffer.alloc(15 * MB, ' '));
    const replies = await Promise.all(Array.from({ length: 60 }, () => put(bomb, { 'content-encoding': 'gzip' })));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([400, 429]));
    for (const { status, retryAfter } of replies) expect(retryAfter !== null).toBe(status === 429);
    // What they hold at once is bounded: 64 MB of bytes and the texts made of them.
    expect((await peakMegabytes()) - idle).toBeLessThan(400);
    expect((await put('{}')).status).toBeLessThan(429);
  });

  async function peakMegabytes(): Promise<number> {
    const { readFile } = await import('node:fs/promises');
    return Number(/VmHWM:\s+(\d+)/.exec(await readFile(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;
  }
});

describe('answers over 1 kB', () => {
  const names = Array.from({ length: 300 }, (_, i) => `program-${i}`);
  const asked = (path: string, encoding: string) =>
    raw(`GET ${path} HTTP/1.1\r\n${host}Accept-Encoding: ${encoding}\r\nConnection: close\r\n\r\n`);

  beforeAll(async () => {
    await fetch(`${server.url}/api/v1/samples`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        id: 'compressed-1',
        host: 'large',
        time: new Date().toISOString(),
        names,
        count: names.map(() => 1),
        cpu: names.map((_, i) => i),
      }),
    });
  });

  it.each(['gzip', 'br'])('are compressed by %s for who takes it, and are the same unpacked', async (encoding) => {
    const { headers } = await asked('/ressources-usage/get-all?host=large', encoding);
    expect(headers).toContain(`content-encoding: ${encoding}`);
    expect(headers).toContain('vary: accept-encoding');
    const unpacked = await fetch(`${server.url}/ressources-usage/get-all?host=large`, {
      headers: { 'accept-encoding': encoding },
    });
    expect(Object.keys((await unpacked.json()) as object)).toHaveLength(names.length);
  });

  it.each([
    ['who does not ask for it', '/ressources-usage/get-all?host=large', 'identity'],
    ['small answers', '/health/live', 'gzip'],
  ])('stay as they are for %s', async (_what, path, encoding) => {
    expect((await asked(path, encoding)).headers).not.toContain('content-encoding');
  });
});
