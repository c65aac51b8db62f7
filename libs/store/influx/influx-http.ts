import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { CodedError, retryAfterMs } from '#domain';
import { isFault, reasonOf, StoreOpenError, unavailable } from '../store-errors.js';

const compress = promisify(gzip);

/** A smaller body costs more to compress than to send. */
const GZIP_FROM_BYTES = 64 * 1024;
const WRITE_LIMIT_MS = 10_000;

export interface InfluxOptions {
  /** Address of an InfluxDB 2.x, such as `http://influxdb:8086`, or `https://proxy/influx` behind a proxy. */
  url: string;
  token: string;
  org: string;
  bucket: string;
  /** How long raw samples are kept, in seconds; two days if left out. */
  retentionSeconds?: number;
  /** Where a token for the bucket alone is kept, made by `token`; without it, `token` itself is used. */
  tokenFile?: string;
}

/** An answer other than success. */
export class InfluxReply extends Error {
  override name = 'InfluxReply';

  constructor(
    readonly status: number,
    message: string,
    /** How long InfluxDB asks to be left alone, in whole seconds. */
    readonly retryAfterSeconds?: number,
    /** Whether InfluxDB itself answers, not a proxy before it. */
    readonly isOwn = true,
  ) {
    super(message);
  }
}

/** The few requests made without the client library: writes, and setting up the bucket. */
export class InfluxHttp {
  private token: string;
  private readonly gzips: boolean;
  /** The address without the slash at its end, to which the paths of the API are added. */
  private readonly base: string;
  /** Until when InfluxDB has asked to be left alone, on a clock that never goes back, and what it said. */
  private held: { untilMs: number; reply: InfluxReply } | undefined;

  constructor(readonly options: InfluxOptions) {
    this.token = options.token;
    const { origin, pathname, hostname } = new URL(options.url);
    this.base = origin + pathname.replace(/\/+$/, '');
    // On the same machine, compressing takes longer than sending.
    this.gzips = !/^(localhost|127\.|\[::1\]$)/.test(hostname);
  }

  /** Writes lines with times in microseconds; rejects with `InfluxReply` or a `CodedError`. */
  async write(lines: string[]): Promise<void> {
    const { org, bucket } = this.options;
    const text = lines.join('\n');
    const zip = this.gzips && text.length >= GZIP_FROM_BYTES;
    const answer = await this.request('POST', withQuery('/api/v2/write', { org, bucket, precision: 'us' }), {
      body: zip ? await compress(text, { level: 1 }) : text,
      headers: { 'content-type': 'text/plain; charset=utf-8', ...(zip ? { 'content-encoding': 'gzip' } : {}) },
    });
    // A page of a proxy comes with a 200, and nothing is stored.
    if (answer.status !== 204) throw foreignReply(answer);
  }

  /** Creates the bucket if missing, and sets its retention. */
  async prepareBucket(): Promise<void> {
    const { org, bucket, retentionSeconds = 172_800 } = this.options;
    const retentionRules = [{ type: 'expire', everySeconds: retentionSeconds }];
    const found = await this.findBucket();
    if (!found) {
      const orgs = (await this.json('GET', withQuery('/api/v2/orgs', { org }))) as Listed<'orgs'>;
      const orgID = orgs.orgs[0]?.id;
      await this.json('POST', '/api/v2/buckets', { orgID, name: bucket, retentionRules });
    } else if (found.retentionRules?.[0]?.everySeconds !== retentionSeconds) {
      await this.json('PATCH', `/api/v2/buckets/${found.id}`, { retentionRules });
    }
  }

  /** From the next request on. */
  useToken(token: string): void {
    this.token = token;
  }

  get currentToken(): string {
    return this.token;
  }

  /** Makes a token that may read and write the bucket, its retention included, and nothing else. */
  async makeToken(): Promise<{ id: string; token: string }> {
    const bucket = await this.findBucket();
    const resource = { type: 'buckets', id: bucket?.id, orgID: bucket?.orgID };
    const permissions = ['read', 'write'].map((action) => ({ action, resource }));
    const description = `Amberwatch server, bucket ${this.options.bucket}`;
    const made = await this.json('POST', '/api/v2/authorizations', { orgID: bucket?.orgID, description, permissions });
    const { id, token } = made as { id?: unknown; token?: unknown };
    if (typeof id === 'string' && typeof token === 'string') return { id, token };
    throw new InfluxReply(400, 'the answer holds no token');
  }

  async deleteToken(id: string): Promise<void> {
    await this.request('DELETE', `/api/v2/authorizations/${id}`, {});
  }

  /** Rejects if InfluxDB is away, refuses the token or lacks the bucket. */
  async check(): Promise<void> {
    if (!(await this.findBucket())) throw new InfluxReply(404, `bucket "${this.options.bucket}" not found`);
  }

  /** What a failure means for the caller of the store: `STORE_UNAVAILABLE`, except for faults of a program. */
  failure(error: unknown): unknown {
    if (error instanceof CodedError || isFault(error)) return error;
    if (error instanceof StoreOpenError) return unavailable(error.message, error, 30);
    const configuration = this.configurationFault(error);
    if (configuration) return unavailable(configuration, error, 30);
    if (statusOf(error) !== undefined) {
      const retryAfter = error instanceof InfluxReply ? error.retryAfterSeconds : undefined;
      return unavailable(this.answered(error), error, retryAfter);
    }
    return unavailable(`InfluxDB at ${this.options.url} is not reached: ${reasonOf(error)}`, error);
  }

