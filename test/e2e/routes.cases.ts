import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { errorReply, type SaveAll } from '#domain';
import { oddNames } from '../contract/odd-names.js';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

type Entry = SaveAll['data'][number];
const TOKEN = 'a-token-of-enough-length';

/** The routes as CONTRACT states them, on a real server with the store that `env` chooses. */
export function routesOn(storeEnvironment: () => Promise<Record<string, string>>): void {
  let server: RunningApp & { url: string };

  beforeAll(async () => {
    server = await startServer(temporaryFolder(), await storeEnvironment());
  }, 120_000);
  afterAll(() => stopAll([server]));

  const get = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${server.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) as unknown };
  };
  const put = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    get(path, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body),
    });
  const now = () => Math.round(Date.now() / 10) / 100;
  const entry = (process_name: string, type_data: 'cpu' | 'mem', value: number, timestamp = now()): Entry => ({
    timestamp,
    value,
    process_name,
    type_data,
  });
  const save = (ipaddress: string, ...data: Entry[]) => put('/ressources-usage/save-all', { ipaddress, data });

  /** Announces a body of `bytes` bytes, and resolves with status and code of the answer to its beginning. */
  const announce = (bytes: number) =>
    new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': bytes };
      const sent = request(`${server.url}/ressources-usage/save-all`, { method: 'PUT', headers }, (response) => {
        response.setEncoding('utf8').on('data', (text: string) => {
          resolve([response.statusCode, errorReply.parse(JSON.parse(text)).code]);
          sent.destroy();
        });
      });
      sent.on('error', reject).write('{');
    });

  describe('PUT /ressources-usage/save-all', () => {
    it('answers Ok, and get-all gives the mean memory and CPU of each process, memory first', async () => {
      const time = now();
      const reply = await save(
        '10.0.0.7',
        entry('nginx', 'cpu', 1.5, time),
        entry('nginx', 'mem', 3, time),
        entry('cron', 'mem', 0.5, time),
      );
      expect([reply.status, reply.json()]).toEqual([200, { Response: 'Ok' }]);
      expect((await get('/ressources-usage/get-all/10.0.0.7')).json()).toEqual({ nginx: [3, 1.5], cron: [0.5, null] });
    });

    it('weighs every process equally: three of one sample and one of another', async () => {
      const [first, second] = [now() - 10, now()];
      await save(
        'mean',
        entry('php', 'cpu', 10, first),
        entry('php', 'cpu', 20, first),
        entry('php', 'cpu', 30, first),
        entry('php', 'cpu', 100, second),
      );
      expect((await get('/ressources-usage/get-all?host=mean')).json()).toEqual({ php: [null, 40] });
      expect((await get('/ressources-usage/get-all?host=mean&aggregate=total')).json()).toEqual({ php: [null, 80] });
      expect((await get('/ressources-usage/get-all?host=mean&aggregate=max')).json()).toEqual({ php: [null, 100] });
    });

    it('counts a batch that is sent twice once', async () => {
      const body = JSON.stringify({ ipaddress: 'twice', data: [entry('a', 'cpu', 4)] });
      await put('/ressources-usage/save-all', body);
      await put('/ressources-usage/save-all', body);
      expect((await get('/ressources-usage/get-all-detailed?host=twice&metric=cpu')).json()).toEqual({ a: [4] });
    });

    it('takes hostile names, and gives them back byte for byte without touching another row', async () => {
      const time = now();
      await save('bystander', entry('x', 'cpu', 1, time));
      const data = oddNames.flatMap((name, i) => [entry(name, 'cpu', i, time), entry(name, 'mem', i + 0.5, time)]);
      expect((await save('hostile', ...data)).status).toBe(200);
      const expected = oddNames.map((name, i) => [name, [i + 0.5, i]]);
      const reply = await get('/ressources-usage/get-all?host=hostile');
      const sorted = (entries: unknown[]) =>
        [...entries].sort((a, b) => ((a as string[])[0]! < (b as string[])[0]! ? -1 : 1));
      expect(sorted(Object.entries(reply.json() as object))).toEqual(sorted(expected));
      const client = new AmberwatchClient({ baseUrl: server.url });
      expect(sorted(Object.entries(await client.usageByName({ host: 'hostile' })))).toEqual(sorted(expected));
      for (const name of oddNames) {
        const page = await client.usage({ host: 'hostile', process: name });
        expect(page.programs.map(({ process }) => process)).toEqual([name]);
      }
      expect((await get('/ressources-usage/get-all?host=bystander')).json()).toEqual({ x: [null, 1] });
    });

    it('takes names with bytes that Python could not read, and loses nothing', async () => {
      const time = now();
      const body = JSON.stringify({
        ipaddress: 'python',
        data: [entry('caf\udce9', 'cpu', 1, time), entry('\ud800', 'cpu', 2, time)],
      });
      expect((await put('/ressources-usage/save-all', body)).status).toBe(200);
      expect((await get('/ressources-usage/get-all?host=python')).json()).toEqual({
        'caf\\xe9': [null, 1],
        '\ufffd': [null, 2],
      });
    });

    it('takes processes that were stamped one after the other as one round of the host', async () => {
      const time = now();
      const data = [1, 95, 1, 1, 2].map((value, i) => entry('worker', 'cpu', value, time - i / 100));
      await save('stamped', ...data, entry('worker', 'cpu', 50, time - 10));
      expect((await get('/ressources-usage/get-all?host=stamped&aggregate=total')).json()).toEqual({
        worker: [null, 75],
      });
      expect((await get('/api/v1/hosts/stamped/processes')).json()).toMatchObject({
        processes: [{ process: 'worker', count: 5, cpu: 100, cpuMax: 95 }],
      });
    });

    it('takes hosts with hostile names, which their route finds', async () => {
      for (const [i, name] of oddNames.entries()) {
        expect((await save(name, entry('p', 'cpu', i))).status).toBe(200);
        expect((await get(`/ressources-usage/get-all/${encodeURIComponent(name)}`)).json()).toEqual({ p: [null, i] });
      }
    });

    const valid = entry('a', 'cpu', 1);
    it.each<[string, unknown, string]>([
      ['a missing field', { ipaddress: 'x', data: [{ ...valid, value: undefined }] }, 'data.0.value'],
      ['a string for a number', { ipaddress: 'x', data: [{ ...valid, value: '1' }] }, 'not "1"'],
      ['a negative value', { ipaddress: 'x', data: [valid, { ...valid, value: -1 }] }, 'data.1.value'],
      ['an unknown type', { ipaddress: 'x', data: [{ ...valid, type_data: 'disk' }] }, 'data.0.type_data'],
      ['an empty batch', { ipaddress: 'x', data: [] }, 'data: at least 1 entries, not 0'],
      ['an empty name', { ipaddress: 'x', data: [{ ...valid, process_name: '' }] }, 'data.0.process_name: "" is empty'],
      [
        'a name of 256 characters',
        { ipaddress: 'x', data: [{ ...valid, process_name: 'x'.repeat(256) }] },
        'data.0.process_name',
      ],
      ['values whose sum overflows', { ipaddress: 'x', data: [{ ...valid, value: 1e308 }] }, 'data.0.value'],
      [
        '1e999',
        '{"ipaddress":"x","data":[{"timestamp":1,"value":1e999,"process_name":"a","type_data":"cpu"}]}',
        'data.0.value',
      ],
      ['NaN', '{"ipaddress":"x","data":[{"timestamp":1,"value":NaN,"process_name":"a","type_data":"cpu"}]}', 'JSON'],
      ['half a body', '{"ipaddress":"x","data":[', 'JSON'],
      ['depth 100,000', '['.repeat(100_000) + ']'.repeat(100_000), ''],
      ['an array', [], ''],
      ['an unknown key', { ipaddress: 'x', data: [valid], more: 1 }, 'more'],
      ['50,001 entries', { ipaddress: 'x', data: Array.from({ length: 50_001 }, () => valid) }, 'not 50001'],
      [
        'invalid UTF-8',
        Buffer.concat([Buffer.from('{"ipaddress":"'), Buffer.from([0xff]), Buffer.from('","data":[]}')]),
        'UTF-8',
      ],
    ])('refuses %s and writes nothing', async (_what, body, field) => {
      const reply = await put('/ressources-usage/save-all', body);
      expect(reply.status).toBe(400);
      const error = errorReply.parse(reply.json());
      expect(error.code).toBe('INVALID');
      expect(error.message).toContain(field);
      expect((await get('/ressources-usage/get-all?host=x')).json()).toEqual({});
    });

    it('refuses a time over 10 minutes ahead and tells its own', async () => {
      const reply = await save('ahead', entry('a', 'cpu', 1), entry('a', 'cpu', 1, now() + 660));
      expect(reply.status).toBe(400);
      expect(reply.json()).toMatchObject({ code: 'CLOCK_AHEAD', details: { serverTime: expect.stringMatching(/Z$/) } });
      expect((await get('/ressources-usage/get-all?host=ahead')).json()).toEqual({});
    });

    it('says how many samples were too old to be stored, and stores the others', async () => {
      const in2004 = Date.UTC(2004, 0, 1) / 1000;
      const reply = await save(
        'dusty',
        entry('a', 'cpu', 1, in2004),
        entry('b', 'cpu', 1, in2004),
        entry('a', 'cpu', 2),
      );
      expect([reply.status, reply.json()]).toEqual([200, { Response: 'Ok', expired: 2 }]);
      expect((await get('/ressources-usage/get-all-detailed?host=dusty&window=48h&metric=cpu')).json()).toEqual({
        a: [2],
      });
      expect(server.output()).toContain('Samples of "dusty" are not stored: they are older than AMBERWATCH_RETENTION');
    });

    it('shows samples of a clock that is slightly ahead', async () => {
      await save('slightly', entry('a', 'cpu', 7, now() + 300));
      expect((await get('/ressources-usage/get-all?host=slightly')).json()).toEqual({ a: [null, 7] });
    });

    it('refuses another content type with 415 and 100 MB with 413', async () => {
      expect(
        (await put('/ressources-usage/save-all', 'a=1', { 'content-type': 'application/x-www-form-urlencoded' }))
          .status,
      ).toBe(415);
      expect((await put('/ressources-usage/save-all', '{}', { 'content-type': 'text/plain' })).status).toBe(415);
      expect((await put('/ressources-usage/save-all', '{}', { 'content-encoding': 'br' })).status).toBe(415);
      expect(await announce(100 * 1024 * 1024)).toEqual([413, 'TOO_LARGE']);
      expect((await get('/health/ready')).status).toBe(200);
    });
  });

  describe('the reading routes', () => {
    it('find a host by its exact name first, then with dashes read as dots', async () => {
      await save('10.1.2.3', entry('dotted', 'cpu', 1));
      expect((await get('/ressources-usage/get-all/10-1-2-3')).json()).toEqual({ dotted: [null, 1] });
      await save('10-1-2-3', entry('dashed', 'cpu', 2));
      expect((await get('/ressources-usage/get-all/10-1-2-3')).json()).toEqual({ dashed: [null, 2] });
    });

    it('answer {} for a host nobody has heard of', async () => {
      expect((await get('/ressources-usage/get-all/nobody')).text).toBe('{}');
    });

    it('give one value a sample, oldest first, within the window', async () => {
      const time = now();
      await save(
        'detailed',
        entry('a', 'mem', 3, time),
        entry('a', 'mem', 1, time - 20),
        entry('a', 'mem', 2, time - 10),
        entry('a', 'mem', 9, time - 200),
      );
      expect((await get('/ressources-usage/get-all-detailed?host=detailed')).json()).toEqual({ a: [9, 1, 2, 3] });
      expect((await get('/ressources-usage/get-all-detailed?host=detailed&window=90s')).json()).toEqual({
        a: [1, 2, 3],
      });
      expect((await get('/ressources-usage/get-all?host=detailed&window=90s')).json()).toEqual({ a: [2, null] });
    });

    it.each(['/ressources-usage/query-alarm', '/ressources-usage/query-alarm/'])(
      '%s tells the worst colour and why it may be blind',
      async (path) => {
        expect((await get(path)).json()).toEqual({
          color: 'AMBER',
          alerts: [],
          blind: expect.arrayContaining(['no prediction has reported', 'no alarm has reported']),
        });
      },
    );

    it.each([
      ['/ressources-usage/get-all?window=5x', 'window: a duration such as 90s, 5m or 48h, not "5x"'],
      ['/ressources-usage/get-all?window=5m&window=6m', 'window'],
      ['/ressources-usage/get-all?aggregate=median', 'aggregate: one of mean, total, max, not "median"'],
      ['/ressources-usage/get-all?unknown=1', 'unknown'],
      ['/ressources-usage/get-all-detailed?metric=disk', 'metric'],
      ['/api/v1/history?points=0', 'points: a whole number from 1 to 20000, not "0"'],
      ['/api/v1/history?from=yesterday', 'not "yesterday"'],
      ['/api/v1/history?step=1ms', 'step'],
      ['/api/v1/usage?limit=abc', 'limit: a whole number from 1 to 10000, not "abc"'],
      ['/api/v1/usage?order=%E2%80%AE%1B', 'not "\\u{202e}\\u001b"'],
      ['/api/v1/usage?nod=1', 'nod: is unknown'],
      ['/api/v1/usage?cursor=abc', 'cursor'],
      ['/api/v1/usage?host=%FF', 'UTF-8'],
      ['/ressources-usage/get-all/%FF', ''],
      ['/api/v1/alerts?state=maybe', 'state'],
      ...['alerts', 'history', 'scores'].map((route) => [
        `/api/v1/${route}?from=2026-11-22T20:00:00Z&to=2026-11-22T19:00:00Z`,
        'from: "2026-11-22T20:00:00Z" is after to, which is "2026-11-22T19:00:00Z"',
      ]),
      ['/api/v1/hosts/a/metrics?measurement=cpu&field=x&from=2026-11-22T20:00:00Z&to=2026-11-22T19:00:00Z', 'from'],
    ])('%s is 400 and names the field', async (path, field) => {
      const reply = await get(path);
      expect(reply.status).toBe(400);
      expect(errorReply.parse(reply.json()).message).toContain(field);
    });

    it('take a range that ends at the first moment that a time can tell', async () => {
      expect((await get('/api/v1/scores?to=0000-01-01T00:00:00Z')).json()).toMatchObject({
        from: '0000-01-01T00:00:00.000Z',
        incidents: 0,
      });
    });

    it('answer unknown routes and wrong methods in the one shape of an error', async () => {
      for (const reply of [
        await get('/nowhere'),
        await get('/ressources-usage/get-all', { method: 'DELETE' }),
        await get('/api/v1/hosts/nobody'),
      ]) {
        expect([404, 405]).toContain(reply.status);
        expect(errorReply.parse(reply.json()).statusCode).toBe(reply.status);
      }
    });
  });

  describe('/api/v1', () => {
    const batchOf = (id: string, host: string, values: Record<string, number>, extra: object = {}) => ({
      id,
      host,
      time: new Date().toISOString(),
      intervalMs: 10_000,
      names: Object.keys(values),
      count: Object.keys(values).map(() => 1),
      cpu: Object.values(values),
      cpuMax: Object.values(values),
      ...extra,
    });

    it('takes a batch once, and lets readers follow by cursor', async () => {
      const { cursor } = (await get('/api/v1/samples')).json() as { cursor: string };
      const waiting = get(`/api/v1/samples?after=${cursor}&wait=20`);
      const batch = batchOf('follow-me-1', 'followed', { a: 1, b: 2 });
      const taken = { accepted: 2, expired: 0, serverTime: expect.stringMatching(/Z$/) };
      expect((await put('/api/v1/samples', batch)).json()).toEqual({ ...taken, repeated: false });
      const page = (await waiting).json() as { cursor: string; batches: object[] };
      expect(page.batches).toEqual([batch]);
      expect((await put('/api/v1/samples', batch)).json()).toEqual({ ...taken, repeated: true });
      const next = (await get(`/api/v1/samples?after=${page.cursor}&wait=0`)).json() as { batches: object[] };
      expect(next.batches).toEqual([]);
    });

    it('takes a batch of a newer sender, leaves out the keys that it does not know and counts them', async () => {
      const batch = batchOf(
        'newer-sender-1',
        'newer',
        { a: 1 },
        {
          colour: 'blue',
          hostUsage: { cpu: 1, mem: 2, cores: 1, memTotalBytes: 3, gpu: 4 },
          hostMetrics: [{ measurement: 'gpu', fields: { load: 1 } }],
        },
      );
      expect((await put('/api/v1/samples', batch)).json()).toMatchObject({ accepted: 1 });
      expect((await get('/api/v1/hosts/newer')).json()).toMatchObject({
        usage: { cpu: 1, mem: 2, cores: 1, memTotalBytes: 3 },
      });
      expect((await get('/metrics')).text).toContain('amberwatch_unknown_keys_total 3');
    });

    it('says which samples were too old to be stored', async () => {
      const old = batchOf(
        'too-old-1',
        'too-old',
        { a: 1, b: 2 },
        { time: new Date(Date.now() - 49 * 3_600_000).toISOString() },
      );
      expect((await put('/api/v1/samples', old)).json()).toMatchObject({ accepted: 0, expired: 2 });
      const series = (await get('/api/v1/history?host=too-old&from=2020-01-01T00:00:00Z&step=48h')).json();
      expect(series).toMatchObject({ series: [] });
      expect((await get('/ressources-usage/query-alarm')).json()).toMatchObject({
        blind: expect.arrayContaining(['host too-old sends samples that are 2 d 1 h old']),
      });
    });

    it('takes a compressed batch, and refuses one that unpacks to more than 16 MB', async () => {
      const { gzipSync } = await import('node:zlib');
      const gzip = { 'content-encoding': 'gzip' };
      const batch = gzipSync(JSON.stringify(batchOf('compressed-1', 'zipped', { a: 1 })));
      expect((await put('/api/v1/samples', batch, gzip)).status).toBe(200);
      expect((await put('/api/v1/samples', gzipSync(Buffer.alloc(17 * 1024 * 1024, 32)), gzip)).status).toBe(413);
      expect((await put('/api/v1/samples', Buffer.from('no gzip'), gzip)).status).toBe(400);
    });

    it('answers 410 to a cursor it does not know', async () => {
      const reply = await get('/api/v1/samples?after=abcdef.7');
      expect([reply.status, reply.json()]).toMatchObject([410, { code: 'CURSOR_GONE' }]);
    });

    it('refuses columns of different lengths and names that stand twice', async () => {
      const batch = batchOf('columns-1', 'x', { a: 1, b: 2 });
      const shorter = await put('/api/v1/samples', { ...batch, cpu: [1] });
      expect([shorter.status, shorter.text]).toEqual([400, expect.stringContaining('has 1 entries for 2 names')]);
      const twice = await put('/api/v1/samples', { ...batch, names: ['a', 'a'] });
      expect([twice.status, twice.text]).toEqual([400, expect.stringContaining('names: holds \\"a\\" twice')]);
    });

    it('lists hosts, their programs, means and history, page by page', async () => {
      const usage = { cpu: 12, mem: 40, cores: 2, memTotalBytes: 1000 };
      await put(
        '/api/v1/samples',
        batchOf('listed-1', 'listed', { a: 1, b: 3, c: 2 }, { service: 'shop', hostUsage: usage }),
      );
      expect((await get('/api/v1/hosts/listed')).json()).toMatchObject({
        host: 'listed',
        service: 'shop',
        status: 'ok',
        programs: 3,
        usage,
      });
      const processes = (await get('/api/v1/hosts/listed/processes')).json() as { processes: { process: string }[] };
      expect(processes.processes.map(({ process }) => process)).toEqual(['b', 'c', 'a']);
      const seen: string[] = [];
      let cursor = '';
      do {
        const page = (await get(`/api/v1/usage?host=listed&limit=1${cursor}`)).json() as {
          programs: { process: string }[];
          next?: string;
        };
        seen.push(...page.programs.map(({ process }) => process));
        cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
      } while (cursor);
      expect(seen).toEqual(['a', 'b', 'c']);
      const history = (await get('/api/v1/history?host=listed&metric=cpuMax&process=b')).json();
      expect(history).toMatchObject({
        metric: 'cpuMax',
        series: [{ host: 'listed', process: 'b', points: [[expect.any(String), 3]] }],
      });
    });

    it('gives the largest programs of a moment, page by page', async () => {
      await put('/api/v1/samples', batchOf('ordered-1', 'ordered', { a: 1, b: 3, c: 2, d: 3 }));
      const at = new Date().toISOString();
      const seen: string[] = [];
      let cursor = '';
      do {
        const path = `/api/v1/usage?host=ordered&order=cpuTotal&at=${at}&limit=1${cursor}`;
        const page = (await get(path)).json() as { programs: { process: string }[]; next?: string };
        seen.push(...page.programs.map(({ process }) => process));
        cursor = page.next === undefined ? '' : `&cursor=${page.next}`;
      } while (cursor);
      expect(seen).toEqual(['b', 'd', 'c', 'a']);
      const before = new Date(Date.now() - 60_000).toISOString();
      expect((await get(`/api/v1/usage?host=ordered&at=${before}&order=cpu`)).json()).toEqual({ programs: [] });
    });

    it('tells who it was at a moment, who was largest over a range, and what changed between two', async () => {
      const startMs = Math.floor(Date.now() / 1000) * 1000 - 60_000;
      const [first, second, third] = [0, 10_000, 20_000].map((ms) => new Date(startMs + ms).toISOString()) as [
        string,
        string,
        string,
      ];
      const started = Math.floor(Date.parse(second) / 1000);
      const batch = (time: string, programs: Record<string, number>, more: object = {}) =>
        put(
          '/api/v1/samples',
          batchOf(`past-${Date.parse(time)}`, 'past', programs, { time, intervalMs: 10_000, ...more }),
        );
      await batch(first, { calm: 1, culprit: 2, restarted: 5 }, { started: [1, 1, 1] });
      await batch(second, { calm: 1, culprit: 90, restarted: 5 }, { started: [1, 1, started] });
      await batch(third, { calm: 1, new: 3 });

      const usage = { count: 1, mem: null, memMax: null, rssBytes: null };
      const moment = new Date(Date.parse(second) + 3000).toISOString();
      expect((await get(`/api/v1/hosts/past/processes?at=${moment}&limit=1&process=calm`)).json()).toEqual({
        host: 'past',
        time: second,
        previous: first,
        next: third,
        all: { programs: 3, count: 3, cpu: 96, mem: null, rssBytes: null },
        processes: [
          { process: 'culprit', ...usage, cpu: 90, cpuMax: 90, started: '1970-01-01T00:00:01.000Z' },
          { process: 'calm', ...usage, cpu: 1, cpuMax: 1, started: '1970-01-01T00:00:01.000Z' },
        ],
      });
      const long = new Date(Date.parse(first) - 1).toISOString();
      expect((await get(`/api/v1/hosts/past/processes?at=${long}`)).json()).toEqual({
        host: 'past',
        time: null,
        processes: [],
      });
      const newest = (await get('/api/v1/hosts/past/processes?match=NE')).json();
      expect(newest).toMatchObject({ time: third, all: { programs: 1, cpu: 3 }, processes: [{ process: 'new' }] });
      expect((await get('/api/v1/hosts/nobody/processes')).status).toBe(404);

      const range = `from=${first}&to=${third}`;
      const ranked = (await get(`/api/v1/ranking?host=past&${range}&limit=1&process=calm&points=2`)).json();
      expect(ranked).toMatchObject({
        from: first,
        to: third,
        stepMs: 10_000,
        programs: [
          { host: 'past', process: 'culprit', samples: 2, cpuPeak: 90, points: [2, 90] },
          { process: 'calm', seconds: 20, points: [1, 1] },
        ],
        all: { programs: 3 },
      });
      const client = new AmberwatchClient({ baseUrl: server.url });
      const changes = await client.changes({ host: 'past', baseAt: first, at: moment });
      expect(changes).toMatchObject({
        host: 'past',
        before: { from: first, to: first, ticks: 1 },
        after: { from: second, to: second, ticks: 1 },
        programs: 3,
        changed: 2,
      });
      expect(changes.changes.map(({ process, change, size }) => [process, change, size])).toEqual([
        ['culprit', 'grew', 88],
        ['restarted', 'restarted', 0],
        ['calm', 'same', 0],
      ]);
      const ranges = await client.changes({ host: 'past', from: second, to: third });
      expect([ranges.before, ranges.after]).toEqual([
        { from: first, to: second, ticks: 1 },
        { from: second, to: third, ticks: 1 },
      ]);
      const history = await get(`/api/v1/history?host=past&process=culprit&${range}&step=1h&extremes=true`);
      expect(history.json()).toMatchObject({ series: [{ extremes: [[2, 90]] }] });
    });

    it('refuses to compare what can not be compared, and names why', async () => {
      const asked = async (query: string) => {
        const { status, text } = await get(`/api/v1/changes?host=past&${query}`);
        return [status, (JSON.parse(text) as { message: string }).message];
      };
      const [a, b] = ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'];
      expect(await asked('')).toEqual([400, expect.stringContaining('from')]);
      expect(await asked(`at=${a}`)).toEqual([400, expect.stringContaining('baseAt')]);
      expect(await asked(`at=${a}&from=${a}&to=${b}`)).toEqual([400, expect.stringContaining('moments')]);
      expect(await asked(`from=${b}&to=${a}`)).toEqual([400, expect.stringContaining('from')]);
    });

    it('gives what units used and which programs are in them, in order, page by page, and over time', async () => {
      const time = new Date(Date.now() - 20_000).toISOString();
      const unit = (name: string, memBytes: number, more: object = {}) => ({
        unit: name,
        kind: 'service',
        processes: 2,
        cpu: 50,
        cpuLimit: 200,
        memBytes,
        memLimitBytes: 1000,
        oomKills: 0,
        ...more,
      });
      const batch = {
        id: 'units-batch-1',
        host: '10.9.8.7',
        time,
        names: ['java', 'sh', 'cron'],
        count: [1, 1, 1],
        rssBytes: [10, 20, 5],
        units: [unit('shop.service', 700), unit('x\u0000<b>\n', 900, { oomKills: 1, victim: 'ja\nva', throttled: 5 })],
        unit: [0, 0, null],
      };
      expect((await put('/api/v1/samples', batch)).status).toBe(200);
      const client = new AmberwatchClient({ baseUrl: server.url });
      const page = await client.units({ host: '10-9-8-7' });
      expect(page).toEqual({
        units: [
          {
            host: '10.9.8.7',
            unit: 'shop.service',
            kind: 'service',
            samples: 1,
            processes: 2,
            cpu: 50,
            cpuMax: 50,
            cpuLimit: 200,
            cpuShare: 25,
            cpuShareMax: 25,
            throttled: null,
            memBytes: 700,
            memBytesMax: 700,
            memLimitBytes: 1000,
            memShare: 70,
            memShareMax: 70,
            oomKills: 0,
            victim: null,
            pids: null,
            pidsLimit: null,
            cpuPressure: null,
            memPressure: null,
            ioPressure: null,
            programs: ['sh', 'java'],
            lastTime: time,
          },
          expect.objectContaining({ unit: 'x\u0000<b>\n', oomKills: 1, victim: 'ja\nva', throttled: 5, programs: [] }),
        ],
      });
      const seen: string[] = [];
      for (let cursor: string | undefined; ;) {
        const { units, next } = await client.units({ match: '10.9.8', order: 'memShare', limit: 1, cursor });
        seen.push(...units.map(({ unit: name }) => name));
        if (next === undefined) break;
        cursor = next;
      }
      expect(seen).toEqual(['x\u0000<b>\n', 'shop.service']);
      const past = await client.units({ host: '10.9.8.7', unit: 'shop.service', at: time, window: '10s' });
      expect(past.units).toMatchObject([{ unit: 'shop.service' }]);
      expect(past.units[0]).not.toHaveProperty('programs');
      const range = { host: '10-9-8-7', unit: 'shop.service', step: '1h' };
      const history = await client.unitHistory({ ...range, metric: 'memShare' });
      expect(history).toMatchObject({ metric: 'memShare', stepMs: 3_600_000 });
      expect(history.series.map(({ unit: name, points }) => [name, points.map(([, value]) => value)])).toEqual([
        ['shop.service', [70]],
      ]);
      const programs = await client.usage({ host: '10.9.8.7', unit: 'shop.service' });
      expect(programs.programs.map(({ process, unit: of }) => [process, of])).toEqual([
        ['java', 'shop.service'],
        ['sh', 'shop.service'],
      ]);
      for (const wrong of ['units?order=size', 'units?kind=vm', 'units?cursor=x', 'units/history?metric=rss']) {
        expect([wrong, (await get(`/api/v1/${wrong}`)).status]).toEqual([wrong, 400]);
      }
      expect((await get('/metrics')).text).toMatch(/^amberwatch_unit_samples_accepted_total 2$/m);
    });

    it('hands units on to those who follow the samples', async () => {
      const client = new AmberwatchClient({ baseUrl: server.url });
      const { cursor } = await client.feed();
      const units = [
        {
          unit: 'a',
          kind: 'pod' as const,
          processes: 1,
          cpu: null,
          cpuLimit: null,
          memBytes: 1,
          memLimitBytes: null,
          oomKills: 0,
          largest: [{ process: 'x', pid: 7, rssBytes: 9, oomScore: 666 }],
        },
      ];
      const batch = { id: 'units-feed-1', host: 'feed-units', time: new Date().toISOString() };
      await client.putSamples({ ...batch, names: ['x'], count: [1], units, unit: [0] });
      const { batches } = await client.feed(cursor, { waitSeconds: 5 });
      expect(batches).toMatchObject([{ host: 'feed-units', units, unit: [0] }]);
    });

    it('keeps forecasts and shows which changed', async () => {
      const at = new Date(Date.now() + 600_000).toISOString();
      const key = { host: 'web-1', process: '<b>', metric: 'mem' };
      const one = {
        ...key,
        time: new Date().toISOString(),
        value: 70,
        limit: 80,
        breachAt: at,
        breachFrom: at,
        breachTo: at,
        probability: 0.6,
        reason: 'rising',
      };
      expect((await put('/api/v1/forecasts', { full: false, forecasts: [one], cleared: [] })).status).toBe(204);
      expect((await get('/api/v1/forecasts?host=web-1')).json()).toMatchObject({ forecasts: [one] });
      const gone = { full: false, forecasts: [], cleared: [{ ...key, limit: 80 }] };
      expect((await put('/api/v1/forecasts', gone)).status).toBe(204);
      expect((await get('/api/v1/forecasts?host=web-1')).json()).toMatchObject({ forecasts: [] });
    });

    it('keeps the limits that rules ask forecasts for, the newest list in place of the one before', async () => {
      const path = '/api/v1/forecasts/limits';
      expect((await get(path)).json()).toEqual({ limits: [] });
      const limits = [
        { metric: 'mem', limit: 60, horizonMs: 600_000, host: 'web-*', unit: 'shop.service' },
        { metric: 'cpu', limit: 95 },
      ];
      expect((await put(path, { limits })).status).toBe(204);
      expect((await put(path, { limits: limits.slice(1) })).status).toBe(204);
      expect((await get(path)).json()).toEqual({ limits: limits.slice(1) });
      expect(await new AmberwatchClient({ baseUrl: server.url }).forecastLimits()).toEqual({ limits: limits.slice(1) });
      const wrong = await put(path, { limits: [{ metric: 'cpu', limit: -1 }] });
      expect([wrong.status, wrong.json()]).toMatchObject([
        400,
        { message: expect.stringContaining('limits.0.limit: a number') },
      ]);
      expect((await get(path)).json()).toEqual({ limits: limits.slice(1) });
    });

    it('keeps incidents, the newest first, and query-alarm shows those that are open', async () => {
      const incident = (id: string, opened: string, closed: string | null) => ({
        id,
        host: 'web-1',
        process: 'a\nb',
        metric: 'cpu',
        color: closed ? 'GREEN' : 'RED',
        value: 93.1,
        limit: 80,
        opened,
        since: opened,
        closed,
        reason: 'above-limit',
        history: [{ time: opened, color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' }],
      });
      const first = incident('incident-1', '2026-11-22T20:00:00.000Z', null);
      const second = incident('incident-2', '2026-11-22T21:00:00.000Z', null);
      expect((await put('/api/v1/alerts', { incidents: [first, second] })).status).toBe(204);
      const state = (await get('/ressources-usage/query-alarm')).json() as { color: string; alerts: object[] };
      expect(state.color).toBe('RED');
      expect(state.alerts).toContainEqual({
        id: 'incident-1',
        host: 'web-1',
        process: 'a\nb',
        metric: 'cpu',
        color: 'RED',
        value: 93.1,
        limit: 80,
        since: first.opened,
        reason: 'above-limit',
      });
      expect((await put('/api/v1/alerts/values', { values: [{ id: 'incident-1', current: 97 }] })).status).toBe(204);
      expect((await get('/api/v1/alerts/incident-1')).json()).toEqual({ ...first, current: 97 });
      const ambiguous = await get('/api/v1/alerts/incident');
      expect([ambiguous.status, ambiguous.text]).toEqual([400, expect.stringContaining('incident-1, incident-2')]);
      const by = { by: 'ann', why: 'on it' };
      expect((await put('/api/v1/alerts/incident-1/acknowledgement', by)).json()).toMatchObject(by);
      expect((await get('/api/v1/alerts?host=web-1')).json()).toMatchObject({
        alerts: [{ id: 'incident-2' }, { id: 'incident-1', current: 97, acknowledged: by }],
      });
      await put('/api/v1/alerts', { incidents: [incident('incident-2', second.opened, '2026-11-22T21:10:00.000Z')] });
      const all = (await get('/api/v1/alerts?state=all&host=web-1&limit=1')).json() as {
        alerts: { id: string }[];
        next: string;
      };
      expect(all.alerts.map(({ id }) => id)).toEqual(['incident-2']);
      const rest = (await get(`/api/v1/alerts?state=all&host=web-1&limit=1&cursor=${all.next}`)).json() as {
        alerts: { id: string }[];
        next?: string;
      };
      expect([rest.alerts.map(({ id }) => id), rest.next]).toEqual([['incident-1'], undefined]);
      await put('/api/v1/alerts', { incidents: [incident('incident-1', first.opened, '2026-11-22T21:10:00.000Z')] });
      expect((await get('/ressources-usage/query-alarm')).json()).toMatchObject({ color: 'AMBER', alerts: [] });
    });

    it('streams what happens as server-sent events', async () => {
      const abort = new AbortController();
      const response = await fetch(`${server.url}/api/v1/stream`, { signal: abort.signal });
      const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
      await put('/api/v1/samples', batchOf('streamed-1', 'streamed', { a: 1 }));
      let text = '';
      await waitUntil('the event', async () => {
        text += (await reader.read()).value ?? '';
        return text.includes('"host":"streamed"');
      });
      expect(text).toContain('event: samples');
      abort.abort();
    });

    it('is well, counts what it took and shows its page and its documentation', async () => {
      expect((await get('/health/live')).json()).toEqual({ status: 'ok' });
      expect((await get('/health/ready')).json()).toEqual({ status: 'ok' });
      expect((await get('/metrics')).text).toMatch(/amberwatch_samples_accepted_total [1-9]/);
      expect((await get('/')).text).toContain('<title>Amberwatch</title>');
      expect((await get('/api/docs')).status).toBe(200);
      expect((await get('/api/openapi.json')).json()).toMatchObject({ openapi: expect.stringMatching(/^3\./) });
    });
  });

  describe('with a token', () => {
    let guarded: RunningApp & { url: string };
    let open: RunningApp & { url: string };
    const batch = { ipaddress: 'x', data: [valid()] };
    function valid(): Entry {
      return entry('a', 'cpu', 1);
    }

    beforeAll(async () => {
      const env = { ...(await storeEnvironment()), AMBERWATCH_TOKEN: TOKEN };
      guarded = await startServer(temporaryFolder(), env);
      open = await startServer(temporaryFolder(), { ...env, AMBERWATCH_READS: 'open' });
    }, 120_000);
    afterAll(() => stopAll([guarded, open]));

    const write = (url: string, token?: string) =>
      fetch(`${url}/ressources-usage/save-all`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify(batch),
      });

    it('writes always need it', async () => {
      for (const { url } of [guarded, open]) {
        expect((await write(url)).status).toBe(401);
        expect((await write(url, 'wrong')).status).toBe(401);
        expect((await write(url, TOKEN)).status).toBe(200);
      }
    });

    it('reads need it too, unless they are open, and health never does', async () => {
      expect((await fetch(`${guarded.url}/ressources-usage/get-all`)).status).toBe(401);
      expect((await fetch(`${guarded.url}/metrics`)).status).toBe(401);
      expect((await fetch(`${guarded.url}/health/ready`)).status).toBe(200);
      expect((await fetch(`${open.url}/ressources-usage/get-all`)).status).toBe(200);
    });
  });
}
