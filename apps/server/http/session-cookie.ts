import { createHmac, randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

const NAME = 'amberwatch';
/** Cookies of one name that are looked at: another site of the same domain can set some of that name too. */
const MAX_OF_NAME = 4;
const VALUE = /^([0-9a-z]{1,10})\.([\w-]{16})\.([0-9A-Za-z]{1,16})\.([\w-]{43})$/;

/** What a cookie stands for. */
export interface Session {
  id: string;
  /** Id of the token that it was begun with, with which it ends. */
  token: string;
  untilMs: number;
}

export function newSessionId(): string {
  return randomBytes(12).toString('base64url');
}

/**
 * Makes and reads the values of cookies: the end of the session, its id, its token's, and an HMAC over all. The key is derived from
 * the token in a way that is slow, because whoever is handed a cookie (browsers send it to other ports of the same host
 * as well) could try tokens on it; and another token makes all values void.
 */
export class CookieSeal {
  private readonly key: Buffer;

  constructor(token: string) {
    this.key = scryptSync(token, 'amberwatch session', 32);
  }

  /** The end is kept in whole seconds. */
  seal({ id, token, untilMs }: Session): string {
    const text = `${Math.floor(untilMs / 1000).toString(36)}.${id}.${token}`;
    return `${text}.${this.sign(text)}`;
  }

  /** The session of a value that was sealed here and has not ended. */
  open(value: string, nowMs: number): Session | undefined {
    const [, until, id, token, signature] = VALUE.exec(value) ?? [];
    if (until === undefined || id === undefined || token === undefined || signature === undefined) return undefined;
    // Compared as text: of the same bytes, base64 has several spellings.
    if (!timingSafeEqual(Buffer.from(signature), Buffer.from(this.sign(`${until}.${id}.${token}`)))) return undefined;
    const untilMs = Number.parseInt(until, 36) * 1000;
    return untilMs > nowMs ? { id, token, untilMs } : undefined;
  }

  /** What a page of the session sends with each change; no page of another site can read it. */
  csrfOf({ id }: Session): string {
    return this.sign(`csrf ${id}`);
  }

  private sign(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('base64url');
  }
}

/** The values of our cookie in a request's header `Cookie`. */
export function cookieValues(header: string | undefined): string[] {
  const pairs = (header ?? '').split(';').map((pair) => pair.trim());
  const ours = pairs.filter((pair) => pair.startsWith(`${NAME}=`));
  return ours.slice(0, MAX_OF_NAME).map((pair) => pair.slice(NAME.length + 1));
}

/**
 * The header `Set-Cookie` that keeps a value for so long; 0 takes the cookie away. Who came by TLS is to send it by TLS
 * only.
 */
export function setCookie(request: FastifyRequest, value: string, forMs: number): string {
  const secure = cameByTls(request) ? '; Secure' : '';
  return `${NAME}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(forMs / 1000)}${secure}`;
}

/** The TLS of a proxy in front is known by what the proxy says; who says so without one spoils nothing but its own cookie. */
export function cameByTls({ protocol, headers }: FastifyRequest): boolean {
  const forwarded = [headers['x-forwarded-proto']].flat()[0];
  return protocol === 'https' || forwarded?.split(',')[0]?.trim().toLowerCase() === 'https';
}
