import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorReply } from '#domain';
import { startServer, stopAll, temporaryFolder, type RunningApp } from '../support/processes.js';
import { sendRaw } from '../support/raw-http.js';

const TOKEN = 'a-token-of-enough-length';
let server: RunningApp & { url: string };
let script: string;
beforeAll(async () => {
  server = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
  const html = await (await fetch(server.url)).text();
  script = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
}, 60_000);
afterAll(() => stopAll([server]));

const ask = (path: string, headers: string[] = [], method = 'GET') =>
  sendRaw(
    server.url,
    `${[`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`,
  );
const header = (headers: string, name: string) => new RegExp(`\\r\\n${name}: ([^\\r]*)`).exec(headers)?.[1];

describe('the files of the page', () => {
  it.each(['/', '/?alert=10ce8c0e', '/icons/red.svg', '/favicon.ico'])(
    '%s needs no token, and is asked for again by its tag alone',
    async (path) => {
      const first = await ask(path);
      expect([first.status, header(first.headers, 'cache-control')]).toEqual([200, 'no-cache']);
      expect(header(first.headers, 'x-content-type-options')).toBe('nosniff');
      const tag = /\r\netag: (.*)/.exec(first.headers)?.[1];
      const { headers } = await fetch(server.url + path);
      expect(headers.get('etag')?.toLowerCase()).toBe(tag);
      const again = await fetch(server.url + path, { headers: { 'if-none-match': headers.get('etag') ?? '' } });
      expect([again.status, await again.text()]).toEqual([304, '']);
      const other = await fetch(server.url + path, { headers: { 'if-none-match': '"another"' } });
      expect(other.status).toBe(200);
    },
  );

  it('whose names hold their hash are kept for good', async () => {
    const { status, headers } = await ask(script);
    expect([status, header(headers, 'cache-control')]).toEqual([200, 'public, max-age=31536000, immutable']);
  });

  it.each([
    ['br, gzip', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip;q=0.5', 'gzip'],
    ['identity', undefined],
  ])('are packed for who takes %s as %s, and are the same unpacked', async (accepts, encoding) => {
    const { headers } = await ask(script, [`Accept-Encoding: ${accepts}`], 'HEAD');
    expect([header(headers, 'content-encoding'), header(headers, 'vary')]).toEqual([encoding, 'accept-encoding']);
    const plain = await (await fetch(server.url + script, { headers: { 'accept-encoding': 'identity' } })).text();
    const packed = await (await fetch(server.url + script, { headers: { 'accept-encoding': accepts } })).text();
    expect(packed).toBe(plain);
  });

  it('let the page load nothing but what is of the server itself, and nobody frame it', async () => {
    const policy = header((await ask('/')).headers, 'content-security-policy');
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
  });

  it.each(['/assets/nothing.js', '/assets/..%2findex.html', '/icons/__proto__'])(
    '%s is none of them, which is told as JSON',
    async (path) => {
      const { status, body } = await ask(path);
      expect([status, errorReply.parse(JSON.parse(body)).code]).toEqual([404, 'NOT_FOUND']);
    },
  );
});
