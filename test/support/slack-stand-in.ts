import type { ServerResponse } from 'node:http';
import { HttpReceiver } from './receivers.js';

interface Kept {
  ts: string;
  channel: string;
  text: string;
  blocks?: Record<string, unknown>[];
  thread_ts?: string;
  reply_broadcast?: boolean;
}

/**
 * A stand-in of Slack that refuses what Slack documents that it refuses: the limits of Block Kit
 * (https://docs.slack.dev/reference/block-kit/blocks), the errors of chat.postMessage and chat.update
 * (https://docs.slack.dev/reference/methods/chat.update), and rate limits (https://docs.slack.dev/apis/web-api/rate-limits).
 */
export class SlackStandIn {
  static readonly TOKEN = 'xoxb-stand-in';
  /** What the channel shows, oldest first. */
  readonly messages: Kept[] = [];
  readonly calls: string[] = [];
  readonly refused: string[] = [];
  /** Answers 429 with this wait. */
  limitedSeconds: number | undefined;
  private serial = 0;

  private constructor(private readonly receiver: HttpReceiver) {
    receiver.answer = (response) => this.answer(response);
  }

  static async start(): Promise<SlackStandIn> {
    return new SlackStandIn(await HttpReceiver.start());
  }

  /** Root of its Web API. */
  get url(): string {
    return `${this.receiver.url}/api`;
  }

  /** Its incoming webhook. */
  get webhook(): string {
    return `${this.receiver.url}/services/T0/B0/secret`;
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }

  private answer(response: ServerResponse): void {
    const request = this.receiver.requests.at(-1);
    if (!request) throw new Error('no request');
    if (this.limitedSeconds !== undefined) {
      response.writeHead(429, { 'retry-after': String(this.limitedSeconds) }).end();
      return;
    }
    const body = JSON.parse(request.body) as Omit<Kept, 'ts'> & { ts?: string };
    const problem = blockProblem(body);
    if (problem) this.refused.push(problem);
    if (request.path.startsWith('/services/')) {
      if (problem) return void response.writeHead(400).end('invalid_blocks');
      this.messages.push({ ...body, ts: this.newTs() });
      return void response.end('ok');
    }
    const method = request.path.replace('/api/', '');
    this.calls.push(method);
    const reply = (answer: object) => void response.end(JSON.stringify(answer));
    if (request.headers.authorization !== `Bearer ${SlackStandIn.TOKEN}`)
      return reply({ ok: false, error: 'invalid_auth' });
    if (!/^[CDG][A-Z0-9]{8,}$/.test(body.channel)) return reply({ ok: false, error: 'channel_not_found' });
    if (problem) return reply({ ok: false, error: problem });
    if (method === 'chat.postMessage') {
      const ts = this.newTs();
      this.messages.push({ ...body, ts });
      return reply({ ok: true, channel: body.channel, ts, message: body });
    }
    const known = this.messages.find(({ ts, channel }) => ts === body.ts && channel === body.channel);
    if (!known) return reply({ ok: false, error: 'message_not_found' });
    Object.assign(known, body);
    reply({ ok: true, channel: known.channel, ts: known.ts });
  }

  private newTs(): string {
    return `1763844110.${String(++this.serial).padStart(6, '0')}`;
  }
}

type Json = Record<string, unknown>;

/** The error that Slack answers, or undefined where it takes the message. */
function blockProblem({ text, blocks = [] }: { text?: string; blocks?: Json[] }): string | undefined {
  if (!text && blocks.length === 0) return 'no_text';
  if ((text ?? '').length > 40_000) return 'msg_too_long';
  if (blocks.length > 50 || !blocks.every(isBlock)) return 'invalid_blocks';
  // Not documented, but answered beyond about 13,000 characters (https://github.com/slackapi/bolt-js/issues/2509).
  if (JSON.stringify(blocks).length > 13_000) return 'msg_blocks_too_long';
  return undefined;
}

function isText(value: unknown, limit: number): boolean {
  const { type, text } = (value ?? {}) as Json;
  if (type !== 'plain_text' && type !== 'mrkdwn') return false;
  return typeof text === 'string' && text.length > 0 && text.length <= limit;
}

function isBlock({ type, text, fields, elements }: Json): boolean {
  const list = (value: unknown) => (Array.isArray(value) ? (value as Json[]) : undefined);
  if (type === 'section') {
    if (text === undefined && fields === undefined) return false;
    if (text !== undefined && !isText(text, 3000)) return false;
    const all = list(fields) ?? [];
    return all.length <= 10 && all.every((field) => isText(field, 2000));
  }
  if (type === 'context') {
    const all = list(elements) ?? [];
    return all.length > 0 && all.length <= 10 && all.every((one) => isText(one, 2000));
  }
  if (type !== 'actions') return false;
  const all = list(elements) ?? [];
  const ids = new Set(all.map((one) => one['action_id']));
  return all.length > 0 && all.length <= 25 && ids.size === all.length && all.every(isButton);
}

function isButton(button: Json): boolean {
  const { url, action_id: id, style } = button;
  const fits = (value: unknown, limit: number) =>
    typeof value === 'string' && value.length > 0 && value.length <= limit;
  if (!isText(button['text'], 75) || !fits(id, 255) || !fits(url, 3000)) return false;
  return (
    (button['text'] as Json)['type'] === 'plain_text' &&
    (style === undefined || style === 'primary' || style === 'danger')
  );
}
