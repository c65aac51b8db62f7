import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { UnitUsage } from '#domain';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

const unit = (name: string, more: Partial<UnitUsage> = {}): UnitUsage => ({
  host: 'web-1',
  unit: name,
  kind: 'service',
  samples: 6,
  processes: 3,
  cpu: 120.44,
  cpuMax: 150,
  cpuLimit: 200,
  cpuShare: 60.22,
  cpuShareMax: 75,
  throttled: 2.5,
  memBytes: 460 * 2 ** 20,
  memBytesMax: 480 * 2 ** 20,
  memLimitBytes: 512 * 2 ** 20,
  memShare: 89.8,
  memShareMax: 93.7,
  oomKills: 2,
  victim: 'ja\u001bva',
  pids: 41,
  pidsLimit: null,
  cpuPressure: 0,
  memPressure: 3,
  ioPressure: 0,
  programs: ['java', 'sh'],
  lastTime: '2026-11-22T20:41:50Z',
  ...more,
});
const unlimited: Partial<UnitUsage> = {
  cpuLimit: null,
  cpuShare: null,
  throttled: null,
  memLimitBytes: null,
  memShare: null,
  oomKills: 0,
  victim: null,
  pids: null,
  programs: [],
};

/** A server with one host and these units, as many a page as are asked for. */
function server(units: UnitUsage[], asked: string[] = []): RequestListener {
  return (request, response) => {
    const url = new URL(request.url ?? '', 'http://server');
    asked.push(request.url ?? '');
    if (url.pathname === '/api/v1/units') {
      const limit = Number(url.searchParams.get('limit'));
      response.end(JSON.stringify({ units: units.slice(0, limit), ...(limit < units.length && { next: 'more' }) }));
      return;
    }
    const state = { host: 'web-1', service: null, status: 'ok', programs: 1, usage: null, intervalMs: 10_000 };
    const times = { firstSeen: '2026-11-22T20:41:50Z', lastSeen: '2026-11-22T20:41:50Z' };
    const known = { ...state, ...times, lastTime: times.lastSeen };
    if (url.pathname === '/api/v1/hosts') response.end(JSON.stringify({ hosts: [known] }));
    else if (url.pathname === '/api/v1/hosts/web-1') response.end(JSON.stringify(known));
    else response.writeHead(404).end(JSON.stringify({ statusCode: 404, code: 'NOT_FOUND', message: 'no such host' }));
  };
}

describe('amberwatch units', () => {
  it('shows every unit against its own limits, and hostile names harmlessly', async () => {
    const asked: string[] = [];
    const url = await shell.serve(server([unit('shop\u001b.service'), unit('b', unlimited)], asked));
    const { status, out } = await shell.amberwatch(['units', '--url', url]);
    expect(status).toBe(0);
    expect(out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      'HOST,UNIT,KIND,PROCS,CPU %,% QUOTA,HELD BACK %,MEM,LIMIT,% LIMIT,OOM KILLS,TASKS,PROGRAMS'.split(','),
      'web-1,shop\\x1b.service,service,3,120.4,60.2,2.5,460M,512M,89.8,2 ja\\x1bva,41,java sh'.split(','),
      'web-1,b,service,3,120.4,-,-,460M,-,-,0,-,-'.split(','),
      [''],
    ]);
    expect(asked[0]).toBe('/api/v1/units?order=memShare&window=60000ms&limit=100');
    const { out: first } = await shell.amberwatch(['units', '--rows', '1', '--url', url]);
    expect(first).toMatch(/\nThe first 1; --rows N shows more\.\n$/);
  });

  it('asks for a host, an order, a kind, a window and a number of rows, and gives JSON', async () => {
    const asked: string[] = [];
    const url = await shell.serve(server([unit('a'), unit('b')], asked));
    const words = [
      'units',
      'web-1',
      '--order',
      'oomKills',
      '--kind',
      'pod',
      '--window',
      '24h',
      '--rows',
      '1',
      '--json',
    ];
    const { out } = await shell.amberwatch([...words, '--url', url]);
    expect(JSON.parse(out)).toEqual([unit('a')]);
    expect(asked.at(-1)).toBe('/api/v1/units?host=web-1&kind=pod&order=oomKills&window=86400000ms&limit=1');
  });

  it('says why there is none, and names the nearest host where nobody knows that one', async () => {
    const url = await shell.serve(server([]));
    expect((await shell.amberwatch(['units', '--url', url])).out).toMatch(
      /^No collector of this server sent units in this time: it needs a host with control groups/,
    );
    expect((await shell.amberwatch(['units', 'web-1', '--url', url])).out).toMatch(/^The collector of web-1 sent/);
    expect((await shell.amberwatch(['units', '--filter', 'x', '--url', url])).out).toBe(
      'No unit matches in this time.\n',
    );
    const wrong = await shell.amberwatch(['units', 'web-2', '--url', url]);
    expect([wrong.status, wrong.err]).toEqual([2, 'The server has heard of no host "web-2". Did you mean web-1?\n']);
  });

  it('completes units of the host that the line names', async () => {
    const asked: string[] = [];
    const url = await shell.serve(server([unit('shop.service')], asked));
    const { out } = await shell.amberwatch(['__complete', 'history', 'web-1', '--url', url, '--unit', 'sh']);
    expect(out).toBe('shop.service\tservice\n');
    expect(asked).toEqual(['/api/v1/units?host=web-1&match=sh&limit=200']);
  });
});
