import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import type { UnitSample } from '#domain';
import { testShell, type TestShell } from '../support/command-line.js';
import { changed, incidentAt } from '../support/incidents.js';
import { type RunningApp, startServer, stopAll, temporaryFolder } from '../support/processes.js';

const MINUTE = 60_000;
/** The full minute from which all times here are counted, in minutes. */
const zero = Math.floor(Date.now() / MINUTE) * MINUTE;
const at = (minutes: number) => new Date(zero + minutes * MINUTE).toISOString();

let server: RunningApp & { url: string };
let client: AmberwatchClient;
let shell: TestShell;
let batches = 0;

/** A tick of a host; of each program count, cpu and memory. */
async function tick(
  minutes: number,
  programs: Record<string, [number, number, number]>,
  host = 'web-1',
): Promise<void> {
  const values = Object.values(programs);
  await client.putSamples({
    id: `cli-past-${++batches}`,
    host,
    time: at(minutes),
    intervalMs: MINUTE,
    names: Object.keys(programs),
    count: values.map(([count]) => count),
    cpu: values.map(([, cpu]) => cpu),
    cpuMax: values.map(([, cpu]) => cpu),
    mem: values.map(([, , mem]) => mem),
    memMax: values.map(([, , mem]) => mem),
    rssBytes: values.map(([, , mem]) => mem * 2 ** 20),
    // nginx was started anew in between.
    started: Object.keys(programs).map((name) => zero / 1000 - 60 * (name === 'nginx' && minutes > -20 ? 15 : 100)),
    units: Object.hasOwn(programs, 'java') ? [shop(programs['java'] as [number, number, number])] : [],
    hostMetrics: [
      { measurement: 'cpu', tags: { cpu: 'cpu-total' }, fields: { usage_idle: 30, usage_iowait: 10 } },
      { measurement: 'mem', tags: {}, fields: { used_percent: 71.5 } },
      { measurement: 'disk', tags: { path: '/var \u001b' }, fields: { used_percent: 40 } },
    ],
  });
}

/** The service that java runs in. */
const shop = ([processes, cpu, mem]: [number, number, number]): UnitSample => ({
  unit: 'shop.service',
  kind: 'service',
  processes,
  cpu,
  cpuLimit: 200,
  memBytes: mem * 2 ** 20,
  memLimitBytes: 100 * 2 ** 20,
  oomKills: 0,
});

const amberwatch = (...words: string[]) => shell.amberwatch([...words, '--url', server.url]);
const rowsOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/));
const minuteOf = (minutes: number) => at(minutes).slice(0, 16).replace('T', ' ');

beforeAll(async () => {
  server = await startServer(temporaryFolder());
  client = new AmberwatchClient({ baseUrl: server.url });
  for (const minutes of [-40, -39, -38]) {
    await tick(minutes, { java: [1, 10, 20], nginx: [4, 30, 3], went: [1, 50, 1], 'calm\u001b': [1, 1, 1] });
  }
  for (const minutes of [-10, -9, -8]) {
    await tick(minutes, { java: [1, 10, 74], nginx: [9, 12, 3], came: [2, 5, 1], 'calm\u001b': [1, 1, 1] });
  }
  await tick(-8, { other: [1, 99, 2] }, 'db');
  const red = incidentAt(zero, { opened: at(-39), since: at(-39) });
  red.history = [{ ...(red.history[0] as (typeof red.history)[number]), time: at(-39) }];
  const end = { time: at(-20), color: 'GREEN' as const, value: 12, limit: 80, reason: 'below-clear-level' as const };
  const later = incidentAt(zero, {
    id: 'abcdef01-0003',
    process: 'java',
    metric: 'mem',
    opened: at(-9),
    since: at(-9),
    value: 74,
  });
  await client.putAlerts({
    incidents: [changed(red, end), { ...later, runbook: 'https://wiki.example/heap', rule: 'heap' }],
  });
  await client.acknowledge('abcdef01-0003', { by: 'alice', why: 'on it' });
});
afterAll(() => stopAll([server]));
beforeEach(() => {
  shell = testShell();
});
afterEach(() => shell.close());

