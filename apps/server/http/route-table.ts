import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import { CodedError, routes } from '#domain';

/** The paths that exist, each with its methods, to tell a wrong method from a wrong path. */
export class RouteTable {
  private readonly methods = new Map<string, { pattern: RegExp; allowed: Set<string> }>();

  add({ url, method }: Pick<RouteOptions, 'url' | 'method'>): void {
    // This one takes any path of one part, so that no such path would ever be unknown.
    if (url === routes.server || url.includes('*')) return;
    let known = this.methods.get(url);
    if (!known) this.methods.set(url, (known = { pattern: patternOf(url), allowed: new Set() }));
    for (const one of [method].flat()) known.allowed.add(one);
  }

  /**
   * Refuses a request that no route takes.
   * @throws CodedError `METHOD_NOT_ALLOWED` where the path has other methods, which the header `Allow` then names;
   *   `NOT_FOUND` otherwise
   */
  refuse({ method, url }: FastifyRequest, reply: FastifyReply): never {
    const path = url.split('?', 1)[0] as string;
    const known = [...this.methods.values()].find(({ pattern }) => pattern.test(path));
    if (!known) throw new CodedError('NOT_FOUND', `There is nothing at ${method} ${url.slice(0, 200)}.`);
    const allowed = [...known.allowed].join(', ');
    void reply.header('allow', allowed);
    throw new CodedError('METHOD_NOT_ALLOWED', `${method} is not allowed on ${path.slice(0, 200)}, only ${allowed}.`);
  }
}

function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replace(/[^\w-]/g, '\\$&')));
  return new RegExp(`^${parts.join('/')}/?$`);
}
