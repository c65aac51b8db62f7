import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { ControlAnswer, ControlChanges, ControlState, HostState, Instance, SampleBatch } from '#domain';
import { testShell, type TestShell } from '../support/command-line.js';
import { startServer, stopAll, temporaryFolder, waitUntil, type RunningApp } from '../support/processes.js';

const TOKEN = 'a-token-of-enough-length';
let folder: string;
let server: RunningApp & { url: string };
let client: AmberwatchClient;
let shell: TestShell;

const start = async () => {
  const rules = join(folder, 'services.json');
  writeFileSync(rules, JSON.stringify([{ host: 'rule-*', service: 'FromRule' }]));
  server = await startServer(folder, { AMBERWATCH_TOKEN: TOKEN, AMBERWATCH_SERVICE_RULES: rules });
  client = new AmberwatchClient({ baseUrl: server.url, token: TOKEN });
};

beforeAll(async () => {
  folder = temporaryFolder();
  await start();
}, 60_000);
afterAll(() => stopAll([server]));
beforeEach(() => {
  shell = testShell();
  Object.assign(shell.environment, { AMBERWATCH_SERVER_URL: server.url, AMBERWATCH_TOKEN: TOKEN });
});
afterEach(() => shell.close());

let sent = 0;
const batch = (host: string, more: Partial<SampleBatch> = {}): SampleBatch => ({
  id: `fleet-test-${++sent}`,
  host,
  time: new Date().toISOString(),
  intervalMs: 10_000,
  names: ['nginx'],
  count: [2],
  cpu: [30],
  cpuMax: [20],
  mem: [4],
  memMax: [2],
  rssBytes: [4096],
  hostUsage: { cpu: 61.2, mem: 3.9, cores: 4, memTotalBytes: 8e9 },
  ...more,
});
const ask = async (path: string, method = 'GET', body?: unknown) => {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  const response = await fetch(server.url + path, {
    method,
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: response.status, json: await response.json() };
};

describe('the routes of the older fleet systems', () => {
  beforeAll(async () => {
    await client.putSamples(batch('10.0.0.7', { service: 'UserService' }));
    await client.putSamples(batch('rule-1'));
    await client.putSamples(batch('metrics', { service: 'Odd' }));
  });

  it('lists the servers and gives one line on each', async () => {
    expect((await ask('/servers')).json).toEqual(expect.arrayContaining(['10.0.0.7', 'rule-1', 'metrics']));
    expect(await ask('/10.0.0.7')).toEqual({ status: 200, json: { cpu: '61%', memory: '4%', service: 'UserService' } });
  });

  it('takes the service from the rule file where the collector names none', async () => {
    expect((await ask('/rule-1')).json).toMatchObject({ service: 'FromRule' });
    expect((await client.hosts()).hosts.find(({ host }) => host === 'rule-1')?.service).toBe('FromRule');
  });

  it.each(['10.99.99.99', '::1', '10.0.0.999'])('refuses %s, an address nobody knows', async (address) => {
    expect(await ask(`/${address}`)).toEqual({ status: 400, json: { error: 'Invalid IP' } });
  });

  it('answers 404 to other unknown paths', async () => {
    expect(await ask('/nothing-here')).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
    expect(await ask('/nothing/here')).toMatchObject({ status: 404, json: { code: 'NOT_FOUND' } });
  });

  it('has fixed routes win over hosts of that name', async () => {
    const response = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(await response.text()).toContain('# TYPE');
  });

  it('answers 503 for a host that does not say what it uses, as its clients skip what is not 2xx', async () => {
    await client.putSamples(batch('mute', { hostUsage: undefined }));
    expect(await ask('/mute')).toEqual({ status: 503, json: { error: 'mute does not say what it uses of its CPU' } });
    await client.putSamples(batch('paused-1'));
    await sayOf('paused-1', 0, 'paused');
    expect(await ask('/paused-1')).toMatchObject({ status: 503, json: { error: expect.stringMatching(/is paused/) } });
  });

  it('adds up the programs of a host that sends nothing else', async () => {
    const hostUsage = { cpu: null, mem: null, cores: 4, memTotalBytes: 0 };
    const columns = { names: ['a', 'b'], count: [1, 3], cpu: [100, 60], cpuMax: [100, 20], rssBytes: [1, 1] };
    await client.putSamples(batch('adds-up', { ...columns, mem: [3, 9], memMax: [3, 3], hostUsage }));
    expect((await ask('/adds-up')).json).toEqual({ cpu: '40%', memory: '12%', service: 'unknown' });
    await client.putSamples(batch('shared', { ...columns, mem: [70, 60], memMax: [70, 20], hostUsage }));
    expect((await ask('/shared')).json).toMatchObject({ memory: '100%' });
  });

  it('is read by the command line', async () => {
    const { status, out } = await shell.amberwatch(['servers', '--service', 'UserService', '--json']);
    expect(status).toBe(0);
    expect(JSON.parse(out)).toEqual([
      { address: '10.0.0.7', service: 'UserService', cpu: 61, memory: 4, status: 'healthy' },
    ]);
  });
});

describe('the manager', () => {
  const report = JSON.parse(readFileSync(join(import.meta.dirname, '../fixtures/reporter.json'), 'utf8')) as Record<
    string,
    Record<string, unknown>
  >;

  it("takes the reporter's JSON as it is and keeps a record of the instance", async () => {
    expect(await ask('/app/post/data', 'POST', report)).toEqual({ status: 200, json: { Response: 'Ok' } });
    const { instances } = (await ask('/api/v1/instances')).json as { instances: Instance[] };
    const one = instances.find(({ id }) => id === 'i-0123456789abcdef0');
    expect(one).toMatchObject({ host: 'ip-172-31-5-7', metadata: { 'instance-type': 't2.micro' }, values: report });
    expect(Date.parse(one?.lastSeen ?? '') - Date.parse(one?.firstSeen ?? '')).toBeLessThan(1000);
  });

  it('keeps the first and the last time, and its newest values', async () => {
    const busy = { ...report, CPUUtilization: { CPUUtilization: { Unit: 'percentage', Value: '97.5' } } };
    await ask('/app/post/data', 'POST', busy);
    const { instances } = (await ask('/api/v1/instances')).json as { instances: Instance[] };
    const same = instances.filter(({ host }) => host === 'ip-172-31-5-7');
    expect(same).toHaveLength(1);
    expect(Date.parse(same[0]?.lastSeen ?? '')).toBeGreaterThan(Date.parse(same[0]?.firstSeen ?? ''));
  });

  it('hands its cpu, memory and disk to the same checks as those of a host', async () => {
    const { hosts } = await client.hosts();
    const host = hosts.find((one: HostState) => one.host === 'ip-172-31-5-7');
    expect(host?.usage).toEqual({
      cpu: 97.5,
      mem: 39,
      memTotalBytes: 983 * 1024 ** 2,
      disks: [{ path: '/', usedPercent: 19 }],
    });
  });

  it('does not speak for a host that has a collector', async () => {
    await client.putSamples(batch('both'));
    await ask('/app/post/data', 'POST', { ...report, Metadata: {}, Diskutilization: { Hostname: 'both' } });
    const { hosts } = await client.hosts();
    expect(hosts.find(({ host }) => host === 'both')).toMatchObject({ programs: 1, usage: { cpu: 61.2 } });
  });

  it.each([
    [{ CPUUtilization: 7 }],
    [[1]],
    [{ Metadata: { hostname: 'x' } }],
    [{ MemmoryUtilization: { MemoryUtilized: { Value: [] } } }],
  ])('refuses %j', async (body) => {
    expect(await ask('/app/post/data', 'POST', body)).toMatchObject({ status: 400, json: { code: 'INVALID' } });
  });
});

describe('instances', () => {
  const find = async (id: string) => {
    const { status, json } = await ask('/api/v1/instances');
    expect(status).toBe(200);
    return (json as { instances: Instance[] }).instances.find((one) => one.id === id);
  };
  const report = { CPUUtilization: { CPUUtilization: { Unit: 'percentage', Value: '1' } } };

  it('are all hosts, those that send nothing but samples too, and were last seen when the host was', async () => {
    await client.putSamples(batch('plain-1'));
    const first = await find('plain-1');
    expect(first).toMatchObject({
      host: 'plain-1',
      values: null,
      metadata: {
        'ami-id': 'not available',
        hostname: 'not available',
        'instance-id': 'plain-1',
        'instance-type': 'not available',
        'public-ipv4': 'not available',
      },
    });
    await waitUntil('it is seen again', async () => {
      await client.putSamples(batch('plain-1'));
      return (await find('plain-1'))!.lastSeen > first!.lastSeen;
    });
    await sayOf('plain-1', 0);
    const named = await find('plain-1');
    expect(named).toMatchObject({ address: '127.0.0.1', firstSeen: expect.any(String) });
  });

  it('have no page of HTML, nor a text of many lines or bytes, for an id', async () => {
    const bad = ['<!DOCTYPE html><h1>404</h1>', 'a\nb', 'ü'.repeat(200), 'x'.repeat(300), 'not available', ''];
    for (const [i, id] of bad.entries()) {
      const Diskutilization = { Hostname: `html-${i}` };
      const page = { ...report, Diskutilization, Metadata: { 'instance-id': id, 'public-ipv4': id } };
      expect((await ask('/app/post/data', 'POST', page)).status).toBe(200);
      expect((await find(`html-${i}`))?.metadata).toMatchObject({
        'instance-id': `html-${i}`,
        'public-ipv4': 'not available',
      });
      const put = { revision: 0, status: 'running', metadata: { 'instance-id': id } };
      expect((await ask(`/api/v1/hosts/html-put-${i}/control`, 'PUT', put)).status).toBe(200);
      expect((await find(`html-put-${i}`))?.metadata['instance-id']).toBe(`html-put-${i}`);
    }
  });
});

const sayOf = (host: string, revision: number, status = 'running') =>
  ask(`/api/v1/hosts/${host}/control`, 'PUT', { revision, status, intervalMs: 10_000 });

describe('control', () => {
  it('hands an order over with the answer to the next batch, until it is carried out', async () => {
    await client.putSamples(batch('ctl-1'));
    const { status, out } = await shell.amberwatch(['pause', 'ctl-1']);
    expect({ status, out }).toEqual({
      status: 0,
      out: 'ctl-1: pause is ordered; it obeys as soon as it asks the server again\n',
    });
    const order = { status: 'pause', revision: 1 };
    expect((await client.putSamples(batch('ctl-1'))).control).toEqual(order);
    expect((await client.putSamples(batch('ctl-1'))).control).toEqual(order);
    expect(await sayOf('ctl-1', 1, 'paused')).toEqual({ status: 200, json: {} });
    expect((await client.hosts()).hosts.find(({ host }) => host === 'ctl-1')?.status).toBe('paused');
    expect((await client.putSamples(batch('ctl-1'))).control).toBeUndefined();
    expect((await client.hosts()).hosts.find(({ host }) => host === 'ctl-1')?.status).toBe('ok');
  });

  it('joins orders that wait, and forgets a carried out one', async () => {
    await client.putSamples(batch('ctl-2'));
    await shell.amberwatch(['interval', 'ctl-2', '5s']);
    await shell.amberwatch(['pause', 'ctl-2']);
    expect((await sayOf('ctl-2', 0)).json).toEqual({ control: { intervalMs: 5000, status: 'pause', revision: 2 } });
    await sayOf('ctl-2', 2, 'paused');
    await shell.amberwatch(['resume', 'ctl-2']);
    expect((await sayOf('ctl-2', 2, 'paused')).json).toEqual({ control: { status: 'resume', revision: 3 } });
  });

  it('keeps who changed what and when, over a restart', async () => {
    await server.stop();
    await start();
    shell.environment['AMBERWATCH_SERVER_URL'] = server.url;
    const { changes } = (await ask('/api/v1/control/changes?target=ctl-2')).json as ControlChanges;
    expect(changes.map(({ kind, request, revision }) => ({ kind, request, revision }))).toEqual([
      { kind: 'host', request: { status: 'resume' }, revision: 3 },
      { kind: 'host', request: { status: 'pause' }, revision: 2 },
      { kind: 'host', request: { intervalMs: 5000 }, revision: 1 },
    ]);
    expect(changes[0]?.by).toMatch(/^.+@.+ \(127\.0\.0\.1\)$/);
    expect((await sayOf('ctl-2', 2, 'paused')).json).toEqual({ control: { status: 'resume', revision: 3 } });
  });

  it('does the same for alarm and prediction', async () => {
    const { status } = await shell.amberwatch(['pause', 'alarm', '--service']);
    expect(status).toBe(0);
    const path = '/api/v1/services/alarm/control';
    const { control } = (await ask(path, 'PUT', { revision: 0, status: 'running' })).json as ControlAnswer;
    expect(control).toEqual({ status: 'pause', revision: 1 });
    expect((await ask(path, 'PUT', { revision: 1, status: 'paused' })).json).toEqual({});
    expect((await ask(path)).json).toMatchObject({ target: 'alarm', pending: false, report: { status: 'paused' } });
  });

  it.each([
    ['/api/v1/hosts/ctl-1/control', {}, 400],
    ['/api/v1/hosts/ctl-1/control', { status: 'puase' }, 400],
    ['/api/v1/hosts/ctl-1/control', { intervalMs: 10 }, 400],
    ['/api/v1/hosts/nobody/control', { status: 'pause' }, 404],
    ['/api/v1/services/collector/control', { status: 'pause' }, 400],
  ])('refuses %s %j with %i', async (path, body, status) => {
    expect((await ask(path, 'POST', body)).status).toBe(status);
  });

  it('keeps an order that comes beside a report, and every one of many that come at once', async () => {
    await client.putSamples(batch('ctl-busy'));
    const path = '/api/v1/hosts/ctl-busy/control';
    const given = Array.from({ length: 20 }, (_, i) => ask(path, 'POST', { intervalMs: 1000 + i }));
    const told = Array.from({ length: 20 }, (_, i) =>
      ask(path, 'PUT', { revision: 0, status: 'running', intervalMs: i + 1 }),
    );
    await Promise.all([...given, ask(path, 'POST', { status: 'stop' }), ...told]);
    const { order, pending } = (await ask(path)).json as ControlState;
    expect({ order, pending }).toMatchObject({ order: { status: 'stop', revision: 21 }, pending: true });
    const { changes } = (await ask('/api/v1/control/changes?target=ctl-busy')).json as ControlChanges;
    const ordered = changes.filter(({ by }) => by !== 'the target itself').map(({ revision }) => revision);
    expect(ordered.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 21 }, (_, i) => i + 1));
  });

  it('records an interval that nobody could have ordered without harm to its list', async () => {
    await client.putSamples(batch('ctl-quick'));
    for (const intervalMs of [10_000, 500]) {
      await ask('/api/v1/hosts/ctl-quick/control', 'PUT', { revision: 0, status: 'running', intervalMs });
    }
    const { status, json } = await ask('/api/v1/control/changes?target=ctl-quick');
    expect({ status, json }).toMatchObject({ status: 200, json: { changes: [{ request: { intervalMs: 500 } }] } });
  });

  it('needs the token', async () => {
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ status: 'stop' });
    const response = await fetch(`${server.url}/api/v1/hosts/ctl-1/control`, { method: 'POST', headers, body });
    expect(response.status).toBe(401);
    shell.environment['AMBERWATCH_TOKEN'] = undefined;
    const { status, err } = await shell.amberwatch(['resume', 'ctl-1']);
    expect({ status, err }).toEqual({ status: 3, err: 'The server asks for a token: set AMBERWATCH_TOKEN to it.\n' });
  });
});