describe('amberwatch history', () => {
  it('shows what a program used, as sparklines and in steps', async () => {
    const { status, out } = await amberwatch(
      'history',
      'web-1',
      'java',
      '--from',
      at(-41),
      '--to',
      at(-5),
      '--step',
      '5m',
    );
    expect(status).toBe(0);
    expect(out).toContain(`web-1 java\n${minuteOf(-41)}:00 – ${minuteOf(-5)}:00 UTC\n`);
    const [, summary = '', steps = ''] = out.split('\n\n');
    const mem = rowsOf(summary).find(([name]) => name === 'mem %');
    expect(mem?.slice(-4)).toEqual(['20.0', '47.0', '74.0', '74.0']);
    expect(summary).toMatch(/mem % .*▃.*█/);
    const titles = rowsOf(steps)[0] as string[];
    expect(titles).toEqual(['TIME (UTC)', 'CPU %', 'LARGEST CPU %', 'MEM %', 'LARGEST MEM %', 'RSS', 'COUNT']);
    const last = rowsOf(steps).at(-1) as string[];
    expect(last.slice(1)).toEqual(['10.0', '10.0', '74.0', '74.0', '74M', '1.0']);
  });

  it('shows the host itself, where cpu is all that neither idles nor waits', async () => {
    const { out } = await amberwatch('history', 'web-1', '--since', '1h');
    const rows = rowsOf(out);
    expect(rows.find(([name]) => name === 'cpu %')?.slice(-4)).toEqual(['60.0', '60.0', '60.0', '60.0']);
    expect(rows.find(([name]) => name === 'mem %')?.at(-1)).toBe('71.5');
    expect(rows.find(([name]) => name === 'disk /var \\x1b %')?.at(-1)).toBe('40.0');
  });

  it('shows a unit of the host against its own limits, and names the nearest one where there is none', async () => {
    const { out } = await amberwatch('history', 'web-1', '--unit', 'shop.service', '--since', '1h');
    expect(out).toMatch(/^web-1 shop\.service\n/);
    const rows = rowsOf(out);
    expect(rows.find(([name]) => name === 'mem of its limit %')?.slice(-4)).toEqual(['20.0', '47.0', '74.0', '74.0']);
    expect(rows.find(([name]) => name === 'cpu of its quota %')?.at(-1)).toBe('5.0');
    const words = ['history', 'web-1', '--unit', 'shop.service', '--metric', 'memBytes', '--json'];
    expect(JSON.parse((await amberwatch(...words)).out)).toMatchObject({
      host: 'web-1',
      process: null,
      unit: 'shop.service',
      series: [{ metric: 'mem', unit: 'bytes' }],
    });
    expect(await amberwatch('history', 'web-1', '--unit', 'shop.servic', '--since', '2m')).toMatchObject({
      status: 2,
      err: expect.stringMatching(/^web-1 has no samples of the unit "shop\.servic" between /),
    });
    expect((await amberwatch('history', 'web-1', 'java', '--unit', 'x')).err).toBe(
      '--unit and a program are two histories; ask for one.\n',
    );
    expect((await amberwatch('history', 'web-1', '--unit', 'x', '--metric', 'disk')).err).toContain(
      '--metric of a unit is one of cpu, cpuShare',
    );
  });

  it('is JSON for programs', async () => {
    const words = [
      'history',
      'web-1',
      'nginx',
      '--metric',
      'count',
      '--from',
      at(-10),
      '--to',
      at(-5),
      '--step',
      '1m',
      '--json',
    ];
    expect(JSON.parse((await amberwatch(...words)).out)).toMatchObject({
      host: 'web-1',
      process: 'nginx',
      stepMs: 60_000,
      series: [
        {
          metric: 'count',
          points: [
            [at(-10), 9],
            [at(-9), 9],
            [at(-8), 9],
          ],
        },
      ],
    });
  });

  it.each([
    [['web-2'], 'The server has heard of no host "web-2". Did you mean web-1?'],
    [['web-1', 'jawa'], expect.stringMatching(/^web-1 has no samples of "jawa" between .* UTC\. Did you mean java\?$/)],
    [
      ['web-1', '--metric', 'rss'],
      expect.stringMatching(/^--metric of a host is one of cpu, mem, disk, load, not "rss"\./),
    ],
    [['web-1', '--from', 'whenever'], expect.stringMatching(/^--from must be a time such as .*, not "whenever"\.$/)],
    [
      ['web-1', '--from', 'now', '--to', '1h ago'],
      expect.stringMatching(/^The range ends at .*, before it begins at /),
    ],
    [['web-1', '--since', '48h', '--step', '1s'], expect.stringMatching(/^--step: over 10000 steps/)],
  ])('says in a sentence what is wrong with %j', async (words, sentence) => {
    const { status, err } = await amberwatch('history', ...words);
    expect({ status, err: err.trimEnd() }).toEqual({ status: 2, err: sentence });
  });
});

