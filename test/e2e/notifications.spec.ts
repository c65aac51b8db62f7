import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notification, SampleBatch } from '#domain';
import { AmberwatchClient } from '#client';
import {
  type RunningApp,
  startApp,
  startProcess,
  startServer,
  stopAll,
  temporaryFolder,
  waitUntil,
} from '../support/processes.js';
import { testShell } from '../support/command-line.js';
import { HttpReceiver } from '../support/receivers.js';
import { freePort } from '../support/free-port.js';

const ALERTMANAGER = ['/usr/bin/prometheus-alertmanager', '/usr/local/bin/alertmanager'].find((path) =>
  existsSync(path),
);

let batches = 0;
let lastMs = 0;

/** A tick after the last one, so that each counts, and never so far ahead that the server takes its clock for a fast one. */
function tick(programs: Record<string, number>, more: Partial<SampleBatch> = {}): SampleBatch {
  lastMs = Math.max(Date.now(), lastMs + 400);
  const cpu = Object.values(programs);
  return {
    id: `notify-e2e-${process.pid}-${++batches}`,
    host: 'web-1',
    time: new Date(lastMs).toISOString(),
    intervalMs: 5_000,
    names: Object.keys(programs),
    count: cpu.map(() => 1),
    cpu,
    cpuMax: cpu,
    ...more,
  };
}