describe('the command line on our server', () => {
  it('shows the programs of the fleet, the largest first', async () => {
    await client.putSamples(
      batch('top-1', {
        names: ['big', 'small'],
        count: [1, 1],
        cpu: [90, 1],
        cpuMax: [90, 1],
        mem: [1, 50],
        memMax: [1, 50],
        rssBytes: [1, 2 ** 30],
      }),
    );
    const { out } = await shell.amberwatch(['top', '--host', 'top-1']);
    expect(out).toBe(
      'HOST   PROGRAM  COUNT  CPU %  MAX %  MEM %   RSS\n' +
        'top-1  big          1   90.0   90.0    1.0    1B\n' +
        'top-1  small        1    1.0    1.0   50.0  1.0G\n',
    );
    const { out: json } = await shell.amberwatch(['top', '--host', 'top-1', '--sort', 'mem', '--rows', '1', '--json']);
    expect(JSON.parse(json)).toMatchObject([{ process: 'small' }]);
  });

  it('shows one host, and the nearest name of one that nobody knows', async () => {
    const { status, out } = await shell.amberwatch(['host', '10.0.0.7']);
    expect(status).toBe(0);
    expect(out).toContain('service   UserService\n');
    expect(out).toMatch(/^Most cpu\nPROGRAM .*\nnginx +2 +30\.0 /m);
    expect(out).toMatch(/^Most memory\nPROGRAM .*\nnginx +2 +30\.0 /m);
    expect((await shell.amberwatch(['host', '10.0.0.77'])).err).toBe(
      'The server has heard of no host "10.0.0.77". Did you mean 10.0.0.7?\n',
    );
  });

  it('forgets a host that was taken away', async () => {
    await client.putSamples(batch('gone-1'));
    expect(await shell.amberwatch(['host', 'gone-1', '--forget'])).toEqual({
      status: 0,
      out: 'gone-1 is forgotten: its alerts end, its history stays until retention.\n',
      err: '',
    });
    expect((await client.hosts()).hosts.map(({ host }) => host)).not.toContain('gone-1');
    const { status, err } = await shell.amberwatch(['host', 'gone-1', '--forget']);
    expect({ status, err }).toMatchObject({
      status: 2,
      err: expect.stringContaining('The server has heard of no host "gone-1".'),
    });
  });

  it('ends with 4 while nobody judges, and with 1 while an alert is RED', async () => {
    const calm = await shell.amberwatch(['alerts']);
    expect(calm).toMatchObject({ status: 4, err: '' });
    expect(calm.out).toMatch(/^No alerts\.\nBLIND {2}no prediction has reported\nBLIND {2}no alarm has reported\n/);
    const since = new Date().toISOString();
    const incident = {
      id: 'incident-of-cli',
      host: '10.0.0.7',
      process: 'evil\u001b[2J',
      metric: 'cpu' as const,
      color: 'RED' as const,
      value: 93.1,
      limit: 80,
      opened: since,
      since,
      closed: null,
      reason: 'above-limit' as const,
      history: [],
    };
    await client.putAlerts({ incidents: [incident] });
    const { status, out } = await shell.amberwatch(['alerts']);
    expect(status).toBe(1);
    expect(out).toMatch(/^inci +RED +10\.0\.0\.7 +evil\\x1b\[2J +cpu .*93\.1/m);
  });
});
