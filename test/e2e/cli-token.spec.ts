import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { tokenPage } from '#domain';
import { testShell, type TestShell } from '../support/command-line.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';

let server: RunningApp & { url: string };
let shell: TestShell;
beforeAll(async () => {
  server = await startServer(temporaryFolder(), { AMBERWATCH_TOKEN: TOKEN });
}, 60_000);
afterAll(() => stopAll([server]));
beforeEach(() => {
  shell = testShell();
  shell.environment['AMBERWATCH_TOKEN'] = TOKEN;
});
afterEach(() => shell.close());

const token = (...words: string[]) => shell.amberwatch(['token', ...words, '--url', server.url]);
const statusOf = async (text: string) =>
  (await fetch(`${server.url}/servers`, { headers: { authorization: `Bearer ${text}` } })).status;

describe('amberwatch token', () => {
  it('prints the text of a new one alone, so that it can go into a file', async () => {
    const made = await token('create', '--kind', 'write', '--host', 'web-*, db-1', '--name', 'the shop');
    expect(made).toEqual({
      status: 0,
      out: expect.stringMatching(/^aw_[0-9A-Za-z]{10}_[0-9A-Za-z]{43}\n$/),
      err: expect.stringMatching(
        /^[0-9A-Za-z]{10}: write for web-\*, db-1, it has no end\. It is shown this once\.\n$/,
      ),
    });
    const list = await token('list');
    const [, row = ''] = /^(.*the shop.*)$/m.exec(list.out) ?? [];
    expect(row).toMatch(/^\w{4,10} +write +web-\*, db-1 +the shop +\d{4}-\d\d-\d\d \d\d:\d\d +never +never *$/);
    expect(list.out).toMatch(/^environment +admin +all +AMBERWATCH_TOKEN of the server .* 127\.0\.0\.1$/m);
    expect(list.out).not.toContain(made.out.trim().slice(-43));
  });

  it('renews and revokes, named by the beginning of an id', async () => {
    const first = JSON.parse((await token('create', '--kind', 'read', '--expires', '30d', '--json')).out) as {
      id: string;
      token: string;
      expiresAt: string;
    };
    const days = (Date.parse(first.expiresAt) - Date.now()) / 86_400_000;
    expect(days).toBeCloseTo(30, 1);
    const renewed = await token('renew', first.id.slice(0, 5));
    expect(renewed.err).toMatch(/The one before goes on until \d{4}-/);
    expect([await statusOf(first.token), await statusOf(renewed.out.trim())]).toEqual([200, 200]);
    expect(await token('revoke', first.id.slice(0, 5))).toEqual({ status: 0, out: 'It ends now.\n', err: '' });
    expect([await statusOf(first.token), await statusOf(renewed.out.trim())]).toEqual([401, 401]);
    expect(await token('revoke', first.id)).toMatchObject({ status: 2, err: expect.stringContaining('no token') });
  });

  it('lists all as JSON, of as many pages as there are', async () => {
    for (let i = 0; i < 3; i++) await token('create', '--kind', 'read', '--name', `page ${i}`);
    const all = JSON.parse((await token('list', '--json')).out) as { name?: string }[];
    expect(all.filter(({ name }) => name?.startsWith('page ')).length).toBe(3);
    expect(tokenPage.safeParse({ tokens: all }).success).toBe(true);
  });

  it.each<[string[], RegExp]>([
    [['create'], /--kind admin, read, write or enrolment/],
    [['create', '--kind', 'write'], /needs its hosts: --host/],
    [['create', '--kind', 'read', '--host', 'a'], /leave --host out/],
    [['create', '--kind', 'enrolment', '--host', '*'], /needs an end: --expires 7d/],
    [['create', '--kind', 'root'], /--kind must be one of admin, read, write, enrolment/],
    [['revoke', 'environment'], /AMBERWATCH_TOKEN/],
    [['list', '--kind', 'read'], /has no option --kind/],
  ])('%j is wrong use, in one sentence', async (words, sentence) => {
    expect(await token(...words)).toEqual({ status: 2, out: '', err: expect.stringMatching(sentence) });
  });

  it('says what it may not do', async () => {
    const { out } = await token('create', '--kind', 'read');
    shell.environment['AMBERWATCH_TOKEN'] = out.trim();
    expect(await token('list')).toEqual({
      status: 2,
      out: '',
      err: expect.stringMatching(/kind read may not do this/),
    });
  });
});
