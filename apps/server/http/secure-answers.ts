import type { Server } from 'node:http';
import { securityHeaders } from '#runtime';

const headers = Object.entries(securityHeaders);

/**
 * Sets the headers of every answer before anything looks at its request, so that errors and streams have them too. What an
 * answer sets itself counts: kept by nobody, unless a route says so. No `Strict-Transport-Security`, which would hold for
 * all other ports of this name too; see docs/tls.md.
 */
export function secureAnswers(server: Server): void {
  server.prependListener('request', (_request, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
  });
}
