import type { FastifyRequest } from 'fastify';
import { CodedError, fitsHosts, type TokenKind } from '#domain';

/** What the holder of a token may do. */
export interface Rights {
  /** Of the token. */
  id: string;
  kind: TokenKind;
  hosts?: string[] | undefined;
}

/** What the sender of each request may do, from the first hook on. */
const known = new WeakMap<FastifyRequest, Rights>();

export function keepRights(request: FastifyRequest, rights: Rights): void {
  known.set(request, rights);
}

/** @throws CodedError FORBIDDEN where nobody has asked who sends this */
export function rightsOf(request: FastifyRequest): Rights {
  const rights = known.get(request);
  if (!rights) throw new CodedError('FORBIDDEN', 'Nobody may do this.');
  return rights;
}

/** Id of the token with which a request was let in; undefined where it needed none. */
export function tokenOf(request: FastifyRequest): string | undefined {
  return known.get(request)?.id;
}

/** Whether the sender has a token for that host. */
export function mayWriteFor(request: FastifyRequest, host: string): boolean {
  const { kind, hosts = [] } = rightsOf(request);
  return kind === 'admin' || (kind === 'write' && fitsHosts(hosts, host));
}

/**
 * Whoever has a token to write may write for its hosts alone. To be called before anything is done with a body.
 *
 * @throws CodedError FORBIDDEN
 */
export function checkMayWrite(request: FastifyRequest, host: string): void {
  if (mayWriteFor(request, host)) return;
  const own = rightsOf(request).hosts?.join(', ') ?? 'none';
  throw new CodedError('FORBIDDEN', `This token may not write for the host "${host}", only for: ${own}.`);
}
