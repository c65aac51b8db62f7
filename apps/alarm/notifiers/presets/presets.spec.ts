import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Incident } from '#domain';
import { compose, hostile, incidentOf, messageOf, threadsInMemory } from '../../../../test/support/messages.js';
import * as standIns from '../../../../test/support/channel-stand-ins.js';
import { HttpNotifier } from '../http.notifier.js';
import { RefusedError } from '../notifier.js';
import { type Pager, PagerNotifier } from '../pager.notifier.js';
import { ntfyRequests, ntfyTopic } from './ntfy.js';
import { opsgenie } from './opsgenie.js';
import { pagerDuty } from './pagerduty.js';
import { telegramRequests } from './telegram.js';
import { channelFile, templateRequests } from './template.js';

const never = new AbortController().signal;
const red = incidentOf();
const other = incidentOf({ id: '7f1c2d3e-0000-4000-8000-000000000002', process: 'nginx' });
const over = (incident: Incident): Incident => ({
  ...incident,
  color: 'GREEN',
  closed: '2026-11-22T20:52:00Z',
  value: 12,
});
/** Fifty alerts with the longest and most hostile names, more than any receiver takes in full. */
const many = Array.from({ length: 50 }, (_, i) =>
  incidentOf({
    id: `6f1c2d3e-0000-4000-8000-${String(i).padStart(12, '0')}`,
    host: '𝒽'.repeat(255),
    process: `${hostile.repeat(2)}${'&<'.repeat(60)}`.slice(0, 250).toWellFormed(),
  }),
);

let running: standIns.StandIn | undefined;
afterEach(async () => {
  await running?.stop();
  running = undefined;
});
const start = async (answer: Parameters<typeof standIns.StandIn.start>[0]) =>
  (running = await standIns.StandIn.start(answer));

describe.each([
  [
    'ntfy',
    () => standIns.ntfy('tk_secret'),
    (url: string) => ntfyRequests({ url: `${url}/ops-topic`, token: 'tk_secret' }),
  ],
  [
    'Telegram',
    () => standIns.telegram('123:abc'),
    (url: string) => telegramRequests({ url, token: '123:abc', chat: '-1001234567890' }),
  ],
] as const)('%s', (name, answer, requests) => {
  const notifierTo = (url: string) => new HttpNotifier(name, requests(url), true);

  it('takes one alert, an end, a digest and the most hostile names', async () => {
    const standIn = await start(answer());
    const notifier = notifierTo(standIn.url);
    const messages = [[red], [over(red)], [red, other], many, [incidentOf({ host: hostile, process: hostile })]];
    for (const incidents of messages) await notifier.send(await messageOf(incidents), never);
    expect(standIn.refused).toEqual([]);
    expect(standIn.bodies()).toHaveLength(messages.length);
  });

  it('takes whatever a name may be', async () => {
    const standIn = await start(answer());
    const notifier = notifierTo(standIn.url);
    const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 255 }).filter((text) => text.isWellFormed());
    await fc.assert(
      fc.asyncProperty(anyName, anyName, async (host, process) => {
        await notifier.send(await messageOf([incidentOf({ host, process })]), never);
      }),
      { numRuns: 40 },
    );
    expect(standIn.refused).toEqual([]);
  });

  it('is waited for as long as it says', async () => {
    const standIn = await start(answer());
    standIn.limitedSeconds = 7;
    await expect(notifierTo(standIn.url).send(await messageOf([red]), never)).rejects.toMatchObject({ afterMs: 7_000 });
  });
});

describe('ntfy', () => {
  it('gets the colour as priority and tag, and buttons', async () => {
    const standIn = await start(standIns.ntfy());
    const runbook = 'https://example.com/java';
    const notifier = new HttpNotifier('ntfy', ntfyRequests({ url: `${standIn.url}/ops`, token: undefined }), true);
    await notifier.send(await messageOf([incidentOf({ runbook })]), never);
    expect(standIn.bodies()[0]).toMatchObject({
      topic: 'ops',
      title: 'RED CPU of java on web-1 is 93.1 %, over its limit of 80 %, for 4 min',
      priority: 5,
      tags: ['red_circle'],
      actions: [{ label: 'Open' }, { label: 'Runbook', url: runbook }],
    });
  });

  it('has its topic at the end of the address', () => {
    expect(ntfyTopic('https://ntfy.sh/ops-1_x')).toBe('ops-1_x');
    for (const url of ['https://ntfy.sh', 'https://ntfy.sh/a/b', 'https://ntfy.sh/a b'])
      expect(ntfyTopic(url)).toBeUndefined();
  });
});

