import { createHmac } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Incident, Notification } from '#domain';
import { itemOf, sampleNotification } from '#alarm';
import { HttpReceiver, MailReceiver } from '../../../test/support/receivers.js';
import { postJson } from './http-post.js';
import { AlertmanagerChannel } from './alertmanager.js';
import { mailContent, MailNotifier } from './mail.notifier.js';
import { RefusedError, titleOf } from './notifier.js';
import { addressProblem } from './safe-address.js';
import { slackMessage, SlackNotifier } from './slack.notifier.js';
import { WebhookNotifier } from './webhook.notifier.js';

const NOW = Date.parse('2026-11-22T20:41:50Z');
const never = new AbortController().signal;
const hostile = '<!channel> <img src=x onerror=alert(1)>\r\nBcc: all@example.com\u202E';

function notificationOf(process: string, more: Partial<Incident> = {}, items = 1): Notification {
  const sample = sampleNotification('message-1', NOW);
  const incident = { ...sample.items[0]?.incident, ...more, process } as Incident;
  const history = [{ time: incident.since, color: incident.color, value: 93.1, limit: 80, reason: incident.reason }];
  const item = itemOf({ ...incident, history }, NOW);
  const counts = { red: items, amber: 0, resolved: 0, hosts: 1 };
  return { ...sample, kind: 'host', counts, items: Array.from({ length: Math.min(items, 50) }, () => item) };
}

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
  });
});

describe('Slack', () => {
  it('gets a message in which a name pings nobody and formats nothing', async () => {
    const receiver = await HttpReceiver.start();
    try {
      await new SlackNotifier({ url: receiver.url, allowPrivate: true }).send(notificationOf(hostile), never);
      const [message] = receiver.bodies() as ReturnType<typeof slackMessage>[];
      expect(message?.text).toBe(
        'RED example-host &lt;!channel&gt; &lt;img src=x onerror=alert(1)&gt;\\r\\nBcc: all@example.com\\u{202e} cpu 93.1 % &gt; 80 %',
      );
      expect(JSON.stringify(message)).not.toMatch(/<!channel>|\u202E/);
      expect(message?.blocks.every(({ text }) => text.type === 'plain_text')).toBe(true);
    } finally {
      await receiver.stop();
    }
  });

  it('gets one message with the worst of many, and how many more there are', () => {
    const { blocks } = slackMessage(notificationOf('nginx', {}, 10_000));
    expect(blocks[0]?.text.text).toBe('10000 RED on example-host');
    expect(blocks[1]?.text.text.split('\n').at(-1)).toBe('… and 9980 more');
  });

  it('names culprits of a host', () => {
    const culprits = [{ process: 'java', count: 2, share: 41 }];
    const sample = notificationOf('x');
    const item = itemOf(
      {
        ...(sample.items[0]?.incident as Incident),
        process: null,
        culprits,
        history: [{ time: sample.time, color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' }],
      },
      NOW,
    );
    expect(titleOf({ ...sample, items: [item] })).toBe('RED example-host (host) cpu 93.1 % > 80 % (java 41.0 %)');
  });
});

describe('mail', () => {
  it('is not sent where nobody vouches for the certificate of the server', async () => {
    const receiver = await MailReceiver.start(true);
    const before = process.env['NODE_EXTRA_CA_CERTS'];
    try {
      const options = { smtp: `smtp://127.0.0.1:${receiver.port}`, from: 'a@example.com', to: ['b@example.com'] };
      const strict = new MailNotifier({ ...options, tls: 'required' });
      await expect(strict.send(notificationOf('nginx'))).rejects.toThrow(/self-signed|certificate/);
      expect(receiver.mails).toEqual([]);
    } finally {
      await receiver.stop();
      expect(process.env['NODE_EXTRA_CA_CERTS']).toBe(before);
    }
  });

  it('is not sent to a server without TLS, unless that is allowed', async () => {
    const receiver = await MailReceiver.start(false);
    try {
      const options = { smtp: `smtp://127.0.0.1:${receiver.port}`, from: 'a@example.com', to: ['b@example.com'] };
      await expect(new MailNotifier({ ...options, tls: 'required' }).send(notificationOf('x'))).rejects.toThrow(/TLS/);
      expect(receiver.mails).toEqual([]);
      const plain = new MailNotifier({ ...options, tls: 'optional' });
      await plain.send(notificationOf(hostile));
      const [mail] = receiver.mails;
      const header = mail?.slice(0, mail.indexOf('\r\n\r\n')) ?? '';
      expect(header).not.toMatch(/^Bcc:/im);
      expect(header).toMatch(/^Subject: /m);
      expect(mail?.slice(mail.indexOf('text/html'))).not.toContain('<img');
      receiver.refuse = { code: 554, text: 'no such thing' };
      await expect(plain.send(notificationOf('x'))).rejects.toThrow(RefusedError);
      receiver.refuse = { code: 451, text: 'later' };
      await expect(plain.send(notificationOf('x'))).rejects.not.toThrow(RefusedError);
    } finally {
      await receiver.stop();
    }
  });

  it('has a subject of one line and HTML in which a name is only text', () => {
    const { subject, html, text } = mailContent(notificationOf(hostile));
    expect(subject).not.toMatch(/[\r\n\u202E]/);
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(html).not.toContain('<img');
    expect(text.split('\n')).toHaveLength(2);
  });
});

describe('a webhook', () => {
  it('gets the notification as JSON, signed with the time', async () => {
    const receiver = await HttpReceiver.start();
    try {
      const secret = 'a secret of many characters';
      const notifier = new WebhookNotifier({ url: receiver.url, secret, allowPrivate: true, now: () => NOW });
      await notifier.send(notificationOf(hostile), never);
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
    const channel = new AlertmanagerChannel({ url: receiver.url, allowPrivate: true }, log);
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
});
