import { type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { securityHeaderLines, securityHeaders } from '#runtime/security-headers';
import { StartError } from '#runtime/service';
import { createWebServer } from '#runtime/web-server';
import type { Log, TlsPair } from '#runtime';
import { DEFAULT_CONTROL_PORT } from '../collector.config.js';
import { checkChange, checkHost } from './gate.js';
import { errorPage, Refused } from './refused.js';
import type { Page, Route, Routes } from './routes.js';

/** Nobody but this machine reaches the control port. */
const ADDRESS = '127.0.0.1';
const REQUEST_LIMIT_MS = 10_000;

export interface ControlPortOptions {
  /** 0 takes any free one. A taken port is a reason not to start only where it was chosen. */
  port: number | undefined;
  /** Needed to change anything, where it is set. */
  token: () => string | undefined;
  routes: Routes;
  /** Where it is given, the port speaks TLS. */
  tls?: TlsPair | undefined;
  log: Log;
}

/**
 * The collector's own small web server. Whatever is sent to it gets an answer, an error as JSON with a code; no request
 * can throw out of it and so end the collector.
 */
export class ControlPort implements OnApplicationBootstrap, OnApplicationShutdown {
  private server: Server | undefined;

  constructor(private readonly options: ControlPortOptions) {}

  get port(): number | undefined {
    return (this.server?.address() as AddressInfo | null | undefined)?.port;
  }

  /** @throws StartError naming the port */
  async onApplicationBootstrap(): Promise<void> {
    const { port: chosen, log } = this.options;
    const port = chosen ?? DEFAULT_CONTROL_PORT;
    const server = this.create();
    try {
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, ADDRESS, resolve);
      });
    } catch (error) {
      const sentence = `The control port ${port} can't be used (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`;
      if (chosen === undefined) {
        log.warn(`${sentence}; the collector runs without it. AMBERWATCH_CONTROL_PORT chooses another one.`);
        return;
      }
      throw new StartError(`${sentence}; choose another one by AMBERWATCH_CONTROL_PORT.`, { cause: error });
    }
    this.server = server;
    log.log(`Control port on ${this.options.tls ? 'https' : 'http'}://${ADDRESS}:${this.port}`);
  }

  async onApplicationShutdown(): Promise<void> {
    const { server } = this;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private create(): Server {
    const limits = {
      requestTimeout: REQUEST_LIMIT_MS,
      headersTimeout: REQUEST_LIMIT_MS,
      // Node would answer without a body; the check of the host does it with one.
      requireHostHeader: false,
    };
    const server = createWebServer(
      limits,
      this.options.tls,
      (request, response) => void this.answer(request, response),
    );
    server.on('checkExpectation', (_: IncomingMessage, response: ServerResponse) =>
      refuse(response, new Refused(417, 'INVALID', 'The Expect header asks for what this port does not do')),
    );
    server.on('connect', ({ method }: IncomingMessage, socket: Duplex) =>
      refuseRaw(socket, new Refused(405, 'METHOD_NOT_ALLOWED', `${method ?? ''} is not allowed here`)),
    );
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => refuseRaw(socket, notHttp(error)));
    return server;
  }

  /** Never rejects. */
  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      request.resume();
      write(response, 200, await this.pageFor(request));
    } catch (error) {
      if (!(error instanceof Refused)) this.options.log.error(`A request to the control port failed: ${String(error)}`);
      const inner = new Refused(500, 'INTERNAL', 'The values could not be read');
      refuse(response, error instanceof Refused ? error : inner);
    }
  }

  private async pageFor({ url = '', method = '', headers }: IncomingMessage): Promise<Page> {
    checkHost(headers);
    const { path, query } = targetOf(url);
    const { routes, token } = this.options;
    const route: Route | undefined = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (!route) throw new Refused(404, 'NOT_FOUND', `There is no route ${path.slice(0, 200)}`);
    if (route.changes) checkChange(headers, token());
    if (!(route.changes ? ['GET', 'POST'] : ['GET', 'HEAD']).includes(method)) {
      throw new Refused(405, 'METHOD_NOT_ALLOWED', `${method} is not allowed on ${path}`);
    }
    return route.answer(new URLSearchParams(query));
  }
}

/** Path and query of a request's target, the last slash left off. The URL class throws on targets such as `//`. */
function targetOf(target: string): { path: string; query: string } {
  if (!target.startsWith('/')) {
    throw new Refused(400, 'INVALID', `The target of a request is a path, not "${target.slice(0, 100)}"`);
  }
  const at = target.indexOf('?');
  const path = at < 0 ? target : target.slice(0, at);
  return { path: path.replace(/(?<=[^/])\/$/, ''), query: at < 0 ? '' : target.slice(at + 1) };
}

function write(response: ServerResponse, status: number, { type, body }: Page): void {
  response.writeHead(status, {
    ...securityHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

function refuse(response: ServerResponse, refused: Refused): void {
  try {
    write(response, refused.status, errorPage(refused));
  } catch {
    response.destroy();
  }
}

/** What could not be read as a request, by the code of Node's parser. */
function notHttp({ code = '' }: NodeJS.ErrnoException): Refused {
  if (code === 'HPE_HEADER_OVERFLOW') return new Refused(431, 'HEADERS_TOO_LARGE', 'The headers are too large');
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return new Refused(413, 'TOO_LARGE', 'The chunks are too large');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refused(408, 'REQUEST_TIMEOUT', `The request was not complete within ${REQUEST_LIMIT_MS / 1000} s`);
  }
  return new Refused(400, 'INVALID', `This is no HTTP request (${code || 'unreadable'})`);
}

/** An answer where Node gives no response to write to. */
function refuseRaw(socket: Duplex, refused: Refused): void {
  // A client that goes away before the answer must not end the collector.
  socket.on('error', () => socket.destroy());
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { type, body } = errorPage(refused);
  socket.end(
    `HTTP/1.1 ${refused.status} ${STATUS_CODES[refused.status] ?? ''}\r\n${securityHeaderLines}Content-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
