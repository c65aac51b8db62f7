import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '#domain';
import { sampleNotification } from '#alarm';
import { hostile, incidentOf, messageOf, NOW } from '../../../test/support/messages.js';
import { HttpReceiver } from '../../../test/support/receivers.js';
import { AlertmanagerChannel } from './alertmanager.js';
import { postJson } from './http-post.js';
import { RefusedError, RetryLaterError } from './notifier.js';
import { addressProblem } from './safe-address.js';
import { WebhookNotifier } from './webhook.notifier.js';

const never = new AbortController().signal;

describe('an address that notifications may go to', () => {
  it.each(['93.184.216.34', '2606:2800:220:1:248:1893:25c8:1946', '1.1.1.1'])('is %s', (address) => {
    expect(addressProblem(address, false)).toBeUndefined();
  });

  it.each(['127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.1.1', '100.64.0.1', '::1', 'fd12::1', '::ffff:10.0.0.1'])(
    'is %s only where private ones are allowed',
    (address) => {
      expect(addressProblem(address, false)).toContain('private');
      expect(addressProblem(address, true)).toBeUndefined();
    },
  );

  it.each([
    '169.254.169.254',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '64:ff9b::a9fe:a9fe',
    '2002:a9fe:a9fe::1',
    'fe80::1%eth0',
    'fd00:ec2::254',
    '100.100.100.200',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
    'nonsense',
  ])('is never %s', (address) => {
    expect(addressProblem(address, true)).toBeDefined();
  });
});

describe('a POST', () => {
  let receiver: HttpReceiver | undefined;
  afterEach(() => receiver?.stop());

  it('goes to no private or metadata address, however it is written', async () => {
    receiver = await HttpReceiver.start();
    const { port } = new URL(receiver.url);
    for (const host of ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]']) {
      await expect(postJson(`http://${host}:${port}/`, '{}', { allowPrivate: false })).rejects.toThrow(/private/);
    }
    for (const host of ['169.254.169.254', '[fe80::1]', '0xA9FEA9FE']) {
      await expect(postJson(`http://${host}/`, '{}', { allowPrivate: true })).rejects.toThrow(/link-local/);
    }
    expect(() => postJson('file:///etc/passwd', '{}', { allowPrivate: true })).toThrow(/neither http nor https/);
    expect(receiver.requests).toEqual([]);
    await postJson(`http://localhost:${port}/`, '{}', { allowPrivate: true });
    expect(receiver.requests).toHaveLength(1);
  });

  it('follows no redirect, and tells what can be tried again from what can not', async () => {
    receiver = await HttpReceiver.start();
    const post = () => postJson(receiver?.url ?? '', '{}', { allowPrivate: true });
    receiver.answer = (response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
    await expect(post()).rejects.toThrow('it redirects (302), which is not followed');
    expect(receiver.requests).toHaveLength(1);
    receiver.answer = (response) => void response.writeHead(400).end('no_text');
    await expect(post()).rejects.toThrow(RefusedError);
    receiver.answer = (response) => void response.writeHead(503).end();
    await expect(post()).rejects.not.toThrow(RefusedError);
    receiver.answer = (response) => void response.writeHead(429, { 'retry-after': '30' }).end();
    await expect(post()).rejects.toMatchObject({ name: RetryLaterError.name, afterMs: 30_000 });
  });
});

describe('a webhook', () => {
  it('gets the notification as JSON, signed with the time', async () => {
    const receiver = await HttpReceiver.start();
    try {
      const secret = 'a secret of many characters';
      const notifier = new WebhookNotifier({ url: receiver.url, secret, allowPrivate: true, now: () => NOW });
      await notifier.send(await messageOf([incidentOf({ process: hostile })]), never);
      const [request] = receiver.requests;
      expect(JSON.parse(request?.body ?? '')).toMatchObject({
        id: 'message-1',
        items: [{ incident: { process: hostile } }],
      });
      const t = NOW / 1000;
      const v1 = createHmac('sha256', secret).update(`${t}.${request?.body}`).digest('hex');
      expect(request?.headers['x-amberwatch-signature']).toBe(`t=${t},v1=${v1}`);
      expect(request?.headers['x-amberwatch-delivery']).toBe('message-1');
    } finally {
      await receiver.stop();
    }
  });
});

