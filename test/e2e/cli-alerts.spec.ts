import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import { testShell, type TestShell } from '../support/command-line.js';
import { changed, incidentAt } from '../support/incidents.js';
import { type RunningApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';

type Server = RunningApp & { url: string };
let server: Server;
let client: AmberwatchClient;
let shell: TestShell;
const running: RunningApp[] = [];
const stop: { watching?: AbortController } = {};

async function start(port = '0', data = temporaryFolder()): Promise<Server> {
  const app = await startServer(data, { AMBERWATCH_PORT: port });
  running.push(app);
  return app;
}

/** Alarm and prediction are there, so that nothing is blind but the hosts that are silent. */
async function beat(): Promise<void> {
  const heartbeat = { instance: 'test', version: '0', follows: true };
  for (const service of ['alarm', 'prediction'] as const) await client.heartbeat(service, heartbeat);
}

const sample = (host: string, names: string[] = ['nginx']) =>
  client.putSamples({
    id: `cli-alerts-${host.length}-${Math.random().toString(36).slice(2)}`,
    host,
    time: new Date().toISOString(),
    intervalMs: 600_000,
    names,
    count: names.map(() => 1),
    cpu: names.map((_, i) => i),
    cpuMax: names.map((_, i) => i),
    mem: names.map((_, i) => 60 - i),
    memMax: names.map((_, i) => 60 - i),
  });

const amberwatch = (...words: string[]) => shell.amberwatch([...words, '--url', server.url]);

beforeAll(async () => {
  server = await start();
  client = new AmberwatchClient({ baseUrl: server.url });
});
afterAll(() => stopAll(running.splice(0)));
beforeEach(() => {
  shell = testShell();
});
afterEach(async () => {
  stop.watching?.abort();
  await shell.close();
});

describe('amberwatch alerts and hosts', () => {
  it('are blind on an empty server, with a status of its own, and RED once one is', async () => {
    const alerts = await amberwatch('alerts');
    expect({ ...alerts, out: alerts.out.split('\n').slice(0, 2) }).toEqual({
      status: 4,
      out: ['No alerts.', expect.stringMatching(/^BLIND {2}no \w+ has reported$/)],
      err: '',
    });
    expect(await amberwatch('hosts')).toMatchObject({ status: 4, out: expect.stringMatching(/^No hosts.\nBLIND {2}/) });
    const json = await amberwatch('alerts', '--json');
    expect({ status: json.status, alerts: JSON.parse(json.out) as unknown }).toEqual({ status: 4, alerts: [] });
    expect(json.err).toMatch(/^BLIND {2}/);
  });

  it('show ids, states, the value of now, and the interval and probability of what is predicted', async () => {
    const nowMs = Date.now();
    await beat();
    await sample('web-1');
    await sample('db \u001b[2J');
    expect((await amberwatch('alerts')).status).toBe(0);
    const minutes = (n: number) => new Date(nowMs + n * 60_000).toISOString();
    const breach = { at: minutes(12.2), from: minutes(9.2), to: minutes(17.2), probability: 0.64, reason: 'rising' };
    await client.putAlerts({
      incidents: [
        incidentAt(nowMs),
        incidentAt(nowMs, { id: '6f1d2d3e-0002', process: 'java', metric: 'mem', flapping: true }),
        incidentAt(nowMs, {
          id: 'abcdef01-0003',
          host: 'db \u001b[2J',
          process: null,
          color: 'AMBER',
          breach,
          value: 70,
        }),
      ],
    });
    await client.putAlertValues({
      values: [{ id: '6f1d2d3e-0002', current: 0.4, peak: 97.5, belowSince: minutes(-5) }],
    });
    await client.acknowledge('6f1c2d3e-0001', { by: 'alice', why: 'on it' });
    await client.addSilence({ kind: 'silence', match: { host: 'db *' }, by: 'bob', why: 'move', until: minutes(60) });
    const { out, status } = await amberwatch('alerts');
    expect(status).toBe(1);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows[0]).toEqual([
      'ID',
      'COLOUR',
      'HOST',
      'PROGRAM',
      'METRIC',
      'NOW',
      'PEAK',
      'LIMIT',
      'FOR',
      'STATE',
      'WHY',
    ]);
    const predicted = expect.stringMatching(/^80 % in 12 min \(9–17\), 64 % likely$/);
    expect(rows.slice(1).sort((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))).toEqual([
      ['6f1c', 'RED', 'web-1', 'nginx', 'cpu', '93.1', '-', '80.0', '2 min', 'ack alice', 'above-limit'],
      [
        '6f1d',
        'RED',
        'web-1',
        'java',
        'mem',
        '0.4',
        '97.5',
        '80.0',
        '2 min',
        'flapping, below for 5 min',
        'above-limit',
      ],
      ['abcd', 'AMBER', 'db \\x1b[2J', '(the host)', 'cpu', '70.0', '-', '80.0', '2 min', 'silenced bob', predicted],
    ]);
    expect((await amberwatch('alerts', '--color', 'AMBER')).status).toBe(0);
  });

  it.each([60, 80, 200])('fit %i columns', async (columns) => {
    for (const words of [['alerts'], ['hosts'], ['host', 'web-1']]) {
      const { out } = await shell.amberwatch([...words, '--url', server.url], { columns });
      expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(columns);
      expect(out).toContain('web-1');
    }
    const { out } = await shell.amberwatch(['alerts', '--url', server.url], { columns });
    expect(out).toContain('ack');
  });

  it('say of each host its one colour, its alerts and how it reports', async () => {
    const { out, status } = await amberwatch('hosts');
    expect(status).toBe(1);
    const rows = out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(rows.slice(0, 3)).toEqual([
      [
        'COLOUR',
        'HOST',
        'SERVICE',
        'STATUS',
        'ALERTS',
        'CPU %',
        'MEM %',
        'PROGRAMS',
        'SEEN',
        'INTERVAL',
        'BACKLOG',
        'CLOCK',
      ],
      ['RED', 'web-1', '-', 'ok', '2 RED', '-', '-', '1', expect.stringMatching(/s$/), '10 min', '-', 'right'],
      [
        'AMBER',
        'db \\x1b[2J',
        '-',
        'ok',
        '1 AMBER',
        '-',
        '-',
        '1',
        expect.stringMatching(/s$/),
        '10 min',
        '-',
        'right',
      ],
    ]);
    const json = JSON.parse((await amberwatch('hosts', '--json')).out) as unknown;
    expect(json).toMatchObject([{ host: 'web-1', color: 'RED', alerts: { red: 2, amber: 0 } }, { color: 'AMBER' }]);
  });

  it('of one host list what uses most memory too, however many use more cpu', async () => {
    await sample('full', ['java', ...Array.from({ length: 40 }, (_, i) => `p${i}`)]);
    const { out } = await amberwatch('host', 'full', '--rows', '3');
    const [, cpu = '', memory = ''] = /Most cpu\n([^]*)\nMost memory\n([^]*)\nNo open/.exec(out) ?? [];
    const programs = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .slice(1)
        .map((line) => line.split(' ')[0]);
    expect(programs(cpu)).toEqual(['p39', 'p38', 'p37']);
    expect(programs(memory)).toEqual(['java', 'p0', 'p1']);
    const json = JSON.parse((await amberwatch('host', 'full', '--rows', '2', '--json')).out) as {
      processes: { process: string }[];
    };
    expect(json.processes.map(({ process }) => process)).toEqual(['p39', 'p38', 'java', 'p0']);
  });

  it('forget a host, and name the nearest of those that are known', async () => {
    expect(await amberwatch('hosts', '--forget', 'fulll')).toEqual({
      status: 2,
      out: '',
      err: 'The server has heard of no host "fulll". Did you mean full?\n',
    });
    expect((await amberwatch('hosts', '--forget', 'full')).status).toBe(0);
    expect((await amberwatch('hosts')).out).not.toContain('full');
  });
});

