import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, routes } from '#domain';
import { BearerToken, isForeignPage, isLoopbackHost } from '#runtime';
import type { ServerSettings } from '../server.config.js';
import type { ErrorFilter } from './error.filter.js';
import { RouteTable } from './route-table.js';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The documentation, which shows nothing but what everybody can read in the code. */
const documents = new Set([routes.openapi, '/api/openapi.yaml'] as string[]);

/**
 * Decides by the header alone who may ask, before a byte of a body is read: whoever has no token must not be able to make
 * the server unpack and parse. To be called before the routes are made.
 */
export function guardRequests(
  instance: FastifyInstance,
  settings: Pick<ServerSettings, 'AMBERWATCH_TOKEN' | 'AMBERWATCH_READS'>,
  errors: ErrorFilter,
): void {
  const token = settings.AMBERWATCH_TOKEN === undefined ? undefined : new BearerToken(settings.AMBERWATCH_TOKEN);
  const table = new RouteTable();
  instance.addHook('onRoute', (route) => table.add(route));
  instance.addHook('onRequest', (request: FastifyRequest, reply: FastifyReply, done) => {
    try {
      checkForm(request);
      if (request.is404) table.refuse(request, reply);
      checkPage(request);
      if (!isPublic(request)) checkCaller(request, token, settings.AMBERWATCH_READS);
    } catch (error) {
      errors.send(error, request, reply);
      return;
    }
    done();
  });
}

/** What Node would answer without a body. */
function checkForm({ raw, headers }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && headers.host === undefined) {
    throw new CodedError('INVALID', 'The header Host is missing.');
  }
}

/** A page of another site can make a browser on a machine nearby send whatever it likes, to change what is kept here. */
function checkPage({ method, headers }: FastifyRequest): void {
  if (!reads.has(method) && isForeignPage(headers)) {
    throw new CodedError(
      'FORBIDDEN',
      `A page of another site may not change anything here (Origin "${(headers.origin ?? '').slice(0, 100)}").`,
    );
  }
}

/** Asks for the route that was found, whatever spelling of its path the request chose. */
function isPublic({ routeOptions: { config, url = '' } }: FastifyRequest): boolean {
  const { public: marked } = config as { public?: boolean };
  return marked === true || url === routes.docs || url.startsWith(`${routes.docs}/`) || documents.has(url);
}

/** Writes need the token where one is set; reads do too unless they are open. Without a token, only this machine may ask. */
function checkCaller(
  { method, headers }: FastifyRequest,
  token: BearerToken | undefined,
  readsNeed: ServerSettings['AMBERWATCH_READS'],
): void {
  if (!token) {
    if (isLoopbackHost(headers.host)) return;
    throw new CodedError(
      'FORBIDDEN',
      `Without AMBERWATCH_TOKEN the server answers to localhost and 127.0.0.1 only, not to "${(headers.host ?? '').slice(0, 100)}".`,
    );
  }
  if (readsNeed === 'open' && reads.has(method)) return;
  const given = token.check(headers.authorization);
  if (given === 'right') return;
  throw new CodedError(
    'UNAUTHORIZED',
    given === 'missing' ? 'A token is needed: Authorization: Bearer <token>.' : 'The token is wrong.',
  );
}
