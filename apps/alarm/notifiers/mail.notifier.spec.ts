import { describe, expect, it } from '@jest/globals';
import type { Incident } from '#domain';
import { hostile, incidentOf, messageOf, NOW, threadsInMemory } from '../../../test/support/messages.js';
import { MailReceiver } from '../../../test/support/receivers.js';
import { CHART_MS } from '../messages/chart.js';
import { mailContent, MailNotifier } from './mail.notifier.js';
import { RefusedError } from './notifier.js';

const red = incidentOf();
const over: Incident = { ...red, color: 'GREEN', closed: '2026-11-22T20:52:00Z', value: 12 };

function notifierTo(receiver: MailReceiver, tls: 'required' | 'optional' = 'optional', threads = threadsInMemory()) {
  const smtp = `smtp://127.0.0.1:${receiver.port}`;
  return new MailNotifier({ smtp, from: 'a@example.com', to: ['b@example.com'], tls, threads });
}

/** One header of a mail as it came, its lines joined (RFC 5322, 2.2.3). */
function header(mail: string | undefined, name: string): string | undefined {
  const head = (mail ?? '').split('\r\n\r\n')[0]?.replace(/\r\n[ \t]+/g, ' ') ?? '';
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1];
}

describe('mail', () => {
  it('is not sent where nobody vouches for the certificate of the server', async () => {
    const receiver = await MailReceiver.start(true);
    try {
      const strict = notifierTo(receiver, 'required');
      await expect(strict.send(await messageOf([red]))).rejects.toThrow(/self-signed|certificate/);
      expect(receiver.mails).toEqual([]);
    } finally {
      await receiver.stop();
    }
  });

  it('is not sent to a server without TLS, unless that is allowed', async () => {
    const receiver = await MailReceiver.start(false);
    try {
      await expect(notifierTo(receiver, 'required').send(await messageOf([red]))).rejects.toThrow(/TLS/);
      expect(receiver.mails).toEqual([]);
      const plain = notifierTo(receiver);
      await plain.send(await messageOf([incidentOf({ process: hostile })]));
      expect(header(receiver.mails[0], 'Bcc')).toBeUndefined();
      expect(header(receiver.mails[0], 'Subject')).toMatch(/^=\?UTF-8\?Q\?=5Bamberwatch=5D_CPU_of_/);
      receiver.refuse = { code: 554, text: 'no such thing' };
      await expect(plain.send(await messageOf([red]))).rejects.toThrow(RefusedError);
      receiver.refuse = { code: 451, text: 'later' };
      await expect(plain.send(await messageOf([red]))).rejects.not.toThrow(RefusedError);
    } finally {
      await receiver.stop();
    }
  });

  it('about one alert is one thread with one subject, also after a restart', async () => {
    const receiver = await MailReceiver.start(false);
    const threads = threadsInMemory();
    try {
      await notifierTo(receiver, 'optional', threads).send(await messageOf([red], { id: 'first' }));
      await notifierTo(receiver, 'optional', threads).send(await messageOf([over], { id: 'second' }));
      const read = (name: string) => receiver.mails.map((mail) => header(mail, name));
      const root = `<${red.id}@amberwatch.invalid>`;
      expect(read('Message-ID')).toEqual(['<first@amberwatch.invalid>', '<second@amberwatch.invalid>']);
      expect(read('In-Reply-To')).toEqual([root, root]);
      expect(read('References')).toEqual([root, root]);
      expect(new Set(read('Subject'))).toEqual(new Set(['[amberwatch] CPU of java on web-1']));
      expect(read('X-Amberwatch-Color')).toEqual(['RED', 'GREEN']);
    } finally {
      await receiver.stop();
    }
  });

  it('keeps the thread and the subject of alerts that came together when one of them ends', async () => {
    const receiver = await MailReceiver.start(false);
    const threads = threadsInMemory();
    const other = incidentOf({ id: '7f1c2d3e-0000-4000-8000-000000000002', process: 'nginx' });
    try {
      await notifierTo(receiver, 'optional', threads).send(await messageOf([red, other], { id: 'first' }));
      const end: Incident = { ...other, color: 'GREEN', closed: '2026-11-22T20:52:00Z' };
      await notifierTo(receiver, 'optional', threads).send(await messageOf([end], { id: 'second' }));
      expect(receiver.mails.map((mail) => header(mail, 'Subject'))).toEqual([
        '[amberwatch] 2 alerts on web-1',
        '[amberwatch] 2 alerts on web-1',
      ]);
      expect(header(receiver.mails[1], 'References')).toBe(`<${red.id}@amberwatch.invalid>`);
    } finally {
      await receiver.stop();
    }
  });

  it('has the chart as a picture inside, and what to type', async () => {
    const message = await messageOf([red]);
    const points = Array.from({ length: 60 }, (_, i): [number, number] => [NOW - CHART_MS + i * 60_000, i * 1.6]);
    const chart = { points, fromMs: NOW - CHART_MS, toMs: NOW, limit: 80 };
    const alerts = message.alerts.map((alert) => ({ ...alert, chart }));
    const { html, text, attachments } = mailContent({ ...message, alerts });
    expect(attachments).toMatchObject([{ contentType: 'image/png', cid: 'chart-6f1c2d3e@amberwatch.invalid' }]);
    expect(html).toContain('<img src="cid:chart-6f1c2d3e@amberwatch.invalid"');
    expect(html).toContain(`href="https://amberwatch.example.com/?alert=${red.id}"`);
    expect(text).toMatch(/^Last hour: ▁.*█$/m);
    expect(text).toContain("Acknowledge: amberwatch silence ack 6f1c2d3e --why 'on it'");
  });

  it('has HTML in which a name is only text, and in text one line each', async () => {
    const { html, text } = mailContent(await messageOf([incidentOf({ process: hostile, host: hostile })]));
    expect(html).toContain('&#60;img src=x onerror=alert(1)&#62;');
    expect(html).not.toMatch(/<img|<!channel|\u202E/);
    expect(text.split('\n').every((line) => /^(RED|[A-Z][a-z ]+:) /.test(line))).toBe(true);
  });
});
