import {
  Agent as HttpAgent,
  type ClientRequest,
  type IncomingMessage,
  request as httpRequest,
  type RequestOptions,
} from 'node:http';
import { retryAfterMs } from '#domain/retry-after';

import type { ServerTrust } from './server-trust.js';
import { tlsWords } from './tls-words.js';

export interface SampleSenderOptions {
  /** Address of the server, such as http://127.0.0.1:8000. */
  serverUrl: string;
  token?: string | undefined;
  /** Whom to trust where the address is https. */
  trust?: ServerTrust | undefined;
  /** Longest wait for the whole answer, in milliseconds. */
  timeoutMs: number;
}

/** Unix time of the server, how long ago that was, and how far off it may be either way; all in milliseconds. */
export interface ServerTime {
  timeMs: number;
  agoMs: number;
  errorMs: number;
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
  /** What an enrolment was answered with; to be parsed with the domain's schema. */
  made?: unknown;
  /** What the server wants of this collector; to be parsed with the domain's schema. */
  control?: unknown;
  /** What time the server has, where the answer says so. */
  serverTime?: ServerTime | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const PATH = '/api/v1/samples';
const ENROL_PATH = '/api/v1/enrol';
/** Answers anybody, without a token, with the server's time in its `Date`. */
const TIME_PATH = '/health/live';
const TIME_LIMIT_MS = 5_000;
/** A `Date` header is cut to whole seconds (RFC 9110, 6.6.1). */
const DATE_STEP_MS = 1_000;

/**
 * Puts ready-made batches to a server, one at a time on one connection that stays open. Any 2xx is success; an expected
 * failure is a value, never an exception.
 */
export class SampleSender {
  private readonly url: URL;
  private readonly timeUrl: URL;
  private token: string | undefined;
  private agent: HttpAgent | undefined;
  private request: typeof httpRequest = httpRequest;

  constructor(private readonly options: SampleSenderOptions) {
    this.url = routeAt(options.serverUrl, PATH);
    this.timeUrl = routeAt(options.serverUrl, TIME_PATH);
    this.token = options.token;
  }

  /** Sends with this token from now on. */
  setToken(token: string | undefined): void {
    this.token = token;
  }

  async send(body: Uint8Array, gzipped: boolean, signal?: AbortSignal): Promise<SendAnswer> {
    const headers = headersOf(body, this.token);
    if (gzipped) headers['content-encoding'] = 'gzip';
    return this.exchange(this.url, { method: 'PUT', headers, signal }, this.options.timeoutMs, body);
  }

  /** Asks for a token of this host's own; the answer has it in `made`. */
  async enrol(host: string, enrolToken: string, signal?: AbortSignal): Promise<SendAnswer> {
    const body = Buffer.from(JSON.stringify({ host }));
    const url = routeAt(this.options.serverUrl, ENROL_PATH);
    const headers = headersOf(body, enrolToken);
    return this.exchange(url, { method: 'POST', headers, signal }, this.options.timeoutMs, body);
  }

  /** Asks what time the server has. */
  async askTime(signal?: AbortSignal): Promise<SendAnswer> {
    return this.exchange(this.timeUrl, { method: 'GET', signal }, Math.min(TIME_LIMIT_MS, this.options.timeoutMs));
  }

  private async exchange(url: URL, options: RequestOptions, timeoutMs: number, body?: Uint8Array): Promise<SendAnswer> {
    const agent = (this.agent ??= await this.connect());
    const sentAt = performance.now();
    return new Promise((resolve) => {
      const secureContext = this.url.protocol === 'https:' ? this.options.trust?.context : undefined;
      const request = this.request(url, { ...options, agent, secureContext } as RequestOptions);
      // A deadline for the whole exchange: a socket's own timeout starts again with every byte.
      const deadline = setTimeout(
        () => request.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)),
        timeoutMs,
      );
      settle(request, sentAt, (answer) => {
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

function headersOf(body: Uint8Array, token: string | undefined): Record<string, string | number> {
  return {
    'content-type': 'application/json',
    'content-length': body.byteLength,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
}

function settle(request: ClientRequest, sentAt: number, done: (answer: SendAnswer) => void): void {
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
    response.once('end', () => done(answerOf(response, Buffer.concat(chunks), performance.now() - sentAt)));
  });
}

/** If a name has several addresses and all refuse, the error has no message of its own. */
function describe(error: NodeJS.ErrnoException): string {
  return tlsWords(error) ?? (error.message || error.code || 'unknown fault');
}

function answerOf(response: IncomingMessage, body: Buffer, tookMs: number): SendAnswer {
  const status = response.statusCode ?? 0;
  const reply = parseReply(body);
  if (status >= 200 && status < 300) {
    const serverTime = timeOf(reply.serverTime, tookMs) ?? timeOfDate(response.headers.date, tookMs);
    return { status, retryAfterMs: 0, message: '', made: reply, control: reply.control, serverTime };
  }
  return {
    status,
    retryAfterMs: retryAfterMs(response.headers['retry-after'], Date.now()),
    message: typeof reply.message === 'string' ? reply.message.slice(0, 500) : '',
    code: typeof reply.code === 'string' ? reply.code : undefined,
    // Another server on the way may have refused; only what ours says of its time counts.
    serverTime: timeOf(reply.details?.serverTime, tookMs),
  };
}

/** The server has looked at its clock at some moment between question and answer. */
function timeOf(text: unknown, tookMs: number): ServerTime | undefined {
  const timeMs = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(timeMs) ? undefined : { timeMs, agoMs: tookMs / 2, errorMs: tookMs / 2 };
}

function timeOfDate(header: string | undefined, tookMs: number): ServerTime | undefined {
  const time = timeOf(header, tookMs);
  const half = DATE_STEP_MS / 2;
  return time && { ...time, timeMs: time.timeMs + half, errorMs: time.errorMs + half };
}

function routeAt(serverUrl: string, path: string): URL {
  const url = new URL(serverUrl);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  return url;
}

interface ErrorLike {
  code?: unknown;
  message?: unknown;
  details?: { serverTime?: unknown };
  control?: unknown;
  serverTime?: unknown;
}

function parseReply(body: Buffer): ErrorLike {
  try {
    const reply: unknown = JSON.parse(body.toString('utf8'));
    return typeof reply === 'object' && reply !== null ? reply : {};
  } catch {
    return {};
  }
}
