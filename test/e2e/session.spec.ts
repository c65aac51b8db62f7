import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { errorReply, sessionState, setup } from '#domain';
import { CookieSeal } from '../../apps/server/http/session-cookie.js';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';
import { sendRaw } from '../support/raw-http.js';

const TOKEN = 'a-token-of-enough-length';
const OWN = 'Sec-Fetch-Site: same-origin';
const SESSION = '/api/v1/session';
const DAY_MS = 86_400_000;

type Server = RunningApp & { url: string };
let server: Server;
let open: Server;
let folder: string;
beforeAll(async () => {
  folder = temporaryFolder();
  [server, open] = await Promise.all([
    startServer(folder, { AMBERWATCH_TOKEN: TOKEN }),
    startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_READS: 'open' }),
  ]);
}, 120_000);
afterAll(() => stopAll([server, open]));

async function ask(method: string, path: string, headers: string[] = [], body?: object, app = server) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const content = text === '' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`];
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: localhost', 'Connection: close', ...headers, ...content];
  const answer = await sendRaw(app.url, `${lines.join('\r\n')}\r\n\r\n${text}`);
  const code = answer.status >= 400 ? errorReply.parse(JSON.parse(answer.body)).code : undefined;
  const [, cookie] = /\r\nset-cookie: ([^\r]*)/i.exec(answer.headers) ?? [];
  return { ...answer, code, cookie };
}

/** The whole header `Set-Cookie`; the answers' headers are in lower case elsewhere. */
async function signIn(headers: Record<string, string> = {}, { url } = server): Promise<string> {
  const response = await fetch(url + SESSION, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ token: TOKEN }),
  });
  expect(response.status).toBe(200);
  return response.headers.getSetCookie()[0] ?? '';
}
/** What a page of the session sends with a change. */
async function csrfOf(cookie: string, app = server): Promise<string> {
  const { csrf } = sessionState.parse(JSON.parse((await ask('GET', SESSION, [cookie], undefined, app)).body));
  return `X-CSRF-Token: ${csrf}`;
}
const valueOf = (cookie: string) => cookie.split(';', 1)[0] ?? '';
const asCookie = async (headers = {}) => `Cookie: ${valueOf(await signIn(headers))}`;
const silence = {
  match: { host: 'a' },
  by: 'somebody',
  why: 'a test',
  until: new Date(Date.now() + 60_000).toISOString(),
};

describe('signing in', () => {
  it('gives a cookie for the token that no script can read and no other site sends, for 30 days', async () => {
    const cookie = await signIn();
    expect(cookie).toMatch(/^amberwatch=[\w.-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=2592000$/);
    expect(cookie).not.toContain(TOKEN);
    expect(await signIn({ 'x-forwarded-proto': 'https' })).toMatch(/; Secure$/);
    expect((await ask('GET', '/servers')).code).toBe('UNAUTHORIZED');
    expect((await ask('GET', '/servers', [await asCookie()])).status).toBe(200);
  });

  it('tells whether one is signed in, until when, and what needs a token', async () => {
    const stateOf = async (headers: string[], app = server) =>
      sessionState.parse(JSON.parse((await ask('GET', SESSION, headers, undefined, app)).body));
    expect(await stateOf([])).toEqual({ needed: 'all', signedIn: false, version: expect.any(String) });
    expect(await stateOf([`Authorization: Bearer ${TOKEN}`])).toMatchObject({ signedIn: true });
    const signedIn = await stateOf([await asCookie()]);
    expect(signedIn).toMatchObject({ needed: 'all', signedIn: true, rights: 'admin', csrf: expect.any(String) });
    expect(Math.abs(Date.parse(signedIn.until ?? '') - Date.now() - 30 * DAY_MS)).toBeLessThan(60_000);
    expect(await stateOf([], open)).toMatchObject({ needed: 'writes', signedIn: false });
  });

  it('is not needed where no token is set, and sets no cookie there', async () => {
    const free = await startServer(temporaryFolder());
    const { body, cookie } = await ask('PUT', SESSION, [], { token: 'whatever' }, free);
    await stopAll([free]);
    expect([JSON.parse(body), cookie]).toEqual([
      { needed: 'none', signedIn: false, version: expect.any(String) },
      undefined,
    ]);
  });

  it('with a wrong token is refused, and then the address waits before its next try', async () => {
    // The wait is a second then, within which all of these arrive.
    for (let i = 0; i < 3; i++) expect((await ask('PUT', SESSION, [], { token: 'wrong' })).code).toBe('UNAUTHORIZED');
    const tries = await Promise.all(Array.from({ length: 5 }, () => ask('PUT', SESSION, [], { token: 'wrong' })));
    const refused = tries.filter(({ code }) => code === 'TOO_MANY_REQUESTS');
    expect([refused.length, tries.find(({ status }) => status !== 429)?.code]).toEqual([4, 'UNAUTHORIZED']);
    expect(refused[0]?.headers).toContain('retry-after: 1\r\n');
    const again = await waitUntil('the wait is over', async () => {
      const answer = await ask('PUT', SESSION, [], { token: TOKEN });
      return answer.status === 200 && answer;
    });
    expect(again.cookie).toContain('amberwatch=');
  });

  it('takes no more from a stranger than a token needs', async () => {
    const put = async (...headers: string[]) => {
      const lines = [`PUT ${SESSION} HTTP/1.1`, 'Host: localhost', 'Content-Type: application/json', ...headers];
      return errorReply.parse(JSON.parse((await sendRaw(server.url, `${lines.join('\r\n')}\r\n\r\n{`)).body)).code;
    };
    expect(await put('Content-Length: 100000')).toBe('TOO_LARGE');
    expect(await put('Content-Length: 100', 'Content-Encoding: gzip')).toBe('UNSUPPORTED_TYPE');
    expect(await put('Transfer-Encoding: chunked')).toBe('INVALID');
  });
});

describe('a cookie', () => {
  it.each([
    ['a page of this server, as a browser of today says', [OWN], 200],
    ['a page of this server, as an older browser says', ['Origin: http://localhost'], 200],
    ['nobody says who', [], 403],
    ['somebody who typed the address', ['Sec-Fetch-Site: none'], 403],
    ['a form of another site', ['Sec-Fetch-Site: cross-site', 'Origin: http://evil.example'], 403],
    ['a page on another port of this host', ['Sec-Fetch-Site: same-site', 'Origin: http://localhost:9000'], 403],
    ['the same in an older browser', ['Origin: http://localhost:9000'], 403],
    ['a page without an origin', ['Origin: null'], 403],
  ])('lets %s change something or not', async (_who, headers, status) => {
    const cookie = await asCookie();
    const answer = await ask('POST', '/api/v1/silences', [cookie, await csrfOf(cookie), ...headers], silence);
    expect(answer.status).toBe(status);
    const bearer = await ask('DELETE', '/api/v1/hosts/x', [`Authorization: Bearer ${TOKEN}`]);
    expect(bearer.code).toBe('NOT_FOUND');
  });

  it('changes nothing without what its own session was told, and is told nothing of others', async () => {
    const [mine, other] = [await asCookie(), await asCookie()];
    const change = (...headers: string[]) => ask('POST', '/api/v1/silences', [mine, OWN, ...headers], silence);
    const refused = [
      await change(),
      await change('X-CSRF-Token: '),
      await change(await csrfOf(other)),
      await change(`X-CSRF-Token: ${valueOf(mine)}`),
    ];
    expect(refused.map(({ status }) => status)).toEqual([403, 403, 403, 403]);
    expect((await change(await csrfOf(mine))).status).toBe(200);
    const foreign = await ask('GET', SESSION, [mine, 'Sec-Fetch-Site: same-site']);
    expect(foreign.body).not.toContain('csrf');
  });

  it('does not let a page on another port read, whatever the browser sends along', async () => {
    expect((await ask('GET', '/servers', [await asCookie(), 'Sec-Fetch-Site: same-site'])).code).toBe('UNAUTHORIZED');
  });

  it('counts less than a token that is wrong', async () => {
    const answer = await ask('GET', '/servers', [await asCookie(), 'Authorization: Bearer wrong']);
    expect(answer.code).toBe('UNAUTHORIZED');
  });

  it('is found among others, also behind one of its name that another page of the domain has set', async () => {
    const value = valueOf(await signIn());
    expect((await ask('GET', '/servers', [`Cookie: a=b; amberwatch=x; ${value}; c=d`])).status).toBe(200);
  });

  it.each<[string, (until: string, id: string, mac: string) => string]>([
    ['a later end', (until, id, mac) => `${(Number.parseInt(until, 36) + 1000).toString(36)}.${id}.${mac}`],
    ['another id', (until, id, mac) => `${until}.${id.startsWith('A') ? 'B' : 'A'}${id.slice(1)}.${mac}`],
    ['another token', (until, id, mac) => `${until}.${id.slice(0, 17)}abcdefghij.${mac}`],
    ['no token', (until, id, mac) => `${until}.${id.slice(0, 16)}.${mac}`],
    ['a shorter signature', (until, id, mac) => `${until}.${id}.${mac.slice(1)}`],
    ['a longer signature', (until, id, mac) => `${until}.${id}.${mac}A`],
    ['no signature', (until, id) => `${until}.${id}.`],
    ['an end alone', (until) => until],
    ['nothing in it', () => ''],
    ['the token itself', () => TOKEN],
    ['bytes that are none of it', () => '%00.😀..é'],
  ])('with %s does not count', async (_what, forge) => {
    const [, until = '', id = '', mac = ''] =
      /^amberwatch=(\w+)\.([\w-]+\.environment)\.([\w-]+)$/.exec(valueOf(await signIn())) ?? [];
    expect((await ask('GET', '/servers', [`Cookie: amberwatch=${until}.${id}.${mac}`])).status).toBe(200);
    expect((await ask('GET', '/servers', [`Cookie: amberwatch=${forge(until, id, mac)}`])).code).toBe('UNAUTHORIZED');
  });

  it('that was ended does not count any more, nor a copy of it, also after a restart; others do', async () => {
    const [mine, other] = [await asCookie(), await asCookie()];
    const csrf = await csrfOf(mine);
    for (const headers of [
      [mine, csrf],
      [mine, OWN],
    ]) {
      expect((await ask('DELETE', SESSION, headers)).code).toBe('FORBIDDEN');
    }
    expect((await ask('GET', '/servers', [mine])).status).toBe(200);
    const ended = await ask('DELETE', SESSION, [mine, OWN, csrf]);
    expect([ended.status, ended.cookie]).toEqual([200, 'amberwatch=; path=/; httponly; samesite=strict; max-age=0']);
    const answers = async () => [await ask('GET', '/servers', [mine]), await ask('GET', '/servers', [other])];
    expect((await answers()).map(({ status }) => status)).toEqual([401, 200]);
    await server.stop();
    server = await startServer(folder, { AMBERWATCH_TOKEN: TOKEN });
    expect((await answers()).map(({ status }) => status)).toEqual([401, 200]);
  }, 60_000);

  it('is void once the server has another token', async () => {
    const cookie = await asCookie();
    await server.stop();
    server = await startServer(folder, { AMBERWATCH_TOKEN: `${TOKEN}-2` });
    const answer = await ask('GET', '/servers', [cookie]);
    await server.stop();
    server = await startServer(folder, { AMBERWATCH_TOKEN: TOKEN });
    expect(answer.code).toBe('UNAUTHORIZED');
  }, 60_000);

  it('in use is renewed when it is a day old, and one whose end has come counts no more', async () => {
    const seal = new CookieSeal(TOKEN);
    const until = (ms: number) =>
      `Cookie: amberwatch=${seal.seal({ id: 'x'.repeat(16), token: 'environment', untilMs: Date.now() + ms })}`;
    const fresh = await ask('GET', '/servers', [until(29.5 * DAY_MS)]);
    expect([fresh.status, fresh.cookie]).toEqual([200, undefined]);
    const older = await ask('GET', '/servers', [until(DAY_MS)]);
    expect(older.cookie).toMatch(/^amberwatch=.*; max-age=2592000$/);
    expect((await ask('GET', '/servers', [until(-1000)])).code).toBe('UNAUTHORIZED');
  });

  it('has the command that connects a host hold the token, which strangers do not see', async () => {
    const commandOf = async (headers: string[], app: Server) =>
      setup.parse(JSON.parse((await ask('GET', '/api/v1/setup', headers, undefined, app)).body)).connect.command;
    const cookie = `Cookie: ${valueOf(await signIn({}, open))}`;
    expect(await commandOf([cookie], open)).toContain(`AMBERWATCH_TOKEN='${TOKEN}'`);
    expect(await commandOf([`Authorization: Bearer ${TOKEN}`], open)).toContain(TOKEN);
    expect(await commandOf([], open)).not.toContain(TOKEN);
    expect(await commandOf([cookie, 'Sec-Fetch-Site: same-site'], open)).not.toContain(TOKEN);
  });

  it('is enough for the live stream', async () => {
    const cookie = valueOf(await signIn());
    const gone = new AbortController();
    const response = await fetch(`${server.url}/api/v1/stream`, { headers: { cookie }, signal: gone.signal });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    gone.abort();
  });
});