describe('Alertmanager', () => {
  it('that refuses an alert is reported once, however often it is asked, until the reason is another one', async () => {
    const receiver = await HttpReceiver.start();
    const said: string[] = [];
    const log = { log: () => undefined, warn: (text: string) => void said.push(text) };
    const channel = new AlertmanagerChannel(
      { url: receiver.url, allowPrivate: true, serviceOf: () => null, ruleDetails: () => ({}) },
      log,
    );
    let reason = 'label is too long';
    receiver.answer = (response, request) => {
      const isBad = receiver.requests.at(-1)?.body.includes('bad') ?? false;
      response.writeHead(isBad ? 400 : 200).end(isBad ? reason : request.method);
    };
    const [item] = sampleNotification('n', 0).items;
    const alert = (id: string, host: string) => ({ ...item!.incident, id, host, history: [] }) as Incident;
    channel.change(alert('incident-a', 'bad'));
    channel.change(alert('incident-b', 'good'));
    for (let minute = 0; minute < 10; minute++) {
      channel.change(alert('incident-c', `good-${minute}`));
      await channel.tick(minute * 60_000, () => undefined);
      await channel.tick(minute * 60_000 + 30_000, () => undefined);
    }
    expect(said).toEqual([expect.stringContaining('label is too long')]);
    reason = 'another reason';
    await channel.tick(600_000, () => undefined);
    expect(said).toHaveLength(2);
    await receiver.stop();
  });

  it('is told of a RED once it has held, and keeps the warning before it until then', async () => {
    const receiver = await HttpReceiver.start();
    const channel = new AlertmanagerChannel(
      { url: receiver.url, allowPrivate: true, serviceOf: () => null, ruleDetails: () => ({}) },
      { log: () => undefined, warn: () => undefined },
    );
    let held = true;
    const tick = async (second: number) => {
      const from = receiver.requests.length;
      const nowMs = NOW + second * 1000;
      await channel.tick(nowMs, () => (held ? 'held back' : undefined));
      const sent = (receiver.bodies() as { labels: { severity: string }; endsAt: string }[][]).slice(from).flat();
      return sent.map(({ labels, endsAt }) => `${labels.severity} ${Date.parse(endsAt) > nowMs ? 'open' : 'over'}`);
    };
    held = false;
    channel.change(incidentOf({ color: 'AMBER' }));
    expect(await tick(0)).toEqual(['warning open']);
    held = true;
    channel.change(incidentOf({ color: 'RED' }));
    expect(await tick(1)).toEqual([]);
    expect(await tick(60)).toEqual(['warning open']);
    expect(await tick(61)).toEqual([]);
    held = false;
    expect((await tick(62)).toSorted()).toEqual(['critical open', 'warning over']);
    await receiver.stop();
  });

  it('ends an alert under the labels that it was told with, whatever its rule and its host say by then', async () => {
    const receiver = await HttpReceiver.start();
    let labels: Record<string, string> = { team: 'shop' };
    let service: string | null = null;
    const channel = new AlertmanagerChannel(
      { url: receiver.url, allowPrivate: true, serviceOf: () => service, ruleDetails: () => ({ labels }) },
      { log: () => undefined, warn: () => undefined },
    );
    channel.change(incidentOf());
    await channel.tick(NOW, () => undefined);
    labels = { team: 'other' };
    service = 'web';
    channel.change(incidentOf({ color: 'GREEN', closed: '2026-11-22T20:42:00Z', since: '2026-11-22T20:42:00Z' }));
    await channel.tick(NOW + 60_000, () => undefined);
    const [opened, ended] = (receiver.bodies() as { labels: object; endsAt: string }[][]).map(([alert]) => alert);
    expect(opened?.labels).toMatchObject({ team: 'shop', host: 'web-1' });
    expect(ended?.labels).toEqual(opened?.labels);
    expect(Date.parse(ended?.endsAt ?? '')).toBeLessThanOrEqual(NOW + 60_000);
    await receiver.stop();
  });
});
