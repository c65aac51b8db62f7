import { copyFileSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { Agent, request } from 'node:https';
import { type AddressInfo, connect as connectPlain } from 'node:net';
import { text } from 'node:stream/consumers';
import { join } from 'node:path';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Logger } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { TestAuthority } from '../../test/support/certificates.js';
import { temporaryFolder, waitUntil } from '../../test/support/processes.js';
import { certificateEnd, type TlsPair, tlsPairOf } from './tls-pair.js';
import { tlsProblems } from './tls-settings.js';
import { createWebServer } from './web-server.js';

/** What is logged, by level and text. */
const logged: string[] = [];
Logger.overrideLogger({
  log: (line: string) => logged.push(`log ${line}`),
  warn: (line: string) => logged.push(`warn ${line}`),
  error: (line: string) => logged.push(`error ${line}`),
});

const folder = temporaryFolder();
let authority: TestAuthority;
let stranger: TestAuthority;
const open: Server[] = [];

beforeAll(() => {
  authority = new TestAuthority(folder);
  stranger = new TestAuthority(folder, 'stranger');
});

afterEach(async () => {
  logged.length = 0;
  const closed = open.splice(0).map((server) => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  await Promise.all(closed);
});

interface Started {
  server: Server;
  pair: TlsPair;
  port: number;
}

async function start({ cert, key, ca }: { cert: string; key: string; ca?: string }): Promise<Started> {
  const pair = tlsPairOf({ AMBERWATCH_TLS_CERT: cert, AMBERWATCH_TLS_KEY: key, AMBERWATCH_TLS_CA: ca });
  if (!pair) throw new Error('no pair');
  const server = createWebServer(
    { keepAliveTimeout: 120_000 },
    pair,
    (asked, response) => void response.end(`${asked.method} ${asked.url}`),
  );
  open.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, pair, port: (server.address() as AddressInfo).port };
}

interface Asked extends ConnectionOptions {
  path?: string;
  agent?: Agent;
}

function ask(port: number, { path = '/', ...options }: Asked = {}): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const trusted = { ca: readFileSync(authority.cert), servername: 'localhost', agent: false as const };
    const asked = request({ host: '127.0.0.1', port, path, ...trusted, ...options }, (response) => {
      text(response).then((body) => resolve({ status: response.statusCode ?? 0, body }), reject);
    });
    asked.once('error', reject);
    asked.end();
  });
}

/** All that is answered to these bytes until the other side ends the connection. */
async function sendPlain(port: number, bytes: string): Promise<string> {
  const socket = connectPlain(port, '127.0.0.1');
  socket.end(bytes);
  return text(socket);
}

async function secured(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    ca: readFileSync(authority.cert),
    ...options,
  });
  await once(socket, 'secureConnect');
  return socket;
}

const serialOf = async (port: number) => {
  const socket = await secured(port);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
};

