import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, routes, type TokenKind } from '#domain';
import { type AllowedHosts, isForeignPage } from '#runtime';
import { type Callers, checkCookieChange } from './callers.js';
import type { ErrorFilter } from '../http/error.filter.js';
import type { RouteNeed } from '../http/needs.decorator.js';
import type { PublicRoute } from '../http/public.decorator.js';
import { keepRights, type Rights } from '../http/request-rights.js';
import { RouteTable } from '../http/route-table.js';
import { type Session, setCookie } from '../http/session-cookie.js';

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);
/** The documentation, which shows nothing but what everybody can read in the code. */
const documents = new Set([routes.openapi, '/api/openapi.yaml'] as string[]);

/**
 * Decides by the header alone who may ask, before a byte of a body is read: whoever has no token must not be able to make
 * the server unpack and parse. To be called before the routes are made.
 */
export function guardRequests(
  instance: FastifyInstance,
  callers: Callers,
  hosts: AllowedHosts,
  errors: ErrorFilter,
): void {
  const table = new RouteTable();
  instance.addHook('onRoute', (route) => table.add(route));
  instance.addHook('onRequest', async (request: FastifyRequest, reply: FastifyReply) => {
    try {
      checkForm(request);
      checkHost(request, hosts);
      if (request.is404) table.refuse(request, reply);
      checkPage(request);
      if (isPublic(request)) checkLength(request);
      else await checkCaller(request, reply, callers);
      return undefined;
    } catch (error) {
      errors.send(error, request, reply);
      return reply;
    }
  });
}

/** What Node would answer without a body. */
function checkForm({ raw, headers }: FastifyRequest): void {
  if (raw.httpVersion === '1.1' && headers.host === undefined) {
    throw new CodedError('INVALID', 'The header Host is missing.');
  }
}

function checkHost({ headers: { host } }: FastifyRequest, hosts: AllowedHosts): void {
  if (hosts.allows(host)) return;
  throw new CodedError(
    'FORBIDDEN',
    `The server does not answer to "${(host ?? '').slice(0, 100)}". AMBERWATCH_ALLOWED_HOSTS lists the names that it has.`,
  );
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
  const { public: marked } = config as Partial<PublicRoute>;
  return marked === true || url === routes.docs || url.startsWith(`${routes.docs}/`) || documents.has(url);
}

/** Strangers may send so little that it costs nothing, and say before how much that is. */
function checkLength({ headers, routeOptions: { config } }: FastifyRequest): void {
  const { mostBytes } = config as Partial<PublicRoute>;
  if (mostBytes === undefined) return;
  if (headers['content-encoding'] !== undefined) {
    throw new CodedError('UNSUPPORTED_TYPE', 'This route takes a body without Content-Encoding only.');
  }
  if (headers['transfer-encoding'] !== undefined) {
    throw new CodedError('INVALID', 'This route takes a body with Content-Length only.');
  }
  if (Number(headers['content-length'] ?? 0) > mostBytes) {
    throw new CodedError('TOO_LARGE', `The body is larger than ${mostBytes / 1024} kB.`);
  }
}

/** Whoever may ask without a token may do everything. */
const anybody: Rights = { id: 'nobody', kind: 'admin' };

/** The kind of token that is needed; see `Needs`. */
function needOf({ method, routeOptions: { config } }: FastifyRequest): TokenKind {
  const { needs } = config as Partial<RouteNeed>;
  return needs ?? (reads.has(method) ? 'read' : 'admin');
}

/** Every route needs a token of its kind where one is set; reads do unless they are open. */
async function checkCaller(request: FastifyRequest, reply: FastifyReply, callers: Callers): Promise<void> {
  if (callers.needed === 'none') return keepRights(request, anybody);
  const need = needOf(request);
  if (callers.needed === 'writes' && need === 'read') return;
  const caller = await callers.identify(request);
  if (caller.by === 'wrong token' || caller.by === 'nobody') {
    const isWrong = caller.by === 'wrong token';
    throw new CodedError(
      'UNAUTHORIZED',
      isWrong ? 'The token is wrong, or it has ended.' : 'A token is needed: Authorization: Bearer <token>.',
    );
  }
  const { kind } = caller.rights;
  if (kind !== need && kind !== 'admin') {
    throw new CodedError('FORBIDDEN', `A token of the kind ${kind} may not do this; it needs one of the kind ${need}.`);
  }
  keepRights(request, caller.rights);
  if (caller.by === 'cookie') checkSession(request, reply, callers, caller.session);
}

function checkSession(request: FastifyRequest, reply: FastifyReply, callers: Callers, session: Session): void {
  if (!reads.has(request.method)) checkCookieChange(request.headers, callers.csrfOf(session));
  const nowMs = Date.now();
  const renewed = callers.renewed(session, nowMs);
  if (!renewed) return;
  void reply.header('set-cookie', setCookie(request, callers.cookieOf(renewed), renewed.untilMs - nowMs));
}
