import { readFileSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cluster, testShell, type TestShell } from '../../../test/support/command-line.js';

const fine = (service: string, cpu = 10, memory = 20) => ({ cpu: `${cpu}%`, memory: `${memory}%`, service });
const hang: RequestListener = () => undefined;

type Answer = object | string | number | RequestListener;

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

describe('amberwatch servers', () => {
  it('prints address, service, cpu, memory and status of each server', async () => {
    const url = await shell.serve(cluster({ '10.0.0.1': fine('Shop', 61, 4), '10.0.0.2': fine('Mail', 81, 4) }));
    const { status, out, err } = await shell.amberwatch(['servers', '--url', url]);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    expect(out).toBe(
      'SERVER    SERVICE   CPU  MEMORY  STATUS\n' +
        '10.0.0.1  Shop     61 %     4 %  healthy\n' +
        '10.0.0.2  Mail     81 %     4 %  unhealthy\n',
    );
  });

  it('prints the same as JSON', async () => {
    const url = await shell.serve(cluster({ '10.0.0.1': fine('Shop', 61, 4) }));
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    expect(JSON.parse(out)).toEqual([{ address: '10.0.0.1', service: 'Shop', cpu: 61, memory: 4, status: 'healthy' }]);
  });

  it.each<[string, Answer, string]>([
    ['answers 500', 500, 'HTTP 500'],
    ['answers HTML', '<html><body>Welcome</body></html>', 'HTML instead of JSON'],
    ['answers half a JSON', '{"cpu": "61%", "mem', 'broken JSON instead of JSON'],
    ['answers nothing', '', 'an empty answer instead of JSON'],
    ['answers another shape', [1, 2], 'JSON of another shape'],
    ['says its cpu is n/a', { cpu: 'n/a', memory: '4%', service: 'Shop' }, 'cpu is "n/a"'],
    ['says its cpu is negative', { cpu: '-5%', memory: '4%', service: 'Shop' }, 'cpu is "-5%"'],
    ['says nothing of its memory', { cpu: '5%', service: 'Shop' }, 'no memory'],
    ['hangs', hang, 'no answer in 0.4 s'],
    ['breaks off', (_, response) => response.destroy(), 'connection broken off'],
    [
      'redirects for ever',
      (request, response) => response.writeHead(302, { location: request.url }).end(),
      'redirects more than 5 times',
    ],
    [
      'redirects to nowhere',
      (_, response) => response.writeHead(302, { location: 'ftp://x/' }).end(),
      'HTTP 302 to nowhere',
    ],
  ])('names a server as unknown with the reason where it %s', async (_, answer, reason) => {
    const url = await shell.serve(cluster({ '10.0.0.1': answer, '10.0.0.2': fine('Shop') }));
    const { status, out } = await shell.amberwatch(['servers', '--url', url, '--json', '--timeout', '400ms']);
    expect(status).toBe(0);
    const [bad, good] = JSON.parse(out) as Record<string, unknown>[];
    expect(bad).toMatchObject({ address: '10.0.0.1', status: 'unknown', reason });
    expect(good).toMatchObject({ address: '10.0.0.2', status: 'healthy' });
  });

  it('follows a redirect that leads somewhere, without its secrets on another server', async () => {
    let headers: Record<string, unknown> = {};
    const other = await shell.serve((request, response) => {
      headers = request.headers;
      response.end(JSON.stringify(fine('Moved')));
    });
    const moved: RequestListener = (_, response) => response.writeHead(307, { location: `${other}/x` }).end();
    const url = await shell.serve(cluster({ a: moved }));
    shell.environment['AMBERWATCH_TOKEN'] = 'secret';
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    expect(JSON.parse(out)).toMatchObject([{ address: 'a', service: 'Moved', status: 'healthy' }]);
    expect(headers['authorization']).toBeUndefined();
  });

  it('tries again where a server fails once', async () => {
    let asked = 0;
    const flaky: RequestListener = (_, response) => {
      if (asked++ === 0) response.writeHead(503).end();
      else response.end(JSON.stringify(fine('Shop')));
    };
    const url = await shell.serve(cluster({ a: flaky }));
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    expect(JSON.parse(out)).toMatchObject([{ status: 'healthy' }]);
    expect(asked).toBe(2);
  });

  it('takes a 503 with an error for what the server knows of a silent host, and does not ask again', async () => {
    let asked = 0;
    const silent: RequestListener = (_, response) => {
      asked++;
      response.writeHead(503).end('{"error": "web-1 is silent"}');
    };
    const url = await shell.serve(cluster({ a: silent }));
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    expect(JSON.parse(out)).toMatchObject([{ status: 'unknown', reason: 'HTTP 503: web-1 is silent' }]);
    expect(asked).toBe(1);
  });

  it('sends the headers of GET_REQ_HEADER and the token', async () => {
    const seen: unknown[] = [];
    const url = await shell.serve((request, response) => {
      seen.push([request.headers['x-team'], request.headers['authorization']]);
      cluster({ a: fine('Shop') })(request, response);
    });
    shell.environment['GET_REQ_HEADER'] = '{"X-Team": "blue"}';
    shell.environment['AMBERWATCH_TOKEN'] = 'secret';
    await shell.amberwatch(['servers', '--url', url]);
    expect(seen).toEqual([
      ['blue', 'Bearer secret'],
      ['blue', 'Bearer secret'],
    ]);
  });

  it('shows hostile names as one harmless line each', async () => {
    const url = await shell.serve(cluster({ 'a\u001b[2J\nb': fine('\u202eevil\t'), '../servers': fine('Up') }));
    const { out } = await shell.amberwatch(['servers', '--url', url]);
    expect(out.split('\n').slice(1)).toEqual([
      expect.stringContaining('a\\x1b[2J\\nb  \\u{202e}evil\\t'),
      expect.stringContaining('../servers'),
      '',
    ]);
  });

  it('fits the terminal, and colours the status there', async () => {
    const url = await shell.serve(cluster({ ['a'.repeat(70)]: '<html>', b: fine('漢字漢字漢字漢字漢字') }));
    const { out } = await shell.amberwatch(['servers', '--url', url], { columns: 60, color: true });
    // oxlint-disable-next-line no-control-regex -- it is escape codes that this is about
    const lines = out.replaceAll(/\u001b\[\d+m/g, '').split('\n');
    expect(lines[1]).toMatch(/^a+…/);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(out).toContain('\u001b[32mhealthy');
  });

  it('says after a second how far it is', async () => {
    const slow: RequestListener = (_, response) => void setTimeout(() => response.end(JSON.stringify(fine('S'))), 1300);
    const url = await shell.serve(cluster({ a: slow, b: fine('S') }));
    const { err } = await shell.amberwatch(['servers', '--url', url]);
    expect(err).toBe('1 of 2 servers\n');
  });
});

describe('what cannot be read', () => {
  it('ends with 3 where nobody listens', async () => {
    const { status, out, err } = await shell.amberwatch(['servers', '--port', '1', '--timeout', '2s']);
    expect({ status, out }).toEqual({ status: 3, out: '' });
    expect(err).toBe("Can't read the servers from http://127.0.0.1:1: connection refused.\n");
  });

  it.each<[string, RequestListener, string]>([
    ['hangs', hang, 'no answer in 0.3 s'],
    ['answers 500', (_, response) => void response.writeHead(500).end(), 'HTTP 500'],
    ['wants a token', (_, response) => void response.writeHead(401).end(), 'Set AMBERWATCH_TOKEN'],
    ['lists no addresses', (_, response) => void response.end('{"a": 1}'), 'something else than a list'],
  ])('ends with 3 where the server %s', async (_, listener, sentence) => {
    const url = await shell.serve(listener);
    const { status, err } = await shell.amberwatch(['servers', '--url', url, '--timeout', '300ms']);
    expect(status).toBe(3);
    expect(err).toContain(sentence);
  });
});

const counting = () => {
  const asked: string[] = [];
  const listener: RequestListener = (request, response) => {
    asked.push(request.url ?? '');
    cluster({ a: fine('Shop'), b: 500 })(request, response);
  };
  return { asked, listener };
};
const cacheFile = () => shell.environment['DATA_JSON_PATH'] as string;

describe('the cache', () => {
  it('keeps what answered well, and asks the others again', async () => {
    const { asked, listener } = counting();
    const url = await shell.serve(listener);
    await shell.amberwatch(['servers', '--url', url]);
    asked.length = 0;
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    expect(new Set(asked)).toEqual(new Set(['/b']));
    expect(JSON.parse(out)).toMatchObject([{ status: 'healthy' }, { status: 'unknown' }]);
  });

  it.each([
    ['too old', (text: string) => text.replace(/"time":"\d{4}/, '"time":"2001')],
    ['damaged', (text: string) => text.slice(0, -5)],
    ['of another fleet', (text: string) => text.replace('127.0.0.1', 'localhost')],
    ['of another shape', () => '[]'],
  ])('is read again where it is %s', async (_, change) => {
    const { asked, listener } = counting();
    const url = await shell.serve(listener);
    await shell.amberwatch(['servers', '--url', url]);
    writeFileSync(cacheFile(), change(readFileSync(cacheFile(), 'utf8')));
    asked.length = 0;
    const { status } = await shell.amberwatch(['servers', '--url', url]);
    expect(status).toBe(0);
    expect(asked).toContain('/servers');
    expect(JSON.parse(readFileSync(cacheFile(), 'utf8'))).toMatchObject({ addresses: ['a', 'b'] });
  });

  it('is not used with --fresh, nor with FREQ=0', async () => {
    const { asked, listener } = counting();
    const url = await shell.serve(listener);
    await shell.amberwatch(['servers', '--url', url]);
    for (const [words, freq] of [[['--fresh'], '1'] as const, [[], '0'] as const]) {
      asked.length = 0;
      shell.environment['FREQ'] = freq;
      await shell.amberwatch(['servers', '--url', url, ...words]);
      expect(asked).toContain('/a');
    }
  });

  it('that cannot be written is one sentence and no failure', async () => {
    const url = await shell.serve(cluster({ a: fine('Shop') }));
    writeFileSync(cacheFile(), 'a file, not a folder');
    shell.environment['DATA_JSON_PATH'] = `${cacheFile()}/data.json`;
    const { status, out, err } = await shell.amberwatch(['servers', '--url', url]);
    expect({ status, lines: out.split('\n').length }).toEqual({ status: 0, lines: 3 });
    expect(err).toContain("Can't write the cache");
  });
});