describe('a port with a certificate', () => {
  it('answers by TLS, and says when its certificate ends', async () => {
    const { port, pair } = await start(authority.sign('server'));
    expect(await ask(port, { path: '/some' })).toEqual({ status: 200, body: 'GET /some' });
    const socket = await secured(port);
    expect(certificateEnd(pair).read()).toBe(Date.parse(socket.getPeerCertificate().valid_to) / 1000);
    socket.destroy();
  });

  it('tells whoever comes without TLS to use it, and goes on', async () => {
    const { port } = await start(authority.sign('server'));
    const answer = await sendPlain(port, 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    expect(answer).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(JSON.parse(answer.slice(answer.indexOf('\r\n\r\n')))).toEqual({
      statusCode: 426,
      code: 'TLS_REQUIRED',
      message: 'This port speaks TLS: use https://.',
    });
    expect((await ask(port)).status).toBe(200);
  });

  it('closes connections that never said anything, when it stops', async () => {
    const { server, port } = await start(authority.sign('server'));
    const silent = connectPlain(port, '127.0.0.1');
    await once(server, 'connection');
    const ended = once(silent, 'close');
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await ended;
  });
});

describe('a port that needs certificates of clients', () => {
  const from = (files: { cert: string; key: string }) => ({
    cert: readFileSync(files.cert),
    key: readFileSync(files.key),
  });

  it('answers to those of its authority alone, and to everybody about its health', async () => {
    const { port } = await start({ ...authority.sign('server'), ca: authority.cert });
    const refused = { statusCode: 403, code: 'FORBIDDEN' };
    expect(await ask(port, from(authority.sign('client')))).toEqual({ status: 200, body: 'GET /' });
    for (const client of [{}, from(stranger.sign('foreign')), from(authority.sign('late', { days: -1 }))]) {
      const { status, body } = await ask(port, client);
      expect(status).toBe(403);
      expect(JSON.parse(body)).toMatchObject(refused);
      expect((await ask(port, { ...client, path: '/health/live' })).status).toBe(200);
      expect((await ask(port, { ...client, path: '/health/live/../../' })).status).toBe(403);
    }
  });

  it('does not take a resumed session for a certificate', async () => {
    const { port } = await start({ ...authority.sign('server'), ca: authority.cert });
    const first = await secured(port);
    const session = once(first, 'session');
    first.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const [ticket] = (await session) as [Buffer];
    first.destroy();
    const second = await secured(port, { session: ticket });
    expect(second.isSessionReused()).toBe(true);
    second.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
    expect(await text(second)).toMatch(/^HTTP\/1\.1 403 /);
  });
});

describe('a certificate that changes', () => {
  it('is in use for new connections, and the open ones stay', async () => {
    const { port, pair } = await start(authority.sign('renewed'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const sockets = new Set<unknown>();
    agent.on('free', (socket) => sockets.add(socket));
    expect((await ask(port, { agent })).status).toBe(200);
    const before = await serialOf(port);
    authority.sign('renewed', { days: 60 });
    await waitUntil('the new certificate', async () => (await serialOf(port)) !== before);
    expect(certificateEnd(pair).read()).toBeGreaterThan(Date.now() / 1000 + 50 * 86_400);
    expect((await ask(port, { agent })).status).toBe(200);
    expect(sockets.size).toBe(1);
    agent.destroy();
  });

  it('is seen behind the links by which Kubernetes swaps the folder', async () => {
    const mounted = join(folder, 'mounted');
    for (const version of ['one', 'two']) {
      await mkdir(join(mounted, version), { recursive: true });
      const { cert, key } = authority.sign(`version-${version}`);
      copyFileSync(cert, join(mounted, version, 'tls.crt'));
      copyFileSync(key, join(mounted, version, 'tls.key'));
    }
    symlinkSync('one', join(mounted, '..data'));
    for (const name of ['tls.crt', 'tls.key']) symlinkSync(join('..data', name), join(mounted, name));
    const { port } = await start({ cert: join(mounted, 'tls.crt'), key: join(mounted, 'tls.key') });
    const before = await serialOf(port);
    symlinkSync('two', join(mounted, '..new'));
    renameSync(join(mounted, '..new'), join(mounted, '..data'));
    await waitUntil('the new certificate', async () => (await serialOf(port)) !== before);
  });

  it('is refused with its reason where it is not right, and taken once it is', async () => {
    const { port } = await start(authority.sign('broken'));
    const before = await serialOf(port);
    const other = authority.sign('other');
    copyFileSync(other.cert, join(folder, 'broken.pem'));
    const refusal = await waitUntil('the refusal', () => logged.find((line) => line.startsWith('error ')));
    expect(refusal).toContain(
      'The changed certificate is not used, the one before stays: AMBERWATCH_TLS_KEY: the key in',
    );
    expect(await serialOf(port)).toBe(before);
    copyFileSync(other.key, join(folder, 'broken.key'));
    await waitUntil('the new certificate', async () => (await serialOf(port)) !== before);
    expect(logged.filter((line) => line.startsWith('error '))).toHaveLength(1);
  });
});

describe('the files of a certificate', () => {
  const problems = (cert: string, key: string, ca?: string) =>
    tlsProblems({ AMBERWATCH_TLS_CERT: cert, AMBERWATCH_TLS_KEY: key, AMBERWATCH_TLS_CA: ca });

  it('are told by name where they are missing or hold something else', () => {
    const { cert, key } = authority.sign('fine');
    const note = join(folder, 'text.pem');
    writeFileSync(note, 'no certificate');
    const missing = join(folder, 'missing.pem');
    expect(problems(cert, key, authority.cert)).toEqual([]);
    expect(problems(missing, missing, missing)).toEqual([
      `AMBERWATCH_TLS_CERT: there is no file ${missing}`,
      `AMBERWATCH_TLS_KEY: there is no file ${missing}`,
      `AMBERWATCH_TLS_CA: there is no file ${missing}`,
    ]);
    expect(problems(note, note, note)).toEqual([
      `AMBERWATCH_TLS_CERT: ${note} holds no certificate in PEM`,
      `AMBERWATCH_TLS_CA: ${note} holds no certificate in PEM`,
      `AMBERWATCH_TLS_KEY: ${note} holds no private key in PEM that is readable without a passphrase`,
    ]);
    expect(problems(cert, authority.sign('another').key)).toEqual([
      expect.stringContaining(`another.key does not belong to the certificate in ${cert}`),
    ]);
    rmSync(note);
  });

  it('are warned of where the certificate has expired, ends soon, or anybody can read the key', async () => {
    await start(authority.sign('expired', { days: -1 }));
    await start(authority.sign('soon', { days: 3 }));
    const { cert, key } = authority.sign('shown');
    writeFileSync(join(folder, 'open.key'), readFileSync(key), { mode: 0o644 });
    await start({ cert, key: join(folder, 'open.key') });
    expect(logged).toEqual([
      expect.stringMatching(
        /^warn The certificate in .*expired\.pem has expired on \d{4}-\d\d-\d\d; clients refuse it$/,
      ),
      expect.stringMatching(/^warn The certificate in .*soon\.pem expires on \d{4}-\d\d-\d\d$/),
      expect.stringMatching(/^warn Every user of this machine can read the private key .*open\.key; chmod o= /),
    ]);
  });
});
