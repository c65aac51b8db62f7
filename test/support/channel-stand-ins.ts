import { HttpReceiver } from './receivers.js';

/** Status and body that a service answers, after it looked at a request. */
interface Answer {
  status: number;
  body: object;
  headers?: Record<string, string>;
}
type Request = HttpReceiver['requests'][number];
type Json = Record<string, unknown>;

/** A stand-in of a service: it answers as the service documents, and keeps why it refused something. */
export class StandIn {
  readonly refused: string[] = [];
  /** Answers 429 with this wait. */
  limitedSeconds: number | undefined;

  private constructor(readonly receiver: HttpReceiver) {}

  static async start(answer: (request: Request) => Answer): Promise<StandIn> {
    const standIn = new StandIn(await HttpReceiver.start());
    standIn.receiver.answer = (response) => {
      const request = standIn.receiver.requests.at(-1);
      if (!request) throw new Error('no request');
      const { status, body, headers } =
        standIn.limitedSeconds === undefined ? answer(request) : limited(standIn.limitedSeconds);
      if (status >= 400) standIn.refused.push(JSON.stringify(body));
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    return standIn;
  }

  get url(): string {
    return this.receiver.url;
  }

  bodies(): Json[] {
    return this.receiver.bodies() as Json[];
  }

  stop(): Promise<void> {
    return this.receiver.stop();
  }
}

function limited(seconds: number): Answer {
  return { status: 429, body: { error: 'too many', parameters: { retry_after: seconds } } };
}

const isText = (value: unknown, max: number) => typeof value === 'string' && value.length > 0 && value.length <= max;
const isWeb = (value: unknown) => typeof value === 'string' && /^https?:\/\//.test(value);

/** https://docs.ntfy.sh/publish/#publish-as-json and #limitations; error codes of its server.go. */
export function ntfy(token?: string): (request: Request) => Answer {
  const bad = (code: number, error: string): Answer => ({ status: Math.floor(code / 100), body: { code, error } });
  return ({ path, body, headers }) => {
    if (token !== undefined && headers.authorization !== `Bearer ${token}`) return bad(40_301, 'forbidden');
    if (path !== '/') return bad(40_401, 'page not found');
    const { topic, message, title, priority, tags, click, actions } = JSON.parse(body) as Json;
    if (typeof topic !== 'string' || !/^[-_A-Za-z0-9]{1,64}$/.test(topic)) return bad(40_009, 'invalid topic');
    if (typeof message === 'string' && Buffer.byteLength(message) > 4096) return bad(41_301, 'message too large');
    if (!isText(title, 1024)) return bad(40_000, 'invalid title');
    if (![1, 2, 3, 4, 5].includes(priority as number)) return bad(40_007, 'invalid priority');
    if (!Array.isArray(tags) || (click !== undefined && !isWeb(click))) return bad(40_024, 'invalid request');
    const list = (actions ?? []) as Json[];
    if (
      list.length > 3 ||
      !list.every(({ action, label, url }) => action === 'view' && isText(label, 64) && isWeb(url))
    )
      return bad(40_018, 'invalid actions');
    return { status: 200, body: { id: 'sPs71M8A2T', event: 'message', topic } };
  };
}

/** https://core.telegram.org/bots/api#sendmessage, #html-style, #making-requests. */
export function telegram(token: string): (request: Request) => Answer {
  const bad = (code: number, description: string): Answer => ({
    status: code,
    body: { ok: false, error_code: code, description },
  });
  return ({ path, body }) => {
    if (path !== `/bot${token}/sendMessage`) return bad(401, 'Unauthorized');
    const { chat_id: chat, text, parse_mode: mode, reply_markup: markup } = JSON.parse(body) as Json;
    if (!/^(-?\d+|@\w+)$/.test(String(chat))) return bad(400, 'Bad Request: chat not found');
    if (typeof text !== 'string' || text === '') return bad(400, 'Bad Request: message text is empty');
    // Only these tags, each closed, and only these four entities.
    if (mode !== 'HTML' || !/^(?:[^<>&]|<b>[^<>]*<\/b>|<code>[^<>]*<\/code>|&(?:lt|gt|amp|quot);)*$/.test(text))
      return bad(400, "Bad Request: can't parse entities");
    const shown = text.replace(/<[^>]*>/g, '').replace(/&(lt|gt|amp|quot);/g, '.');
    if (shown.length > 4096) return bad(400, 'Bad Request: message is too long');
    const rows = ((markup ?? { inline_keyboard: [] }) as { inline_keyboard: Json[][] }).inline_keyboard;
    const isButton = ({ text: label, url }: Json) => isText(label, 64) && /^https?:\/\/[^/]+\./.test(String(url));
    if (!rows.flat().every(isButton)) return bad(400, 'Bad Request: BUTTON_URL_INVALID');
    return { status: 200, body: { ok: true, result: { message_id: 1 } } };
  };
}

/**
 * https://developer.pagerduty.com/docs/events-api-v2/trigger-events and /send-alert-event; keeps what is open under
 * which key in `alerts`.
 */
export function pagerDuty(key: string, alerts: Map<string, string>): (request: Request) => Answer {
  const bad = (error: string): Answer => ({ status: 400, body: { status: 'invalid event', message: error } });
  return ({ path, body }) => {
    if (Buffer.byteLength(body) > 512 * 1024) return { status: 413, body: { status: 'too large' } };
    const event = JSON.parse(body) as Json;
    const { routing_key: routing, event_action: action, dedup_key: dedup, payload, links = [] } = event;
    if (path !== '/v2/enqueue' || routing !== key) return bad('invalid routing key');
    if (!isText(dedup, 255)) return bad("'dedup_key' is invalid");
    if (action === 'acknowledge' || action === 'resolve') {
      if (alerts.has(String(dedup))) alerts.set(String(dedup), `${action}d`);
      return { status: 202, body: { status: 'success', dedup_key: dedup } };
    }
    const { summary, source, severity, timestamp } = (payload ?? {}) as Json;
    if (action !== 'trigger' || !isText(summary, 1024) || !isText(source, 1000)) return bad("'payload' is invalid");
    if (!['critical', 'error', 'warning', 'info'].includes(String(severity))) return bad("'severity' is invalid");
    if (Number.isNaN(Date.parse(String(timestamp)))) return bad("'timestamp' is invalid");
    if (!(links as Json[]).every(({ href, text }) => isWeb(href) && isText(text, 255)))
      return bad("'links' is invalid");
    alerts.set(String(dedup), `triggered ${String(severity)}`);
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: dedup } };
  };
}

