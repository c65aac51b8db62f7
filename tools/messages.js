// The page docs/messages.md: what each channel is really sent, made by the code that sends it.
const { itemOf } = await import('../dist/libs/alarm/index.js');
const { Composer } = await import('../dist/apps/alarm/messages/composer.js');
const { messageLines } = await import('../dist/apps/alarm/messages/plain-text.js');
const { slackMessage } = await import('../dist/apps/alarm/notifiers/slack-blocks.js');
const { ntfyRequests } = await import('../dist/apps/alarm/notifiers/presets/ntfy.js');
const { telegramRequests } = await import('../dist/apps/alarm/notifiers/presets/telegram.js');
const { pagerDuty } = await import('../dist/apps/alarm/notifiers/presets/pagerduty.js');
const { opsgenie } = await import('../dist/apps/alarm/notifiers/presets/opsgenie.js');

const NOW = Date.parse('2026-11-22T20:41:50Z');
const HOUR_MS = 3_600_000;
const iso = (ms) => new Date(ms).toISOString();

const breach = {
  at: '2026-11-22T20:38:10.000Z',
  from: '2026-11-22T20:34:50.000Z',
  to: '2026-11-22T20:43:30.000Z',
  probability: 0.64,
  reason: 'rising 0.7 %/min since 20:12',
};

/** A leak that was predicted, and came. */
const leak = {
  id: '6f1c2d3e-58a1-4c0e-9d0b-2f6a7c3e1b90',
  host: 'web-1',
  process: 'java',
  metric: 'mem',
  color: 'RED',
  value: 80.4,
  limit: 80,
  current: 97.2,
  peak: 97.2,
  opened: '2026-11-22T20:25:50.000Z',
  since: '2026-11-22T20:37:50.000Z',
  closed: null,
  reason: 'above-limit',
  rule: 'java-heap',
  runbook: 'https://wiki.example.com/java-heap',
  count: 3,
  largest: 97.2,
  history: [
    {
      time: '2026-11-22T20:25:50.000Z',
      color: 'AMBER',
      value: 71.4,
      limit: 80,
      reason: 'breach-predicted',
      breach,
      outcome: 'hit',
      leadMs: 720_000,
    },
    { time: '2026-11-22T20:37:50.000Z', color: 'RED', value: 80.4, limit: 80, reason: 'above-limit' },
  ],
};
const ended = {
  ...leak,
  color: 'GREEN',
  value: 42,
  current: undefined,
  closed: '2026-11-22T20:52:00.000Z',
  since: '2026-11-22T20:52:00.000Z',
  history: [
    ...leak.history,
    { time: '2026-11-22T20:52:00.000Z', color: 'GREEN', value: 42, limit: 80, reason: 'below-clear-level' },
  ],
};
/** A host that its programs keep busy. */
const busy = {
  id: 'a81f0b44-19c2-4d3b-8a55-0d6be2f7c012',
  host: 'web-2',
  process: null,
  metric: 'cpu',
  color: 'RED',
  value: 95,
  limit: 80,
  current: 96.1,
  peak: 98.3,
  opened: '2026-11-22T20:40:40.000Z',
  since: '2026-11-22T20:40:40.000Z',
  closed: null,
  reason: 'above-limit',
  rule: 'default',
  culprits: [
    { process: 'java', count: 2, share: 40 },
    { process: 'nginx', count: 8, share: 25 },
    { process: 'postgres', count: 1, share: 10 },
  ],
  history: [{ time: '2026-11-22T20:40:40.000Z', color: 'RED', value: 95, limit: 80, reason: 'above-limit' }],
};
const lost = (i) => ({
  ...busy,
  id: `c0ffee${String(i).padStart(2, '0')}-19c2-4d3b-8a55-0d6be2f7c012`,
  host: `db-${i}`,
  metric: 'data',
  color: 'AMBER',
  value: null,
  limit: null,
  current: undefined,
  peak: undefined,
  culprits: undefined,
  reason: 'no-data',
  history: [{ time: busy.since, color: 'AMBER', value: null, limit: null, reason: 'no-data' }],
});

const points = (shape) =>
  Array.from({ length: 120 }, (_, i) => [iso(NOW - HOUR_MS + (i + 1) * 30_000), shape((i + 1) / 120)]);

/** A server that knows the last hour of these. */
const client = {
  history: ({ process, metric }) =>
    Promise.resolve({
      metric,
      stepMs: 30_000,
      series: [{ host: 'web-1', process, points: points((part) => 40 + 57.2 * part ** 2) }],
    }),
  hostMetrics: (host, { field }) =>
    Promise.resolve({
      stepMs: 30_000,
      series: [
        { tags: { cpu: 'cpu-total' }, points: points((part) => (field !== 'usage_idle' ? 0 : part < 0.9 ? 70 : 3.9)) },
      ],
    }),
};

const composer = new Composer({
  client,
  serviceOf: () => 'shop',
  publicUrl: 'https://amberwatch.example.com',
  limitMs: 60_000,
});

function notificationOf(incidents, nowMs = NOW) {
  const items = incidents.map((one) => JSON.parse(JSON.stringify(itemOf(one, nowMs))));
  const hosts = new Set(incidents.map(({ host }) => host));
  const number = (color) => incidents.filter((one) => one.color === color).length;
  return {
    id: '5b0d2f6e-7a43-4a58-8f0a-6d1f1f9a9c11',
    kind: hosts.size === 1 ? 'host' : 'digest',
    time: iso(nowMs),
    host: hosts.size === 1 ? incidents[0].host : null,
    repeat: false,
    counts: { red: number('RED'), amber: number('AMBER'), resolved: number('GREEN'), hosts: hosts.size },
    items,
  };
}

const fence = (text, language = '') => `\`\`\`${language}\n${text}\n\`\`\``;
const json = (value) => fence(JSON.stringify(value, null, 2), 'json');

export async function messagesPage() {
  const red = await composer.compose(notificationOf([leak]));
  const green = await composer.compose(notificationOf([ended], Date.parse(ended.closed)));
  const host = await composer.compose(notificationOf([busy]));
  const together = await composer.compose(notificationOf([1, 2, 3, 4, 5, 6].map(lost)));
  const pager = pagerDuty({ url: 'https://events.pagerduty.com', key: 'the-integration-key' });
  const body = (request) => JSON.parse(request.body);
  return `# Messages

What each channel is sent, made by the code that sends it; [alerting.md](alerting.md) says when and to whom.

## Mail

Subject: \`[amberwatch] ${red.subject}\`, the same for all mails about the alert. The text part:

${fence(messageLines(red).join('\n'), 'text')}

Its end, in the same thread:

${fence(messageLines(green).join('\n'), 'text')}

An alert on a host itself:

${fence(messageLines(host).join('\n'), 'text')}

Hosts that were lost together, in one mail:

${fence(messageLines(together).join('\n'), 'text')}

The HTML part says the same, with the last hour as a picture inside the mail.

## Slack

${json(slackMessage(red))}

## ntfy

${json(body(ntfyRequests({ url: 'https://ntfy.sh/a-topic-that-nobody-guesses', token: undefined })(red)[0]))}

## Telegram

${json(body(telegramRequests({ url: 'https://api.telegram.org', token: '123:abc', chat: '-1001234567890' })(red)[0]))}

## PagerDuty

${json(body(pager.open(leak.id, red)))}

And at its end:

${json(body(pager.close(leak.id, green)))}

## Opsgenie

${json(body(opsgenie({ url: 'https://api.opsgenie.com', key: 'the-key' }).open(leak.id, red)))}

## Webhook

${json(red.notification)}
`;
}
