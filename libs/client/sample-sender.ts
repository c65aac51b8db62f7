import { Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as httpRequest } from 'node:http';

export interface SampleSenderOptions {
  /** Address of the server, such as http://127.0.0.1:8000. */
  serverUrl: string;
  token?: string | undefined;
  /** Longest wait for the whole answer, in milliseconds. */
  timeoutMs: number;
}

/** What became of one batch. `status` is 0 if no answer came. */
export interface SendAnswer {
  status: number;
  /** How long the server asks us to wait, in milliseconds. */
  retryAfterMs: number;
  /** For people: the server's sentence, or what went wrong on the way. */
  message: string;
  /** Code of the server's error catalogue. */
  code?: string | undefined;
  /** What the server wants of this collector; to be parsed with the domain's schema. */
  control?: unknown;
  /** Clock of the server in Unix milliseconds, where it says so in `details.serverTime`. */
  serverTimeMs?: number | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const PATH = '/api/v1/samples';

/**
 * Puts ready-made batches to a server, one at a time on one connection that stays open. Any 2xx is success; an expected
 * failure is a value, never an exception.
 */
export class SampleSender {
  private readonly url: URL;
  private agent: HttpAgent | undefined;
  private request: typeof httpRequest = httpRequest;

  constructor(private readonly options: SampleSenderOptions) {
    this.url = new URL(options.serverUrl);
    this.url.pathname = `${this.url.pathname.replace(/\/+$/, '')}${PATH}`;
  }

  async send(body: Uint8Array, gzipped: boolean, signal?: AbortSignal): Promise<SendAnswer> {
    this.agent ??= await this.connect();
    const { token, timeoutMs } = this.options;
    const headers: Record<string, string | number> = {
      'content-type': 'application/json',
      'content-length': body.byteLength,
    };
    if (gzipped) headers['content-encoding'] = 'gzip';
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    return new Promise((resolve) => {
      const request = this.request(this.url, { method: 'PUT', headers, agent: this.agent, signal });
      // A deadline for the whole exchange: a socket's own timeout starts again with every byte.
      const deadline = setTimeout(
        () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      settle(request, (answer) => {
        clearTimeout(deadline);
        resolve(answer);
      });
      request.end(body);
    });
  }

  close(): void {
    this.agent?.destroy();
  }

  private async connect(): Promise<HttpAgent> {
    const options = { keepAlive: true, maxSockets: 1 };
    if (this.url.protocol !== 'https:') return new HttpAgent(options);
    const https = await import('node:https');
    this.request = https.request;
    return new https.Agent(options);
  }
}

function settle(request: ClientRequest, done: (answer: SendAnswer) => void): void {
  request.once('error', (error: NodeJS.ErrnoException) =>
    done({ status: 0, retryAfterMs: 0, message: describe(error) }),
  );
  request.once('response', (response) => {
    const chunks: Buffer[] = [];
    let length = 0;
    response.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_ANSWER_BYTES) chunks.push(chunk);
    });
    response.once('error', (error) => done({ status: 0, retryAfterMs: 0, message: describe(error) }));
    response.once('end', () => done(answerOf(response, Buffer.concat(chunks))));
  });
}

/** If a name has several addresses and all refuse, the error has no message of its own. */
function describe(error: NodeJS.ErrnoException): string {
  return error.message || error.code || 'unknown fault';
}

function answerOf(response: IncomingMessage, body: Buffer): SendAnswer {
  const status = response.statusCode ?? 0;
  const reply = parseReply(body);
  if (status >= 200 && status < 300) return { status, retryAfterMs: 0, message: '', control: reply.control };
  const serverTime = reply.details?.serverTime;
  const serverTimeMs = typeof serverTime === 'string' ? Date.parse(serverTime) : Number(serverTime);
  return {
    status,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
    message: typeof reply.message === 'string' ? reply.message.slice(0, 500) : '',
    code: typeof reply.code === 'string' ? reply.code : undefined,
    serverTimeMs: Number.isFinite(serverTimeMs) ? serverTimeMs : undefined,
  };
}

interface ErrorLike {
  code?: unknown;
  message?: unknown;
  details?: { serverTime?: unknown };
  control?: unknown;
}

function parseReply(body: Buffer): ErrorLike {
  try {
    const reply: unknown = JSON.parse(body.toString('utf8'));
    return typeof reply === 'object' && reply !== null ? reply : {};
  } catch {
    return {};
  }
}

/** Longest wait that we accept from a server. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Milliseconds of a `Retry-After` header, which is a number of seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(header: string | undefined, nowMs: number): number {
  if (header === undefined) return 0;
  const asked = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - nowMs;
  return Number.isNaN(asked) ? 0 : Math.min(Math.max(0, asked), MAX_RETRY_AFTER_MS);
}
