import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Incident } from '#domain';
import { compose, hostile, incidentOf, messageOf } from '../../../test/support/messages.js';
import { SlackStandIn } from '../../../test/support/slack-stand-in.js';
import { Outbox } from './outbox.js';
import { slackMessage } from './slack-blocks.js';
import { SlackBotNotifier, SlackNotifier } from './slack.notifier.js';

const never = new AbortController().signal;
const red = incidentOf();
const idOf = (n: number) => `6f1c2d3e-0000-4000-8000-${String(n).padStart(12, '0')}`;

describe('Slack', () => {
  let slack: SlackStandIn;
  let folder: string;
  beforeEach(async () => {
    slack = await SlackStandIn.start();
    folder = mkdtempSync(join(tmpdir(), 'amberwatch-slack-'));
  });
  afterEach(async () => {
    await slack.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const openOutbox = () => {
    const outbox = new Outbox(join(folder, 'outbox.jsonl'));
    outbox.open();
    return outbox;
  };
  const bot = (outbox: Outbox) =>
    new SlackBotNotifier({
      api: slack.url,
      token: SlackStandIn.TOKEN,
      channel: 'C1234567890',
      allowPrivate: true,
      threads: outbox.threadsOf('slack'),
      compose,
    });

  it('gets a message in which a name pings nobody and formats nothing', async () => {
    const webhook = new SlackNotifier({ url: slack.webhook, allowPrivate: true });
    await webhook.send(await messageOf([incidentOf({ process: hostile, host: hostile })]), never);
    const [message] = slack.messages;
    expect(message?.text).toContain('&lt;!channel&gt; &lt;img src=x onerror=alert(1)&gt;\\r\\nBcc: all@example.com');
    expect(JSON.stringify(message)).not.toMatch(/<!channel>|\u202E/);
    expect(JSON.stringify(message)).not.toContain('mrkdwn');
  });

  it.each([1, 4, 50])('takes %i alerts with the longest and most hostile names in one message', async (number) => {
    const name = hostile.repeat(3).slice(0, 255).toWellFormed();
    const incidents = Array.from({ length: number }, (_, i) =>
      incidentOf({
        id: idOf(i),
        host: name,
        process: null,
        runbook: `https://example.com/${'r'.repeat(1900)}`,
        culprits: [1, 2, 3].map((n) => ({ process: '&'.repeat(254) + n, count: n, share: n })),
      }),
    );
    await new SlackNotifier({ url: slack.webhook, allowPrivate: true }).send(await messageOf(incidents), never);
    expect(slack.refused).toEqual([]);
    expect(slack.messages).toHaveLength(1);
  });

  it('gets one message with the worst of many, and how many more there are', async () => {
    const counts = { red: 10_000, amber: 0, resolved: 0, hosts: 1 };
    const incidents = Array.from({ length: 50 }, (_, i) => incidentOf({ id: idOf(i) }));
    const text = JSON.stringify(slackMessage(await messageOf(incidents, { counts })));
    expect(text).toContain('10000 RED on web-1');
    expect(text).toContain('… and 9980 more');
  });

  it('has one message of a bot that is kept up to date, and rings only for what is worse', async () => {
    const breach = { at: '2026-11-22T20:55:00Z', from: '2026-11-22T20:50:00Z', to: '2026-11-22T21:00:00Z' };
    const amber = incidentOf({
      color: 'AMBER',
      reason: 'breach-predicted',
      breach: { ...breach, probability: 0.64, reason: 'rising 0.7 %/min' },
    });
    const over: Incident = { ...red, color: 'GREEN', closed: '2026-11-22T20:52:00Z', value: 12 };
    await bot(openOutbox()).send(await messageOf([amber]), never);
    const worse = await messageOf([red], { id: 'message-2' });
    // Another process goes on with what the first one kept.
    const restarted = openOutbox();
    await bot(restarted).send(worse, never);
    await bot(restarted).send(await messageOf([over], { id: 'message-3' }), never);
    expect(slack.calls).toEqual(['chat.postMessage', 'chat.update', 'chat.postMessage', 'chat.update']);
    const [message, reply] = slack.messages;
    expect(slack.messages).toHaveLength(2);
    expect(message?.text).toMatch(/^GREEN CPU of java on web-1 is back at 12\.0 %/);
    expect(reply).toMatchObject({ thread_ts: message?.ts, reply_broadcast: true });
    expect(restarted.threadsOf('slack').of(red.id)).toBeUndefined();
  });

  it('gets a new message where the old one was deleted', async () => {
    const outbox = openOutbox();
    await bot(outbox).send(await messageOf([red]), never);
    slack.messages.length = 0;
    await bot(outbox).send(await messageOf([red], { id: 'message-2', repeat: true }), never);
    expect(slack.calls).toEqual(['chat.postMessage', 'chat.update', 'chat.postMessage']);
    expect(outbox.threadsOf('slack').of(red.id)?.handle).toBe(`C1234567890 ${slack.messages[0]?.ts}`);
  });

  it('is waited for as long as it says', async () => {
    slack.limitedSeconds = 30;
    await expect(bot(openOutbox()).send(await messageOf([red]), never)).rejects.toMatchObject({ afterMs: 30_000 });
  });

  it('that refuses the token is tried again, and the reason is said', async () => {
    const wrong = new SlackBotNotifier({
      api: slack.url,
      token: 'xoxb-wrong',
      channel: 'C1234567890',
      allowPrivate: true,
      threads: openOutbox().threadsOf('slack'),
      compose,
    });
    await expect(wrong.send(await messageOf([red]), never)).rejects.toThrow('Slack answered "invalid_auth"');
  });
});
