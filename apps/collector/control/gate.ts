import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { Refused } from './refused.js';

const OWN_NAME = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/;

/**
 * A name that was made to point at 127.0.0.1 (DNS rebinding) would let a page of another site read this port.
 *
 * @throws Refused with 403
 */
export function checkHost({ host = '' }: IncomingHttpHeaders): void {
  if (OWN_NAME.test(host)) return;
  throw new Refused(403, 'FORBIDDEN', `This port answers to localhost only, not to "${host.slice(0, 100)}"`);
}

/**
 * A page of another site can make a browser on this machine ask, but it can't hide where it comes from; and a browser that
 * does not say so (older ones, asked for a picture) can't hide that it is one.
 *
 * @throws Refused with 403 for a page of another site, with 401 where the token is missing or wrong
 */
export function checkChange(headers: IncomingHttpHeaders, token: string | undefined): void {
  const site = headers['sec-fetch-site'];
  const isSilent = site === undefined && headers.origin === undefined && isBrowser(headers);
  const isForeign = isSilent || (site !== undefined && site !== 'same-origin' && site !== 'none');
  // By TLS or without: a page of this port's own host and port is none of another site.
  const origins = [undefined, `http://${headers.host}`, `https://${headers.host}`];
  if (isForeign || !origins.includes(headers.origin)) {
    throw new Refused(403, 'FORBIDDEN', 'A page of another site may not change this collector');
  }
  if (token === undefined) return;
  const given = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
  if (timingSafeEqual(digest(given), digest(token))) return;
  throw new Refused(401, 'UNAUTHORIZED', 'A change needs the token: Authorization: Bearer <token>');
}

/** Every browser begins so, and no page can change it in a request that it may send to another site. */
const isBrowser = ({ 'user-agent': agent = '' }: IncomingHttpHeaders) => agent.startsWith('Mozilla/');

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
