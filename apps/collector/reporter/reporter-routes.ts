import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CollectorControl } from '../control/collector-control.js';
import { type HostGraph, sections } from './host-graph.js';

const MAX_INTERVAL_S = 3600;
const MAX_GRAPH_INTERVAL_S = 60;

export interface ReporterRoutesParts {
  /** The original's whole JSON, and its metadata alone. */
  report: () => Promise<unknown>;
  metadata: () => Promise<unknown>;
  probe: Pick<HostGraph, 'graph'>;
  control: CollectorControl;
  /** Who this is, for `GET /`. */
  about: () => Record<string, unknown>;
  /** Needed to change anything, where it is set. */
  token: string | undefined;
}

/** A refusal with its HTTP status; the sentence names the value. */
class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

type Route = (query: URLSearchParams) => unknown;

/** The routes of the original reporter, on the collector's control port. */
export class ReporterRoutes {
  private readonly reads: Record<string, Route>;
  private readonly changes: Record<string, Route>;

  constructor(private readonly parts: ReporterRoutesParts) {
    this.reads = {
      '/': () => parts.about(),
      '/get/metrics': () => parts.report(),
      '/get/metadata': () => parts.metadata(),
      '/get/graph': (query) => parts.probe.graph(oneOf(query, 'metric', sections), whole(query, MAX_GRAPH_INTERVAL_S)),
    };
    this.changes = {
      '/update/status': (query) => this.setStatus(oneOf(query, 'status', ['pause', 'resume', 'stop'])),
      '/update/interval': (query) => this.setInterval(whole(query, MAX_INTERVAL_S)),
    };
  }

  /** True where the path is one of these; then the answer is on its way. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://collector');
    const path = pathname.length > 1 ? pathname.replace(/\/$/, '') : pathname;
    const changes = Object.hasOwn(this.changes, path);
    const route = changes ? this.changes[path] : Object.hasOwn(this.reads, path) ? this.reads[path] : undefined;
    if (!route) return false;
    void this.answer(request, response, async () => {
      allow(request, changes ? ['GET', 'POST'] : ['GET', 'HEAD']);
      ownHost(request);
      if (changes) this.mayChange(request);
      return route(searchParams);
    });
    request.resume();
    return true;
  }

  private setStatus(status: 'pause' | 'resume' | 'stop'): unknown {
    const { control } = this.parts;
    if (status === 'pause') control.pause();
    else if (status === 'resume') control.resume();
    else control.end();
    return { Status: status };
  }

  private setInterval(seconds: number): unknown {
    this.parts.control.setInterval(seconds * 1000);
    return { Status: 'Post interval updated', Interval: seconds };
  }

  /** A page of another site can make a browser on this machine ask, but it can't hide where it comes from. */
  private mayChange({ headers }: IncomingMessage): void {
    const site = headers['sec-fetch-site'];
    const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
    if (foreign || (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)) {
      throw new Refused(403, 'FORBIDDEN', 'A page of another site may not change this collector');
    }
    const { token } = this.parts;
    if (token === undefined) return;
    const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
    if (timingSafeEqual(digest(given), digest(token))) return;
    throw new Refused(401, 'UNAUTHORIZED', 'A change needs the token: Authorization: Bearer <token>');
  }

  private async answer(
    request: IncomingMessage,
    response: ServerResponse,
    work: () => Promise<unknown>,
  ): Promise<void> {
    let status = 200;
    let body: unknown;
    try {
      body = await work();
    } catch (error) {
      const refused = error instanceof Refused ? error : new Refused(500, 'INTERNAL', 'The values could not be read');
      status = refused.status;
      body = { statusCode: status, code: refused.code, message: refused.message };
    }
    response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' });
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(body));
  }
}

function allow({ method = '' }: IncomingMessage, methods: string[]): void {
  if (!methods.includes(method)) throw new Refused(405, 'METHOD_NOT_ALLOWED', `${method} is not allowed here`);
}

/** A name that was made to point at 127.0.0.1 (DNS rebinding) would let another site read. */
function ownHost({ headers }: IncomingMessage): void {
  if (/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(headers.host ?? '')) return;
  throw new Refused(
    403,
    'FORBIDDEN',
    `This port answers to localhost only, not to "${(headers.host ?? '').slice(0, 100)}"`,
  );
}

function oneOf<Value extends string>(query: URLSearchParams, name: string, values: readonly Value[]): Value {
  const given = query.get(name);
  const known = values.find((value) => value === given);
  if (known !== undefined) return known;
  throw new Refused(400, 'INVALID', `${name} must be one of ${values.join(', ')}, not "${(given ?? '').slice(0, 60)}"`);
}

function whole(query: URLSearchParams, max: number): number {
  const given = query.get('interval') ?? '';
  const seconds = /^\d{1,5}$/.test(given) ? Number(given) : 0;
  if (seconds >= 1 && seconds <= max) return seconds;
  throw new Refused(
    400,
    'INVALID',
    `interval must be a whole number of seconds from 1 to ${max}, not "${given.slice(0, 60)}"`,
  );
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