describe('amberwatch silence', () => {
  it('says what it mutes, takes ids as short as they are shown, and lists how much each mutes', async () => {
    const by = ['--by', 'carol', '--why', 'deploy'];
    const preview = await amberwatch('silence', 'add', '--host', 'web-*', '--dry-run', ...by);
    expect(preview).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^Would mute 2 open alerts; it is about 1 host\.\n/),
    });
    expect(preview.out).toMatch(/\n6f1c +RED +web-1 +nginx +cpu\n/);
    const { silences: before } = await client.silences();
    const added = await amberwatch('silence', 'add', '--host', 'web-*', '--for', '1h', ...by);
    expect(added.out).toMatch(/^Mutes 2 open alerts; it is about 1 host\.\n/);
    const { silences: after } = await client.silences();
    expect(after.length).toBe(before.length + 1);
    const list = (await amberwatch('silence', 'list')).out
      .trimEnd()
      .split('\n')
      .map((line) => line.split(/ {2,}/));
    expect(list[0]).toEqual(['ID', 'KIND', 'WHAT', 'MUTES', 'FROM', 'UNTIL (UTC)', 'BY', 'WHY']);
    const mine = list.find((row) => row.includes('carol')) as string[];
    expect(mine).toEqual([
      expect.stringMatching(/^.{4,6}$/),
      'silence',
      'host=web-*',
      '2',
      expect.any(String),
      expect.any(String),
      'carol',
      'deploy',
    ]);
    expect(list.find((row) => row.includes('alice'))?.slice(1, 4)).toEqual(['acknowledgement', 'alert 6f1c', '1']);
    expect(await amberwatch('silence', 'end', mine[0] as string)).toMatchObject({ status: 0, out: 'It ends now.\n' });
    expect((await client.silences()).silences.map(({ by: who }) => who)).not.toContain('carol');
    expect((await amberwatch('silence', 'ack', '6f1d', ...by)).out).toMatch(/acknowledgement +alert 6f1d +1 /);
    expect((await amberwatch('silence', 'ack', 'zzzz', ...by)).status).toBe(2);
    const nobody = await amberwatch('silence', 'add', '--host', 'wbe-*', '--dry-run', ...by);
    expect(nobody.out).toContain('No host that is known matches');
    const narrow = await shell.amberwatch(['silence', 'list', '--url', server.url], { columns: 60 });
    expect(narrow.out.split('\n').filter((line) => line.length > 60)).toEqual([]);
    expect(narrow.out).toContain('alice');
  });
});

