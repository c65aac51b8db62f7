import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AmberwatchClient } from '#client';
import * as standIns from '../support/channel-stand-ins.js';
import { type RunningApp, startApp, startServer, stopAll, temporaryFolder, waitUntil } from '../support/processes.js';
import { SlackStandIn } from '../support/slack-stand-in.js';

describe('every channel of a real alarm', () => {
  const apps: RunningApp[] = [];
  const folder = temporaryFolder();
  const [paged, opened] = [new Map<string, string>(), new Map<string, string>()];
  const others: standIns.StandIn[] = [];
  let slack: SlackStandIn;
  let client: AmberwatchClient;
  let environment: Record<string, string>;
  let lastMs = 0;
  let batches = 0;

  const startAlarm = async () => {
    const alarm = startApp('alarm', environment);
    apps.push(alarm);
    await alarm.waitFor(/Alarm follows/);
    return alarm;
  };
  const send = (java: number, nginx = 1) => {
    lastMs = Math.max(Date.now(), lastMs + 400);
    const time = new Date(lastMs).toISOString();
    const sample = { names: ['java', 'nginx'], count: [1, 1], cpu: [java, nginx], cpuMax: [java, nginx] };
    return client.putSamples({
      id: `channels-${process.pid}-${++batches}`,
      host: 'web-1',
      time,
      intervalMs: 5_000,
      ...sample,
    });
  };

  beforeAll(async () => {
    slack = await SlackStandIn.start();
    const answers = [
      standIns.ntfy('tk_secret'),
      standIns.telegram('123:abc'),
      standIns.pagerDuty('pd-key', paged),
      standIns.opsgenie('og-key', opened),
      () => ({ status: 200, body: {} }),
    ];
    for (const answer of answers) others.push(await standIns.StandIn.start(answer));
    const [ntfy = '', telegram = '', pagerDuty = '', opsgenie = '', sms = ''] = others.map(({ url }) => url);
    const file = join(folder, 'channels.yaml');
    writeFileSync(file, `channels:\n  - { name: sms, url: '${sms}/sms', body: '{"text": "{{ title }}"}' }\n`);
    const rules = join(folder, 'rules.yaml');
    writeFileSync(rules, 'rules:\n  - { name: at-once, for: 0s }\nroutes:\n  - { match: { host: db-1 }, to: [sms] }\n');
    const server = await startServer(temporaryFolder());
    apps.push(server);
    client = new AmberwatchClient({ baseUrl: server.url });
    environment = {
      AMBERWATCH_SERVER_URL: server.url,
      AMBERWATCH_DATA: folder,
      AMBERWATCH_RULES: rules,
      AMBERWATCH_NOTIFY_PRIVATE: 'allow',
      AMBERWATCH_NOTIFY_WAIT: '1s',
      AMBERWATCH_SLACK_TOKEN: SlackStandIn.TOKEN,
      AMBERWATCH_SLACK_CHANNEL: 'C1234567890',
      AMBERWATCH_SLACK_API: slack.url,
      AMBERWATCH_NTFY_URL: `${ntfy}/ops-topic`,
      AMBERWATCH_NTFY_TOKEN: 'tk_secret',
      AMBERWATCH_TELEGRAM_TOKEN: '123:abc',
      AMBERWATCH_TELEGRAM_CHAT: '-1001234567890',
      AMBERWATCH_TELEGRAM_URL: telegram,
      AMBERWATCH_PAGERDUTY_KEY: 'pd-key',
      AMBERWATCH_PAGERDUTY_URL: pagerDuty,
      AMBERWATCH_OPSGENIE_KEY: 'og-key',
      AMBERWATCH_OPSGENIE_URL: opsgenie,
      AMBERWATCH_CHANNELS: file,
    };
  }, 60_000);
  afterAll(async () => {
    await stopAll(apps);
    await Promise.all([slack.stop(), ...others.map((one) => one.stop())]);
  });

  it('is told of an alert, of who is on it, and of its end by another process of the alarm', async () => {
    const alarm = await startAlarm();
    await send(93.1);
    const { id } = await waitUntil('the alert', async () => (await client.alerts()).alerts[0]);
    await waitUntil('the pages', () => paged.get(id) === 'triggered critical' && opened.get(id) === 'open P1');
    await waitUntil('all channels', () => others.every(({ receiver }) => receiver.requests.length > 0));
    await waitUntil('Slack', () => slack.messages.length === 1);
    expect(slack.messages[0]?.text).toMatch(/^RED CPU of java on web-1 is 93\.1 %, over its limit of 80 %/);
    await client.acknowledge(id, { by: 'anna', why: 'on it' });
    await waitUntil('the acknowledgement', () => paged.get(id) === 'acknowledged' && opened.get(id) === 'acknowledged');
    await waitUntil('Slack', () => JSON.stringify(slack.messages).includes('anna: on it'));
    await alarm.stop('SIGKILL');
    await startAlarm();
    for (let i = 0; i < 4; i++) await send(5);
    await waitUntil('its end', async () => (await client.alerts()).alerts.length === 0);
    // An end alone waits for some minutes; with a RED of its host it goes out at once.
    await send(5, 95);
    await waitUntil('the ends', () => paged.get(id) === 'resolved' && opened.get(id) === 'closed');
    await waitUntil('Slack', () => slack.messages[0]?.text.startsWith('GREEN CPU of java on web-1 is back at 5.0 %'));
    await waitUntil('the page of the other', () => [...paged.values()].includes('triggered critical'));
    await waitUntil('Slack', () => slack.messages.length === 2);
    expect(slack.messages.map(({ thread_ts }) => thread_ts)).toEqual([undefined, undefined]);
    expect([slack.refused, ...others.map(({ refused }) => refused)].flat()).toEqual([]);
  }, 90_000);

  it('takes a sample', async () => {
    const { id } = await client.requestNotifyTest();
    const results = await waitUntil('the results', async () => {
      const { tests } = await client.notifyTests();
      return tests.find((one) => one.id === id)?.results ?? undefined;
    });
    const names = ['slack', 'ntfy', 'telegram', 'pagerduty', 'opsgenie', 'sms'];
    expect(results.map(({ channel, ok }) => [channel, ok])).toEqual(names.map((name) => [name, true]));
  }, 60_000);

  it('that lacks a setting, or that a route names and nobody has set, is said at the start', async () => {
    const lacking = startApp('alarm', {
      AMBERWATCH_DATA: temporaryFolder(),
      AMBERWATCH_SLACK_TOKEN: 'xoxb-1',
      AMBERWATCH_TELEGRAM_CHAT: '@ops',
      AMBERWATCH_SMTP_URL: 'smtp://mail.example.com',
    });
    apps.push(lacking);
    expect(await lacking.exited).toBe(1);
    for (const name of [
      'AMBERWATCH_SLACK_CHANNEL',
      'AMBERWATCH_TELEGRAM_TOKEN',
      'AMBERWATCH_MAIL_FROM and AMBERWATCH_MAIL_TO',
    ]) {
      expect(lacking.output()).toContain(`${name} not`);
    }
    const { AMBERWATCH_CHANNELS: _, ...without } = environment;
    const routed = startApp('alarm', { ...without, AMBERWATCH_DATA: temporaryFolder() });
    apps.push(routed);
    expect(await routed.exited).toBe(1);
    expect(routed.output()).toContain('routes[0].to: "sms" is no channel of this alarm; configured are slack, ntfy');
  }, 60_000);
});
