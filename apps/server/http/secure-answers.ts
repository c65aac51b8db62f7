import type { Server } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { securityHeaders } from '#runtime';

const headers = Object.entries(securityHeaders);
/** A browser that was here by TLS once does not come without it for a year. */
const TLS_ONLY = 'max-age=31536000';

/**
 * Sets the headers of every answer before anything looks at its request, so that errors and streams have them too. What an
 * answer sets itself counts: kept by nobody, unless a route says so.
 */
export function secureAnswers(server: Server): void {
  server.prependListener('request', ({ socket }, response) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    response.setHeader('cache-control', 'no-store');
    if ((socket as Partial<TLSSocket>).encrypted === true) response.setHeader('strict-transport-security', TLS_ONLY);
  });
}