describe('amberwatch alerts --watch', () => {
  it('tells changes, who takes care of them, and what came while the server was away, until Ctrl-C', async () => {
    const data = temporaryFolder();
    const own = await start('0', data);
    const { port } = new URL(own.url);
    const to = new AmberwatchClient({ baseUrl: own.url });
    const nowMs = Date.now();
    const first = incidentAt(nowMs);
    const second = incidentAt(nowMs, { id: 'abcdef01-0003', process: 'java' });
    await to.putAlerts({ incidents: [first] });
    const watching = (stop.watching = new AbortController());
    let out = '';
    let err = '';
    const more = {
      out: (text: string) => void (out += text),
      err: (text: string) => void (err += text),
      untilStopped: () => watching.signal,
    };
    const ended = shell.amberwatch(['alerts', '--watch', '--url', own.url], more);
    await waitUntil('the open ones', () => out.includes('6f1c ') && out.includes('BLIND'));
    await to.putAlerts({ incidents: [second] });
    await waitUntil('a new one', () => out.includes('Z RED   web-1 java cpu 93.1 % > 80 %\n'));
    const end = {
      time: new Date(nowMs).toISOString(),
      color: 'GREEN' as const,
      value: 12,
      limit: 80,
      reason: 'below-clear-level' as const,
    };
    await own.stop();
    await waitUntil('the loss', () => err.includes('; trying again.\n'));
    const again = await start(port, data);
    await new AmberwatchClient({ baseUrl: again.url }).putAlerts({ incidents: [changed(first, end)] });
    await waitUntil('what it missed', () => out.includes('Z GREEN web-1 nginx cpu 12.0 % (was RED for 2 min)\n'));
    expect(err).toContain('The live stream is back.\n');
    watching.abort();
    expect((await ended).status).toBe(0);
    expect(out.match(/web-1 java/g)).toHaveLength(1);
    await again.stop();
  }, 60_000);

  it('is one JSON object a line for programs, and ends with 3 where there is no server', async () => {
    const watching = (stop.watching = new AbortController());
    let out = '';
    const more = { out: (text: string) => void (out += text), untilStopped: () => watching.signal };
    const ended = shell.amberwatch(['alerts', '--watch', '--json', '--url', server.url], more);
    await waitUntil('the open ones', () => out.split('\n').length > 3);
    watching.abort();
    expect((await ended).status).toBe(0);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id?: string });
    expect(lines.flatMap(({ id }) => id ?? []).sort()).toEqual(['6f1c2d3e-0001', '6f1d2d3e-0002', 'abcdef01-0003']);
    const away = await shell.amberwatch(['alerts', '--watch', '--url', 'http://127.0.0.1:1']);
    expect(away).toMatchObject({ status: 3, err: expect.stringContaining("can't be opened") });
  });
});
