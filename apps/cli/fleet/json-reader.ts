import { get, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import type { Socket } from 'node:net';
import type { ServerTrust } from '#client/server-trust';
import { tlsWords } from '#client/tls-words';
import { delay } from '../delay.js';
import { pacedAgents } from './paced-agent.js';
import { RequestWindow } from './request-window.js';

export interface ReaderOptions {
  /** Most requests under way at once; fewer where the server can't keep up. */
  parallel: number;
  /** Longest wait for one answer, retries and redirects included, in milliseconds. */
  timeoutMs: number;
  /** Sent with every request to the server that was named, and to no other. */
  headers?: Record<string, string>;
  /** Whom to trust where the server that was named is https; others are known by the public authorities. */
  trust?: ServerTrust | undefined;
  /** Largest answer taken, in bytes. */
  maxBytes?: number;
}

/** The result of one GET: a parsed JSON value, or why there is none. */
export type Reading = { value: unknown } | { reason: string; status?: number; final?: boolean };

const MAX_REDIRECTS = 5;
const RETRIES = 2;
const FIRST_WAIT_MS = 100;
/** A listener whose queue is full drops the first packet of a connection, which TCP sends again after 1 s (RFC 6298, 2.1). */
const LATE_CONNECT_MS = 900;

interface Answer {
  status: number;
  location: string | undefined;
  text: string;
}

/** What only the server that was named gets. */
type Access = Pick<ReaderOptions, 'headers' | 'trust'>;

/** One reading with its retries and redirects. */
interface Trip {
  deadline: AbortSignal;
  /** A connection was refused, reset or accepted late. */
  trouble: boolean;
}

const OVERLOAD = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** GETs JSON from servers that may answer anything; what goes wrong is a reason, never an exception. */
export class JsonReader {
  private readonly agents: ReturnType<typeof pacedAgents>;
  private readonly window: RequestWindow;

  constructor(private readonly options: ReaderOptions) {
    this.agents = pacedAgents(options.parallel);
    this.window = new RequestWindow(options.parallel);
  }

  /** Reads one address; `path` goes out as it is and must be escaped. */
  async read(path: string, server: URL): Promise<Reading> {
    const place = await this.window.enter();
    const trip: Trip = { trouble: false, deadline: AbortSignal.timeout(this.options.timeoutMs) };
    const reading = await this.readWithRetries(path, server, trip);
    place.leave(trip.trouble ? 'trouble' : 'answered');
    return reading;
  }

  close(): void {
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private async readWithRetries(path: string, server: URL, trip: Trip): Promise<Reading> {
    const { deadline } = trip;
    for (let attempt = 0; ; attempt++) {
      const reading = await this.follow(path, server, trip);
      if (!mayHelp(reading) || attempt === RETRIES || deadline.aborted) return reading;
      await delay(FIRST_WAIT_MS * 2 ** attempt * (0.5 + Math.random() / 2), deadline);
      if (deadline.aborted) return reading;
    }
  }

  private async follow(path: string, server: URL, trip: Trip): Promise<Reading> {
    let at: { path: string; server: URL } = { path, server };
    for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
      let answer: Answer;
      try {
        const own = at.server.origin === server.origin;
        answer = await this.ask(at.path, at.server, own ? this.options : {}, trip);
      } catch (error) {
        return { reason: trip.deadline.aborted ? `no answer in ${this.options.timeoutMs / 1000} s` : reasonOf(error) };
      }
      if (answer.status < 300 || answer.status >= 400) return parse(answer);
      const target =
        answer.location && URL.canParse(answer.location, at.server.href)
          ? new URL(answer.location, at.server)
          : undefined;
      if (!target || !/^https?:$/.test(target.protocol))
        return { reason: `HTTP ${answer.status} to nowhere`, status: answer.status };
      at = { path: target.pathname + target.search, server: target };
    }
    return { reason: `redirects more than ${MAX_REDIRECTS} times`, status: 310 };
  }

  private ask(path: string, server: URL, { headers, trust }: Access, trip: Trip): Promise<Answer> {
    const secure = server.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (secure ? getSecure : get)({
        protocol: server.protocol,
        hostname: server.hostname.replace(/^\[|\]$/g, ''),
        port: server.port,
        path,
        auth: server.username
          ? `${decodeURIComponent(server.username)}:${decodeURIComponent(server.password)}`
          : undefined,
        agent: secure ? this.agents.https : this.agents.http,
        headers: { accept: 'application/json', ...headers },
        signal: trip.deadline,
        ...(secure ? { secureContext: trust?.context } : {}),
      });
      request.once('socket', (socket) => watch(socket, trip));
      request.once('error', (error: NodeJS.ErrnoException) => {
        trip.trouble ||= OVERLOAD.has(error.code ?? '');
        reject(error);
      });
      request.once('response', (response) => void this.collect(response).then(resolve, reject));
    });
  }

  private async collect(response: IncomingMessage): Promise<Answer> {
    const limit = this.options.maxBytes ?? 16 * 1024 * 1024;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > limit) throw new Error(`answer over ${limit} bytes`);
      chunks.push(chunk);
    }
    return {
      status: response.statusCode ?? 0,
      location: response.headers.location,
      text: Buffer.concat(chunks).toString('utf8'),
    };
  }
}

function watch(socket: Socket, trip: Trip): void {
  if (!socket.connecting) return;
  const startedMs = performance.now();
  socket.once('connect', () => {
    trip.trouble ||= performance.now() - startedMs > LATE_CONNECT_MS;
  });
}

/** Whether another try may bring more than this one. */
function mayHelp(reading: Reading): boolean {
  if (!('reason' in reading) || reading.final) return false;
  return reading.status === undefined || reading.status >= 500 || reading.status === 429;
}

function parse({ status, text }: Answer): Reading {
  if (status >= 400) {
    const { error, message } = wordsOf(text);
    const said = message ?? error;
    // A 503 with an `error` is the server's word on one of its hosts, such as a silent one, and no trouble of its own.
    const final = status === 503 && message === undefined && error !== undefined;
    return { reason: `HTTP ${status}${said === undefined ? '' : `: ${said.slice(0, 200)}`}`, status, final };
  }
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    const what = text.trim() === '' ? 'an empty answer' : /^\s*</.test(text) ? 'HTML' : 'broken JSON';
    return { reason: `${what} instead of JSON`, status };
  }
}

/** The server's own words, if it gives them in JSON. */
function wordsOf(text: string): { error?: string; message?: string } {
  try {
    const { error, message } = JSON.parse(text) as Record<string, unknown>;
    return {
      ...(typeof error === 'string' ? { error } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    };
  } catch {
    return {};
  }
}

const sentences: Record<string, string> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection broken off',
  EPIPE: 'connection broken off',
  ENOTFOUND: 'unknown host name',
  EAI_AGAIN: 'host name not resolved',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'network unreachable',
  ETIMEDOUT: 'no connection in time',
  HPE_INVALID_CONSTANT: 'no HTTP answer',
};

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code?.startsWith('HPE_')) return 'no HTTP answer';
  return tlsWords(error as NodeJS.ErrnoException) ?? sentences[code ?? ''] ?? (message || code || 'unknown error');
}
