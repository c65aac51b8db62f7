import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** Whether an address or a name, as it stands in a URL, is this machine's own loopback. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether the name in `Host` is one of loopback. A page of another site can reach a port of this machine by a name that
 * was made to resolve to 127.0.0.1 (DNS rebinding), but it can't hide that name.
 */
export function isLoopbackHost(header: string | undefined): boolean {
  return isLoopback((header ?? '').replace(/:\d*$/, '').toLowerCase());
}

/**
 * Whether a page of another site made a browser send this. Pages can't forge these headers, and what is no browser sends
 * none of them. `Origin` is compared by its host alone, because the TLS of a proxy in front is not seen here.
 */
export function isForeignPage(headers: IncomingHttpHeaders): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined || site === 'same-origin') return false;
  return !URL.canParse(origin) || new URL(origin).host !== host?.toLowerCase();
}

/** Whether a browser says that a page of this very server made it send this. */
export function isOwnPage(headers: IncomingHttpHeaders): boolean {
  const { origin, 'sec-fetch-site': site } = headers;
  return !isForeignPage(headers) && (origin !== undefined || site === 'same-origin');
}

/** Compares the token of a request with the one that is needed, in a time that reveals nothing about either. */
export class BearerToken {
  private readonly expected: Buffer;

  constructor(token: string) {
    this.expected = digest(token);
  }

  /** @param authorization the header of that name */
  check(authorization: string | undefined): 'right' | 'wrong' | 'missing' {
    const given = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (given === undefined) return 'missing';
    return this.is(given) ? 'right' : 'wrong';
  }

  is(given: string): boolean {
    return timingSafeEqual(digest(given), this.expected);
  }
}

/** Hashed, both sides have one length. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