describe.each([
  [
    'PagerDuty',
    standIns.pagerDuty,
    (url: string, key: string): Pager => pagerDuty({ url, key }),
    ['triggered critical', 'acknowledged', 'resolved'],
  ],
  [
    'Opsgenie',
    standIns.opsgenie,
    (url: string, key: string): Pager => opsgenie({ url, key }),
    ['open P1', 'acknowledged', 'closed'],
  ],
] as const)('%s', (name, answer, pager, [opened, acknowledged, closed]) => {
  const open = async () => {
    const alerts = new Map<string, string>();
    const standIn = await start(answer('the-key', alerts));
    const options = {
      name,
      pager: pager(standIn.url, 'the-key'),
      threads: threadsInMemory(),
      allowPrivate: true,
      compose,
    };
    return { alerts, standIn, notifier: new PagerNotifier(options), options };
  };

  it('opens an alert under the id of its incident, acknowledges and closes it', async () => {
    const { alerts, notifier, standIn } = await open();
    await notifier.send(await messageOf([red]), never);
    expect([...alerts]).toEqual([[red.id, opened]]);
    const message = await messageOf([red], { kind: 'acknowledged' });
    const items = message.notification.items.map((item) => ({ ...item, acknowledged: { by: 'anna', why: 'on it' } }));
    await notifier.send(await compose({ ...message.notification, items }), never);
    expect([...alerts]).toEqual([[red.id, acknowledged]]);
    await notifier.send(await messageOf([over(red)]), never);
    expect([...alerts]).toEqual([[red.id, closed]]);
    expect(standIn.refused).toEqual([]);
  });

  it('has one alert for those that came together, closed with the last of them', async () => {
    const { alerts, notifier } = await open();
    await notifier.send(await messageOf([red, other]), never);
    await notifier.send(await messageOf([over(red)]), never);
    expect([...alerts]).toEqual([[red.id, opened]]);
    await notifier.send(await messageOf([over(other)]), never);
    expect([...alerts]).toEqual([[red.id, closed]]);
  });

  it('takes fifty alerts of the longest and most hostile names, and a sample that leaves nothing open', async () => {
    const { alerts, notifier, standIn } = await open();
    await notifier.send(await messageOf(many), never);
    await notifier.send(await messageOf([red], { id: 'sample', kind: 'test' }), never);
    expect(standIn.refused).toEqual([]);
    expect(alerts.get('sample')).toBe(closed);
  });

  it('that refuses the key says so', async () => {
    const { options, standIn } = await open();
    const wrong = new PagerNotifier({ ...options, pager: pager(standIn.url, 'another-key') });
    await expect(wrong.send(await messageOf([red]), never)).rejects.toThrow(/it answered 40/);
  });
});

describe('a channel of a template', () => {
  const send = async (body: string, headers: Record<string, string>, incident: Incident) => {
    const standIn = await start(() => ({ status: 200, body: {} }));
    const { channels } = channelFile.parse({ channels: [{ name: 'sms', url: `${standIn.url}/sms`, headers, body }] });
    const notifier = new HttpNotifier('sms', templateRequests(channels[0]!), true);
    await notifier.send(await messageOf([incident]), never);
    return standIn.receiver.requests[0];
  };

  it('gets its JSON with names that are only text', async () => {
    const request = await send(
      '{"to": "+49 30 1", "text": "{{ title }}"}',
      { 'X-Key': 'k' },
      incidentOf({ process: hostile }),
    );
    const { text } = JSON.parse(request?.body ?? '') as { text: string };
    expect(text).toContain('<img src=x onerror=alert(1)>');
    expect(request?.headers).toMatchObject({ 'x-key': 'k', 'content-type': 'application/json' });
  });

  it('gets a form and XML the same way', async () => {
    const form = await send(
      'to=1&text={{text}}',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      incidentOf({ process: 'a&to=2' }),
    );
    expect([...new URLSearchParams(form?.body).keys()]).toEqual(['to', 'text']);
    await running?.stop();
    const xml = await send('<m host="{{host}}"/>', { 'content-type': 'text/xml' }, incidentOf({ host: '"/><x y="' }));
    expect(xml?.body).toBe('<m host="&#34;/&#62;&#60;x y=&#34;"/>');
  });

  it('is refused at the start where a variable is unknown or its JSON is none', () => {
    const problem = (body: string) =>
      channelFile.safeParse({ channels: [{ name: 'sms', url: 'https://example.com', body }] }).error?.issues[0]
        ?.message;
    expect(problem('{"a": "{{ nobody }}"}')).toContain('"{{nobody}}" is none of title, subject');
    expect(problem('{"a": {{title}}')).toContain('is no JSON');
    expect(problem('{"a": "{{title}}"}')).toBeUndefined();
  });

  it('is refused for good where the receiver says so', async () => {
    const standIn = await start(() => ({ status: 413, body: {} }));
    const [channel] = channelFile.parse({ channels: [{ name: 'x', url: standIn.url, body: '{}' }] }).channels;
    const notifier = new HttpNotifier('x', templateRequests(channel!), true);
    await expect(notifier.send(await messageOf([red]), never)).rejects.toThrow(RefusedError);
  });
});
