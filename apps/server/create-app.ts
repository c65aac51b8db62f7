import type { RequestListener } from 'node:http';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { StoreOpenError } from '#store';
import { AllowedHosts, certificateEnd, createWebServer, type Log, StartError, tlsFilesOf, tlsPairOf } from '#runtime';
import { guardRequests } from './session/access.js';
import { Callers } from './session/callers.js';
import { compressAnswers } from './http/compression.js';
import { limitCrowd } from './http/crowd.js';
import { ErrorFilter } from './http/error.filter.js';
import { useJsonBody } from './http/json-body.js';
import { refuseMalformed, refuseOddRequests } from './http/malformed.js';
import { parseQueryString } from './http/query-string.js';
import { secureAnswers } from './http/secure-answers.js';
import { serveOpenApi } from './openapi.js';
import { ServerMetrics } from './operation/server-metrics.js';
import type { ServerSettings } from './server.config.js';
import { ServerModule } from './server.module.js';

/** Time within which the head of a request, and all of it, must have arrived; its answer may take longer. */
const HEAD_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 25_000;
/** How often that is looked at: nobody holds a connection with half a request for more than both together. */
const LOOK_EVERY_MS = 5_000;
/** A name of 255 characters, each percent-encoded as four bytes. */
const MAX_PARAM_LENGTH = 255 * 12;

/** The server, ready to listen. Rejects with `StartError` where the store doesn't allow it. */
export async function createApp(settings: ServerSettings): Promise<NestFastifyApplication> {
  const errors = new ErrorFilter();
  const tls = tlsPairOf(settings);
  const adapter = new FastifyAdapter({
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: MAX_PARAM_LENGTH, querystringParser: parseQueryString },
    serverFactory: (answer: RequestListener, { keepAliveTimeout = 0 }) => {
      // A missing Host gets an answer with a code from the first hook; Node's own would have no body.
      const options = {
        requireHostHeader: false,
        headersTimeout: HEAD_TIMEOUT_MS,
        requestTimeout: REQUEST_TIMEOUT_MS,
        connectionsCheckingInterval: LOOK_EVERY_MS,
        keepAliveTimeout,
      };
      return createWebServer(options, tls, answer);
    },
    clientErrorHandler: refuseMalformed,
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => errors.send(error, request, reply),
    // What was not answered within the moment that the feed allows is sent again by its sender.
    forceCloseConnections: true,
  });
  const app = await NestFactory.create<NestFastifyApplication>(ServerModule.register(settings), adapter, {
    bodyParser: false,
    abortOnError: false,
    forceCloseConnections: false,
  }).catch(rethrow);
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  await compressAnswers(app);
  const callers = app.get(Callers, { strict: false });
  guardRequests(instance, callers, hostsOf(settings, callers), errors);
  useJsonBody(instance);
  limitCrowd(instance);
  secureAnswers(app.getHttpServer());
  refuseOddRequests(app.getHttpServer());
  serveOpenApi(app);
  if (tls) {
    const { name, help, read } = certificateEnd(tls);
    app.get(ServerMetrics, { strict: false }).gauge(name, help, read);
  }
  return app;
}

/** Listens; resolves with the address to open. */
export async function listen(app: NestFastifyApplication, settings: ServerSettings, log: Log): Promise<string> {
  const { AMBERWATCH_HOST: host, AMBERWATCH_PORT: port } = settings;
  try {
    await app.listen(port, host);
  } catch (error) {
    await app.close().catch(() => undefined);
    rethrow(error, `${host}:${port}`);
  }
  const { port: taken } = app.getHttpServer().address() as { port: number };
  const scheme = tlsFilesOf(settings) ? 'https' : 'http';
  const url = `${scheme}://${host.includes(':') ? `[${host}]` : host}:${taken}`;
  log.log(
    `Server listens on ${url}, storing in ${settings.INFLUX_URL ? `InfluxDB at ${settings.INFLUX_URL}` : `DuckDB in ${settings.AMBERWATCH_DATA}`}`,
  );
  return url;
}

/** Without a token only this machine may ask; where reads are open, a page of another site must not be able to. */
function hostsOf(settings: ServerSettings, { needed }: Callers): AllowedHosts {
  const reach = { none: 'loopback', writes: 'network', all: 'any' } as const;
  const { AMBERWATCH_ALLOWED_HOSTS: listed, AMBERWATCH_HOST: own } = settings;
  return new AllowedHosts({ reach: reach[needed], listed, own });
}

function rethrow(error: unknown, address = ''): never {
  if (error instanceof StoreOpenError) throw new StartError(error.message, { cause: error });
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      throw new StartError(`${address} is taken by another program. Stop it, or set AMBERWATCH_PORT to another port.`, {
        cause: error,
      });
    case 'EACCES':
      throw new StartError(`This user may not listen on ${address}. Set AMBERWATCH_PORT to a port above 1023.`, {
        cause: error,
      });
    case 'ENOTFOUND':
    case 'EADDRNOTAVAIL':
      throw new StartError(`${address} is no address of this machine. Set AMBERWATCH_HOST to one.`, { cause: error });
    default:
      throw error;
  }
}