describe('amberwatch at', () => {
  it('shows who used most at a moment, and the alerts of that moment as they were', async () => {
    const { status, out } = await amberwatch('at', at(-38), '--host', 'web-1');
    expect(status).toBe(0);
    const [head = '', cpu = '', memory = '', alerts = ''] = out.split('\n\n');
    expect(head).toBe(`web-1 at ${minuteOf(-38)}:00 UTC\ncpu 60.0 %, mem 71.5 %`);
    expect(
      rowsOf(cpu)
        .slice(2)
        .map(([name]) => name),
    ).toEqual(['went', 'nginx', 'java', 'calm\\x1b']);
    expect(rowsOf(memory)[2]?.slice(0, 3)).toEqual(['java', '1', '10.0']);
    expect(rowsOf(alerts).slice(2)).toEqual([
      ['6f1c', 'RED', 'web-1', 'nginx', 'cpu', '93.1', '-', '80.0', '60 s', '-', 'above-limit'],
    ]);
  });

  it('is of all hosts without one, and takes times as people write them', async () => {
    // Eight minutes before zero, or less than one later: the alert was open for a minute by then.
    const minutes = Math.floor((Date.now() - zero) / MINUTE + 8);
    const words = ['at', `${minutes}`, 'min', 'ago', '--window', '5m', '--rows', '1', '--json'];
    const then = JSON.parse((await amberwatch(...words)).out) as { processes: { process: string }[]; alerts: object[] };
    expect(then.processes.at(-1)).toMatchObject({ process: 'java' });
    expect(then.alerts).toMatchObject([{ id: 'abcdef01-0003' }]);
    expect((await amberwatch('at', 'noon-ish')).err).toMatch(/^TIME must be a time such as .*, not "noon-ish"\.\n$/);
    expect((await amberwatch('at', at(-2000))).out).toContain('No samples of that time.\n');
  });
});

describe('amberwatch diff', () => {
  it('shows who came, went, grew and shrank, the largest change first', async () => {
    const { status, out } = await amberwatch('diff', at(-38), at(-8), '--host', 'web-1');
    expect(status).toBe(0);
    const rows = rowsOf(out.split('\n\n')[1] ?? '');
    expect(rows.map(([change, name]) => `${change} ${name}`)).toEqual([
      'CHANGE PROGRAM',
      'grew java',
      'went went',
      'restarted nginx',
      'came came',
    ]);
    expect(rows[1]).toEqual(['grew', 'java', '10.0 → 10.0', '0', '20.0 → 74.0', '+54.0', '20M → 74M', '1 → 1', '0']);
    expect(rows[2]).toEqual(['went', 'went', '50.0 → -', '-50.0', '1.0 → -', '-1.0', '1.0M → -', '1 → -', '-1']);
  });

  it('takes ranges, and says where there is nothing to compare or more than it shows', async () => {
    const range = (from: number, to: number) => `${at(from)}..${at(to)}`;
    const { out } = await amberwatch('diff', range(-41, -30), range(-11, -1), '--sort', 'count', '--rows', '1');
    expect(out).toContain(`A  ${minuteOf(-41)}:00 – ${minuteOf(-30)}:00 UTC, 4 programs\n`);
    expect(out).toMatch(/grew +web-1 +nginx .*\+5\n… and \d smaller changes/);
    expect((await amberwatch('diff', at(-2000), at(-8))).out).toContain('no samples of that time\n');
    const json = JSON.parse((await amberwatch('diff', at(-38), at(-8), '--json')).out) as { changes: object[] };
    expect(json.changes[0]).toMatchObject({ host: 'db', process: 'other', change: 'came', cpu: [null, 99] });
    expect((await amberwatch('diff', `${at(-8)}..${at(-38)}`, 'now')).err).toMatch(
      /^A must be a time or a range such as /,
    );
  });
});

describe('amberwatch incident', () => {
  it('shows all about an alert by its short id, and what can be done', async () => {
    const { status, out } = await amberwatch('incident', 'abcd');
    expect(status).toBe(0);
    expect(out).toMatch(/^RED web-1 java mem 93\.1 % > 80 %\n/);
    for (const part of [
      /\nid {10}abcdef01-0003\n/,
      /\nacknowledged\s*by alice until .*: on it\n/,
      /\nrule {8}heap\n/,
      /\nrunbook {5}https:\/\/wiki.example\/heap\n/,
      /┤.*█/,
      /\nTimeline\n\S+Z RED {3}web-1 java mem 93\.1 % > 80 %\n/,
      /\namberwatch silence ack abcd --why 'on it'\n/,
    ])
      expect(out).toMatch(part);
    const closed = await amberwatch('incident', '6f1c');
    expect(closed.out).toMatch(/\n\S+Z GREEN web-1 nginx cpu 12\.0 % \(was RED for 19 min\)\n/);
    expect(closed.out).not.toContain('silence ack');
    expect((await amberwatch('incident', 'zzzz')).status).toBe(2);
    const json = JSON.parse((await amberwatch('incident', '6f1c', '--json')).out) as { points: [string, number][] };
    expect(json).toMatchObject({ id: '6f1c2d3e-0001', color: 'GREEN' });
    expect(json.points.map(([, value]) => value)).toEqual([30, 30, 30, 12, 12, 12]);
  });
});

describe('a narrow terminal', () => {
  it.each([60, 80, 200])('of %i columns is never overrun', async (columns) => {
    for (const words of [
      ['history', 'web-1', 'java'],
      ['history', 'web-1'],
      ['at', at(-38)],
      ['diff', at(-38), at(-8)],
      ['incident', 'abcd'],
    ]) {
      const { out } = await shell.amberwatch([...words, '--url', server.url], { columns });
      expect(out.split('\n').filter((line) => line.length > columns)).toEqual([]);
    }
  });
});