describe('notifications of a real alarm', () => {
  const apps: RunningApp[] = [];
  const folder = temporaryFolder();
  const rules = join(folder, 'rules.yaml');
  let server: RunningApp & { url: string };
  let client: AmberwatchClient;
  let alarm: RunningApp;
  let webhook: HttpReceiver;
  let slack: HttpReceiver;
  let manager = '';

  beforeAll(async () => {
    writeFileSync(
      rules,
      `rules:
  - { name: busy, match: { process: busy }, off: true }
  - name: web
    match: { process: nginx }
    for: 0s
    labels: { team: shop }
    annotations: { summary: nginx is busy }
    runbook: https://example.com/nginx
  - { name: others, for: 0s }
`,
    );
    server = await startServer(temporaryFolder());
    webhook = await HttpReceiver.start();
    slack = await HttpReceiver.start();
    apps.push(server);
    if (ALERTMANAGER) {
      const port = await freePort();
      manager = `http://127.0.0.1:${port}`;
      writeFileSync(join(folder, 'alertmanager.yml'), 'route: { receiver: none }\nreceivers: [{ name: none }]\n');
      const flags = [
        `--web.listen-address=127.0.0.1:${port}`,
        `--storage.path=${folder}/am`,
        '--cluster.listen-address=',
      ];
      const app = startProcess(ALERTMANAGER, [`--config.file=${folder}/alertmanager.yml`, ...flags], {}, folder);
      apps.push(app);
      await waitUntil('Alertmanager', () =>
        fetch(`${manager}/-/ready`)
          .then((reply) => reply.ok)
          .catch(() => false),
      );
    } else {
      process.stdout.write('SKIPPED-SUITE: alertmanager (apt-get install prometheus-alertmanager)\n');
    }
    client = new AmberwatchClient({ baseUrl: server.url });
    alarm = startApp('alarm', {
      AMBERWATCH_SERVER_URL: server.url,
      AMBERWATCH_DATA: folder,
      AMBERWATCH_RULES: rules,
      AMBERWATCH_NOTIFY_PRIVATE: 'allow',
      AMBERWATCH_NOTIFY_WAIT: '1s',
      AMBERWATCH_WEBHOOK_URL: webhook.url,
      AMBERWATCH_SLACK_URL: slack.url,
      AMBERWATCH_PUBLIC_URL: 'https://amberwatch.example.com',
      ...(manager && { AMBERWATCH_ALERTMANAGER_URL: manager }),
    });
    apps.push(alarm);
    await alarm.waitFor(/Alarm follows/);
  }, 60_000);
  afterAll(async () => {
    await stopAll(apps);
    await webhook.stop();
    await slack.stop();
  });

  /** Asks for a sample and waits for how it went; the alarm has read the silences by then. */
  const sample = async () => {
    const { id } = await client.requestNotifyTest();
    return waitUntil('the results', async () => {
      const { tests } = await client.notifyTests();
      return tests.find((one) => one.id === id)?.results ?? undefined;
    });
  };
  const told = () => (webhook.bodies() as Notification[]).flatMap(({ items }) => items.map((item) => item.text));
  const atManager = async () => {
    const reply = await fetch(`${manager}/api/v2/alerts?active=true&silenced=true&inhibited=true`);
    return (await reply.json()) as {
      labels: Record<string, string>;
      annotations: Record<string, string>;
      generatorURL: string;
    }[];
  };

  it('go to the webhook, to Slack and to a real Alertmanager', async () => {
    await client.putSamples(tick({ nginx: 93.1, busy: 99 }));
    await waitUntil('the webhook', () => told().length > 0);
    expect(told()).toEqual(['web-1 nginx cpu 93.1 % > 80 %']);
    await waitUntil('Slack', () => slack.requests.length > 0);
    const [{ text }] = slack.bodies() as [{ text: string }];
    expect(text).toMatch(/^RED CPU of nginx on web-1 is 93\.1 %, over its limit of 80 %, for \d+ s$/);
    if (!manager) return;
    const [alert] = await waitUntil('Alertmanager', async () => {
      const alerts = await atManager();
      return alerts.length > 0 && alerts;
    });
    expect(alert?.labels).toEqual({
      alertname: 'AmberwatchCpu',
      severity: 'critical',
      host: 'web-1',
      process: 'nginx',
      metric: 'cpu',
      rule: 'web',
      team: 'shop',
    });
    expect(alert?.annotations).toMatchObject({
      summary: 'nginx is busy',
      description: expect.stringMatching(/^Now: 93\.1 % of a limit of 80 %\n.*Since: .*\nRule: web$/s),
      runbook_url: 'https://example.com/nginx',
      value: '93.1',
      limit: '80',
    });
    expect(alert?.generatorURL).toMatch(/^https:\/\/amberwatch\.example\.com\/\?alert=[\w-]+$/);
  }, 60_000);

  it('leave out what is silenced, until the silence ends', async () => {
    const until = new Date(Date.now() + 3_600_000).toISOString();
    const made = await client.addSilence({
      kind: 'maintenance',
      match: { process: 'ja*' },
      by: 'anna',
      why: 'deploy',
      until,
    });
    expect((await client.silences()).silences).toEqual([made]);
    await sample();
    await client.putSamples(tick({ nginx: 93, java: 99, ruby: 99 }));
    await waitUntil('ruby at the webhook', () => told().some((text) => text.includes('ruby')));
    expect(told().some((text) => text.includes('java'))).toBe(false);
    await client.endSilence(made.id);
    await waitUntil('java at the webhook', () => told().some((text) => text.includes('java')));
    await expect(client.endSilence('nobody')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  }, 60_000);

  it('can be tried with a sample on every channel, and name the one that fails', async () => {
    slack.answer = (response) => void response.writeHead(404).end('no_service');
    const results = await sample();
    expect(results.map(({ channel, ok }) => [channel, ok])).toEqual([
      ['slack', false],
      ['webhook', true],
      ...(manager ? [['alertmanager', true]] : []),
    ]);
    expect(results[0]?.message).toContain('404');
    slack.answer = (response) => void response.end('ok');
  }, 60_000);

  it('follow new rules at SIGHUP, and the old ones where the file is broken', async () => {
    writeFileSync(rules, 'rules:\n  - name: broken\n    limits: 3\n');
    alarm.child.kill('SIGHUP');
    await alarm.waitFor(/rules\[0\]\.limits: is unknown[^]*The old rules stay/);
    await client.putSamples(tick({ nginx: 93, busy: 400 }));
    writeFileSync(rules, 'rules:\n  - name: many-cores\n    limit: 300\n');
    alarm.child.kill('SIGHUP');
    await alarm.waitFor(/1 rules of .* hold/);
    for (let i = 0; i < 3; i++) await client.putSamples(tick({ nginx: 93, java: 99, ruby: 99, busy: 200 }));
    await alarm.waitFor(/GREEN web-1 nginx cpu 93\.0 %/);
    await waitUntil('the end of all', async () => (await client.alerts()).alerts.length === 0);
    expect(alarm.stdout()).not.toMatch(/(RED|AMBER) .*busy/);
    if (manager)
      await waitUntil('the end at Alertmanager', async () =>
        (await atManager()).every(({ labels }) => labels['process'] === 'example'),
      );
  }, 60_000);

  it('say who would be told of an alert, and why, and tell when nobody would be', async () => {
    writeFileSync(
      rules,
      `rules:
  - { name: many-cores, limit: 300 }
routes:
  - { match: { host: 'db-*' }, to: [] }
  - { match: { rule: many-cores, process: java }, when: { days: [sat], timezone: Europe/Berlin }, to: [webhook] }
`,
    );
    alarm.child.kill('SIGHUP');
    await alarm.waitFor(/1 rules of .* hold[^]*1 rules of .* hold/);
    const shell = testShell();
    const ask = (...words: string[]) => shell.amberwatch(['notify', 'route', ...words, '--url', server.url]);
    try {
      const weekend = await ask(
        '--host',
        'web-1',
        '--process',
        'java',
        '--colour',
        'RED',
        '--at',
        '2026-11-21T12:00:00Z',
      );
      expect([weekend.err, weekend.status]).toEqual(['', 0]);
      expect(weekend.out).toMatch(/^1 +no +nobody +host is web-1, not db-\*$/m);
      expect(weekend.out).toMatch(/^2 +yes +webhook +matches$/m);
      expect(weekend.out).toMatch(/Told: webhook \(service none, rule many-cores\)\.\n$/);
      const week = await ask('--host', 'web-1', '--process', 'java', '--at', '2026-11-24T12:00:00Z');
      expect(week.out).toMatch(/it is tue 13:00 there, not sat 00:00–24:00 Europe\/Berlin/);
      expect(week.out).toMatch(/Told: slack, webhook.*, since no route matches/);
      expect(await ask('--host', 'db-1')).toMatchObject({ status: 1, out: expect.stringContaining('Nobody is told') });
      writeFileSync(rules, 'routes: [{ to: [pager] }]');
      alarm.child.kill('SIGHUP');
      await alarm.waitFor(/routes\[0\]\.to: "pager" is no channel of this alarm; configured are slack, webhook/);
      writeFileSync(rules, 'rules:\n  - name: many-cores\n    limit: 300\n');
    } finally {
      await shell.close();
    }
  }, 60_000);

  it('that go nowhere are a failure of the sample', async () => {
    const [bare, shell] = [await startServer(temporaryFolder()), testShell()];
    const lonely = startApp('alarm', { AMBERWATCH_SERVER_URL: bare.url, AMBERWATCH_DATA: temporaryFolder() });
    apps.push(bare, lonely);
    try {
      const { out, err, status } = await shell.amberwatch(['notify', 'test', '--url', bare.url]);
      expect([out, status]).toEqual(['', 1]);
      expect(err).toContain('The alarm has no channel, so nobody is told of anything: set AMBERWATCH_SLACK_URL');
    } finally {
      await shell.close();
    }
  }, 60_000);

  it('have their scores and their history on the server', async () => {
    const scores = await client.scores();
    expect(scores).toMatchObject({
      incidents: 3,
      total: { missed: 3, recall: 0, precision: null },
      hosts: [{ host: 'web-1' }],
    });
    expect((await client.alerts({ state: 'closed' })).alerts).toHaveLength(3);
  });

  it('are asked for, silenced and scored from the command line', async () => {
    const shell = testShell();
    const amberwatch = (...words: string[]) => shell.amberwatch([...words, '--url', server.url]);
    try {
      const tested = await amberwatch('notify', 'test');
      expect([tested.err, tested.status]).toEqual(['', 0]);
      expect(tested.out).toMatch(/webhook +ok/);
      const made = await amberwatch('silence', 'add', '--host', 'web-*', '--by', 'anna', '--why', 'deploy', '--json');
      const [{ id }] = JSON.parse(made.out) as [{ id: string }];
      expect((await amberwatch('silence', 'list')).out).toContain('host=web-*');
      expect((await amberwatch('silence', 'end', id)).status).toBe(0);
      expect((await amberwatch('silence', 'list')).out).toBe('Nothing is silenced.\n');
      expect((await amberwatch('scores')).out).toMatch(/^3 alerts since/);
      expect((await shell.amberwatch(['rules', 'check', rules])).out).toContain('1 rules');
      const replayed = await amberwatch('rules', 'replay', rules, '--since', '1h', '--step', '1s');
      expect(replayed.status).toBe(0);
      // How far it is, where it takes longer than a second.
      expect(replayed.err).toMatch(/^(\d+ of 60 minutes of history\n)*$/);
      expect(replayed.out).toMatch(/RED {3}web-1 busy cpu 400\.0 % > 300 %/);
      // By the shipped rules: nginx, java, ruby and busy.
      expect((await amberwatch('backtest')).out).toMatch(/^\d+ series, 4 breaches of 80 %\n/);
      writeFileSync(rules, 'rules: 3');
      expect(await shell.amberwatch(['rules', 'check', rules])).toMatchObject({ status: 2, out: '' });
    } finally {
      await shell.close();
    }
  }, 60_000);
});