  /** True if the bucket or the token may be gone and must be seen to again. */
  lacksAccess(error: unknown): boolean {
    return [401, 404].includes(statusOf(error) ?? 0);
  }

  /** An error for whoever starts the process, if the settings are wrong and waiting does not help. */
  openError(error: unknown): StoreOpenError | undefined {
    if (error instanceof StoreOpenError) return error;
    if (![401, 403, 404].includes(statusOf(error) ?? 0)) return undefined;
    return new StoreOpenError(this.configurationFault(error) ?? this.answered(error), { cause: error });
  }

  private answered(error: unknown): string {
    return `InfluxDB at ${this.options.url} answers ${statusOf(error)}: ${reasonOf(error).slice(0, 300)}`;
  }

  private configurationFault(error: unknown): string | undefined {
    if (error instanceof InfluxReply && !error.isOwn) return undefined;
    const { url, org, bucket } = this.options;
    const status = statusOf(error);
    if (status === 401) return `InfluxDB at ${url} does not accept the token. Check INFLUX_TOKEN.`;
    if (status === 403) return `The token may not write and read bucket "${bucket}" of InfluxDB at ${url}.`;
    if (status === 404) {
      return `InfluxDB at ${url} has no organization "${org}" or no bucket "${bucket}". Check INFLUX_ORG and INFLUX_BUCKET.`;
    }
    return undefined;
  }

  private async findBucket(): Promise<Bucket | undefined> {
    const { org, bucket } = this.options;
    try {
      const path = withQuery('/api/v2/buckets', { org, name: bucket });
      return ((await this.json('GET', path)) as Listed<'buckets'>).buckets[0];
    } catch (error) {
      if (error instanceof InfluxReply && error.status === 404 && error.message.startsWith('bucket')) return undefined;
      throw error;
    }
  }

  private async json(method: string, path: string, body?: unknown): Promise<unknown> {
    const answer = await this.request(method, path, {
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    try {
      return JSON.parse(answer.text) as unknown;
    } catch {
      throw foreignReply(answer);
    }
  }

  private async request(method: string, path: string, { body, headers }: RequestInit): Promise<Answer> {
    this.refuseHeld();
    const send = () =>
      fetch(this.base + path, {
        method,
        body,
        headers: { authorization: `Token ${this.token}`, ...(headers as Record<string, string>) },
        signal: AbortSignal.timeout(WRITE_LIMIT_MS),
      });
    const response = await send().catch(async (error: unknown) => {
      // The other side may have closed a kept connection meanwhile: try once more on a new one.
      if (!/ECONNRESET|EPIPE|UND_ERR_SOCKET/.test(codeOf(error))) throw error;
      await wait(1);
      return send();
    });
    const answer = { status: response.status, text: await response.text() };
    if (response.ok) return answer;
    const holdMs = retryAfterMs(response.headers.get('retry-after'), Date.now());
    const reply = replyOf(answer, secondsOf(holdMs));
    if (holdMs > 0) this.held = { untilMs: performance.now() + holdMs, reply };
    throw reply;
  }

  /** Every collector asks again on its own; InfluxDB is asked no sooner than it has told any of them. */
  private refuseHeld(): void {
    const leftMs = (this.held?.untilMs ?? 0) - performance.now();
    if (!this.held || leftMs <= 0) return;
    const { status, message, isOwn } = this.held.reply;
    throw new InfluxReply(status, message, secondsOf(leftMs), isOwn);
  }
}

interface Answer {
  status: number;
  text: string;
}

interface Bucket {
  id: string;
  orgID?: string;
  retentionRules?: { everySeconds: number }[];
}

type Listed<Key extends string> = Record<Key, Bucket[]>;

function withQuery(path: string, parameters: Record<string, string>): string {
  return `${path}?${new URLSearchParams(parameters).toString()}`;
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof InfluxReply) return error.status;
  return (error as { statusCode?: number } | undefined)?.statusCode;
}

/** What InfluxDB refuses with comes as JSON with a message; anything else is of whatever stands before it. */
function replyOf({ status, text }: Answer, retryAfterSeconds?: number): InfluxReply {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === 'string') return new InfluxReply(status, message, retryAfterSeconds);
  } catch {
    // It is told below.
  }
  return foreignReply({ status, text }, retryAfterSeconds);
}

function foreignReply({ status, text }: Answer, retryAfterSeconds?: number): InfluxReply {
  const words = text
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  const sentence = words === '' ? 'no reason is given' : `not InfluxDB's own answer, a proxy's maybe: ${words}`;
  return new InfluxReply(status, sentence, retryAfterSeconds, false);
}

function secondsOf(ms: number): number | undefined {
  return ms > 0 ? Math.ceil(ms / 1000) : undefined;
}

function codeOf(error: unknown): string {
  return (error as { cause?: { code?: string } } | undefined)?.cause?.code ?? '';
}
