import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

const state = (host: string) => ({
  host,
  service: null,
  firstSeen: '2026-11-22T20:41:50Z',
  lastSeen: '2026-11-22T20:41:50Z',
  lastTime: '2026-11-22T20:41:50Z',
  intervalMs: 10_000,
  status: 'ok',
  programs: 1,
  usage: null,
});

/** A server that knows `web-1` and a host of an awkward name, and forgets either. */
function server(asked: string[] = []): RequestListener {
  const hosts = ['web-1', 'a/b\u001b'];
  return (request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const name = decodeURIComponent(/\/hosts\/(.+)$/.exec(request.url ?? '')?.[1] ?? '');
    const error = { statusCode: 404, code: 'NOT_FOUND', message: `There is no host "${name}".` };
    if (request.method === 'GET') response.end(JSON.stringify({ hosts: hosts.map(state) }));
    else if (hosts.includes(name)) response.writeHead(204).end();
    else response.writeHead(404).end(JSON.stringify(error));
  };
}

describe('amberwatch host NAME --forget', () => {
  it('forgets a host that was taken away, and says what that means', async () => {
    const asked: string[] = [];
    const url = await shell.serve(server(asked));
    expect(await shell.amberwatch(['host', 'web-1', '--forget', '--url', url])).toEqual({
      status: 0,
      out: 'web-1 is forgotten: its alerts end, its history stays until retention.\n',
      err: '',
    });
    expect(asked).toEqual(['DELETE /api/v1/hosts/web-1']);
  });

  it('takes any name, and shows it harmlessly', async () => {
    const url = await shell.serve(server());
    const { status, out } = await shell.amberwatch(['host', 'a/b\u001b', '--forget', '--url', url]);
    expect({ status, out }).toMatchObject({ status: 0, out: expect.stringContaining('a/b\\x1b is forgotten') });
  });

  it('says it as JSON too', async () => {
    const url = await shell.serve(server());
    const { out } = await shell.amberwatch(['host', 'web-1', '--forget', '--json', '--url', url]);
    expect(JSON.parse(out)).toEqual({ host: 'web-1', forgotten: true });
  });

  it('names the nearest host where nobody knows that one', async () => {
    const url = await shell.serve(server());
    expect(await shell.amberwatch(['host', 'web-2', '--forget', '--url', url])).toEqual({
      status: 2,
      out: '',
      err: 'The server has heard of no host "web-2". Did you mean web-1?\n',
    });
  });

  it('stands in the help and in the completion', async () => {
    expect((await shell.amberwatch(['host', '--help'])).out).toContain('--forget');
    expect((await shell.amberwatch(['__complete', 'host', '--f'])).out).toContain('--forget');
  });
});