/** https://docs.opsgenie.com/docs/alert-api; keeps what is open under which alias in `alerts`. */
export function opsgenie(key: string, alerts: Map<string, string>): (request: Request) => Answer {
  const bad = (status: number, message: string): Answer => ({ status, body: { message } });
  return ({ path, body, headers }) => {
    if (headers.authorization !== `GenieKey ${key}`) return bad(401, 'Could not authenticate');
    const { message, alias, description, entity, source, priority, tags = [], note } = JSON.parse(body) as Json;
    const change = /^\/v2\/alerts\/([^/?]+)\/(acknowledge|close)\?identifierType=alias$/.exec(path);
    if (change) {
      if (!isText(note, 25_000)) return bad(422, 'note is invalid');
      alerts.set(decodeURIComponent(change[1] ?? ''), `${change[2]}d`);
      return { status: 202, body: { result: 'Request will be processed' } };
    }
    if (path !== '/v2/alerts') return bad(404, 'not found');
    if (!isText(message, 130)) return bad(422, 'message is invalid');
    if (!isText(alias, 512) || !isText(description, 15_000) || !isText(entity, 512) || !isText(source, 100))
      return bad(422, 'a field is too long');
    if (!/^P[1-5]$/.test(String(priority)) || (tags as unknown[]).length > 20) return bad(422, 'priority or tags');
    alerts.set(String(alias), `open ${String(priority)}`);
    return { status: 202, body: { result: 'Request will be processed' } };
  };
}
