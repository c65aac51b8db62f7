import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { z } from 'zod';
import { isLoopback } from './access.js';
import { AllowedHosts, allowedHostsSetting } from './allowed-hosts.js';
import { registryOf, type Reading } from './metrics.js';
import { securityHeaders } from './security-headers.js';
import { StartError } from './service.js';
import { certificateEnd, type TlsPair } from './tls-pair.js';
import { createWebServer } from './web-server.js';

const REQUEST_LIMIT_MS = 10_000;

/** Settings of the port for metrics; the variable of the port itself is each service's own. */
export const metricsSettings = {
  AMBERWATCH_METRICS_HOST: z
    .string()
    .min(1)
    .prefault('127.0.0.1')
    .describe('Address that metrics and health of alarm and prediction are served on'),
  ...allowedHostsSetting,
};

/** A setting of the port, undefined where it is left to the default. */
export function metricsPort(byDefault: number) {
  return z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(`Port for /metrics and /health/live; ${byDefault} where it is not set, 0 takes any free one`);
}

export interface MetricsServerOptions {
  host: string;
  /** Further names that it may be asked by. */
  allowedHosts?: readonly string[] | undefined;
  /** A taken port is a reason not to start only where it was chosen. */
  port: number | undefined;
  defaultPort: number;
  /** Variable that chooses the port. */
  variable: string;
  readings: readonly Reading[];
  /** Where it is given, the port speaks TLS. */
  tls?: TlsPair | undefined;
}

interface Answer {
  status: number;
  body: string;
  type?: string;
}

/**
 * A small web server of a service that has no other: `/metrics` for Prometheus and `/health/live`. Errors are JSON with a
 * code, and no request can throw out of it.
 */
export class MetricsServer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('metrics');
  private readonly registry;
  private readonly hosts: AllowedHosts;
  private server: Server | undefined;

  constructor(private readonly options: MetricsServerOptions) {
    const { readings, tls, host: own, allowedHosts: listed } = options;
    this.registry = registryOf(tls ? [...readings, certificateEnd(tls)] : readings);
    this.hosts = new AllowedHosts({ reach: isLoopback(own) ? 'loopback' : 'network', listed, own });
  }

  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws StartError where the port that was chosen can't be used */
  async onApplicationBootstrap(): Promise<void> {
    const { host, port: chosen, defaultPort, variable, tls } = this.options;
    const port = chosen ?? defaultPort;
    const server = createWebServer(
      { requestTimeout: REQUEST_LIMIT_MS, headersTimeout: REQUEST_LIMIT_MS, requireHostHeader: false },
      tls,
      (request, response) => void this.answer(request, response),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => endRaw(socket, malformed(error)));
    server.on('connect', (_: IncomingMessage, socket: Duplex) => endRaw(socket, notAllowed('CONNECT')));
    server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) =>
      write(response, failure(417, 'INVALID', 'What the Expect header asks for is not done here.')),
    );
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, resolve);
      });
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
      const sentence = `Metrics can't be served on ${host}:${port} (${code})`;
      if (chosen !== undefined) {
        throw new StartError(`${sentence}; choose another port by ${variable}.`, { cause: error });
      }
      this.logger.warn(`${sentence}; the service runs without. ${variable} chooses another port.`);
      return;
    }
    this.server = server;
    const scheme = tls ? 'https' : 'http';
    this.logger.log(`Metrics on ${scheme}://${host.includes(':') ? `[${host}]` : host}:${this.port}/metrics`);
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  /** Never rejects. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      request.resume();
      write(response, await this.answerTo(request));
    } catch (error) {
      this.logger.error(`Metrics could not be read: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else write(response, failure(500, 'INTERNAL', 'The metrics could not be read.'));
    }
  }

  private async answerTo({ method = '', url = '', headers }: IncomingMessage): Promise<Answer> {
    if (!this.hosts.allows(headers.host)) {
      return failure(
        403,
        'FORBIDDEN',
        `This port does not answer to "${(headers.host ?? '').slice(0, 100)}". AMBERWATCH_ALLOWED_HOSTS lists the names that it has.`,
      );
    }
    const path = url.split('?', 1)[0] ?? '';
    if (path !== '/metrics' && path !== '/health/live') {
      return failure(404, 'NOT_FOUND', `There is no route ${path.slice(0, 200)}.`);
    }
    if (method !== 'GET' && method !== 'HEAD') return notAllowed(method);
    if (path === '/health/live') return json(200, { status: 'ok' });
    return { status: 200, body: await this.registry.metrics(), type: this.registry.contentType };
  }
}

function json(status: number, value: unknown): Answer {
  return { status, body: JSON.stringify(value) };
}

function failure(statusCode: number, code: string, message: string): Answer {
  return json(statusCode, { statusCode, code, message });
}

function notAllowed(method: string): Answer {
  return failure(405, 'METHOD_NOT_ALLOWED', `${method} is not allowed here.`);
}

/** What could not be read as a request, by the code of Node's parser. */
function malformed({ code = '' }: NodeJS.ErrnoException): Answer {
  if (code === 'HPE_HEADER_OVERFLOW') return failure(431, 'HEADERS_TOO_LARGE', 'The headers are larger than 16 kB.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return failure(408, 'REQUEST_TIMEOUT', 'The request did not arrive in time.');
  return failure(400, 'INVALID', `This is no HTTP request (${code || 'unreadable'}).`);
}

function headersOf({ body, type = 'application/json; charset=utf-8' }: Answer) {
  const length = Buffer.byteLength(body);
  return { ...securityHeaders, 'content-type': type, 'content-length': length, 'cache-control': 'no-store' };
}

function write(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, headersOf(answer));
  response.end(response.req.method === 'HEAD' ? undefined : answer.body);
}

/** An answer where Node gives no response to write to. */
function endRaw(socket: Duplex, answer: Answer): void {
  // Whoever has gone away before the answer must not end the service.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const headers = Object.entries({ ...headersOf(answer), connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${answer.status} -\r\n${lines}\r\n${answer.body}`, () => socket.destroy());
}
