import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { testShell, type TestShell } from '../../../test/support/command-line.js';

let shell: TestShell;
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

const data = (text: string) => shell.serve((_, response) => void response.end(text));

describe('amberwatch utilisation', () => {
  it('prints each server and how many are under and over half', async () => {
    const url = await data('{"server0": 19, "server1": 49, "server2": 50, "server3": 100, "server4": 0}');
    expect(await shell.amberwatch(['utilisation', `${url}/data.json`])).toEqual({
      status: 0,
      out: "server0 19\nserver1 49\nserver2 50\nserver3 100\nserver4 0\n{'under': 3, 'over': 2}\n",
      err: '',
    });
  });

  it('reads any number of addresses and adds them up', async () => {
    const [a, b] = [await data('{"server0": 19}'), await data('{"server0": 91}')];
    const { out } = await shell.amberwatch(['utilisation', a, b]);
    expect(out).toBe(
      `${a}/\nserver0 19\n{'under': 1, 'over': 0}\n\n` +
        `${b}/\nserver0 91\n{'under': 0, 'over': 1}\n\n2 URLs\n{'under': 1, 'over': 1}\n`,
    );
    const { out: json } = await shell.amberwatch(['utilisation', a, b, '--json']);
    expect(JSON.parse(json)).toMatchObject({ under: 1, over: 1, urls: [{ servers: { server0: 19 } }, {}] });
  });

  it('counts what is no percentage neither as under nor as over', async () => {
    const url = await data('{"a": "n/a", "b": 101, "c": null, "__proto__": 7}');
    const { status, out, err } = await shell.amberwatch(['utilisation', url]);
    expect(status).toBe(0);
    expect(out).toBe("__proto__ 7\n{'under': 1, 'over': 0}\n");
    expect(err).toBe('a is unknown: it says "n/a".\nb is unknown: it says 101.\nc is unknown: it says null.\n');
  });

  it.each([
    ['<html>', 'HTML instead of JSON'],
    ['{"server0": 1', 'broken JSON instead of JSON'],
    ['[1, 2]', 'JSON of another shape'],
  ])('ends with 3 where the address answers %s', async (text, reason) => {
    const url = await data(text);
    const { status, err } = await shell.amberwatch(['utilisation', url]);
    expect(status).toBe(3);
    expect(err).toBe(`Can't read ${url}/: ${reason}.\n`);
  });
});

describe('amberwatch generate', () => {
  it('writes whole numbers from 0 to 100, the same for the same seed', async () => {
    const file = join(shell.folder, 'out.json');
    await shell.amberwatch(['generate', '--servers', '300', '--seed', '7', '--out', file]);
    const text = readFileSync(file, 'utf8');
    const values = Object.entries(JSON.parse(text) as Record<string, number>);
    expect(values.map(([name]) => name)).toEqual(Array.from({ length: 300 }, (_, i) => `server${i}`));
    for (const [, value] of values) expect(Number.isInteger(value) && value >= 0 && value <= 100).toBe(true);
    expect((await shell.amberwatch(['generate', '--servers', '300', '--seed', '7'])).out).toBe(text);
    expect((await shell.amberwatch(['generate', '--servers', '300', '--seed', '8'])).out).not.toBe(text);
  });

  it('makes ten servers where nothing else is said', async () => {
    const { out } = await shell.amberwatch(['generate']);
    expect(Object.keys(JSON.parse(out) as object)).toHaveLength(10);
  });

  it('serves what utilisation reads, until it is stopped', async () => {
    const stop = new AbortController();
    const url = new Promise<string>((resolve) => {
      void shell.amberwatch(['generate', '--serve', '0', '--seed', '1'], {
        untilStopped: () => stop.signal,
        out: (text) => resolve(/http\S+/.exec(text)?.[0] ?? ''),
      });
    });
    const { status, out } = await shell.amberwatch(['utilisation', await url]);
    expect(status).toBe(0);
    expect(out).toMatch(/^server0 \d+\n(server\d \d+\n){9}\{'under': \d+, 'over': \d+\}\n$/);
    stop.abort();
  });

  it('says in one sentence that a port is taken', async () => {
    const port = new URL(await data('x')).port;
    const { status, err } = await shell.amberwatch(['generate', '--serve', port]);
    expect({ status, err }).toEqual({ status: 2, err: `Port ${port} is taken by another program.\n` });
  });
});

const body = (url: string) =>
  new Promise<[number | undefined, unknown]>((resolve, reject) => {
    get(url, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += String(chunk)));
      response.on('end', () => resolve([response.statusCode, JSON.parse(text)]));
    }).on('error', reject);
  });

describe('amberwatch simulate --serve-servers', () => {
  it('is a cluster that the other commands can read', async () => {
    const stop = new AbortController();
    const url = await new Promise<string>((resolve) => {
      void shell.amberwatch(['simulate', '--serve-servers', '0', '--servers', '300'], {
        untilStopped: () => stop.signal,
        out: (text) => resolve(/http:\/\/[\d.:]+/.exec(text)?.[0] ?? ''),
      });
    });
    const { out } = await shell.amberwatch(['servers', '--url', url, '--json']);
    const rows = JSON.parse(out) as { status: string }[];
    expect(rows).toHaveLength(300);
    expect(rows.filter(({ status }) => status === 'unknown')).toEqual([]);
    expect(await body(`${url}/10.99.0.1`)).toEqual([400, { error: 'Invalid IP' }]);
    expect((await body(`${url}/x`))[0]).toBe(404);
    stop.abort();
  });
});
