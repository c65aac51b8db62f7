import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { CodedError, isoTime, routes, type SessionState } from '#domain';
import { BearerToken, isForeignPage, isOwnPage } from '#runtime';
import { StateMap, StateStore } from '#store';
import { z } from 'zod';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import type { Rights } from '../http/request-rights.js';
import { Tokens } from '../tokens/tokens.js';
import { CookieSeal, cookieValues, newSessionId, type Session } from '../http/session-cookie.js';
import { TokenTries } from './token-tries.js';

/** How long a cookie holds that is not used; one that is in use is renewed when it is a day old. */
const HOLDS_MS = 30 * 86_400_000;
const RENEW_AFTER_MS = 86_400_000;
/** Far more than anybody ends in the time for which a cookie holds. */
const MAX_ENDED = 10_000;

/** A session that somebody ended before its cookie does. */
const endedSession = z.object({ until: isoTime });

/** Who asks: somebody with a token, a page with a cookie for one, somebody with a wrong token, or nobody known. */
export type Caller =
  | { by: 'wrong token' }
  | { by: 'nobody' }
  | { by: 'token'; rights: Rights }
  | { by: 'cookie'; rights: Rights; session: Session };

/** Knows callers by a token or by a cookie that was given for it. */
@Injectable()
export class Callers implements OnModuleInit {
  /** What needs a token here. */
  readonly needed: SessionState['needed'];
  private readonly tries: TokenTries;
  private readonly seal?: CookieSeal;
  private ended!: StateMap<z.infer<typeof endedSession>>;

  constructor(
    private readonly state: StateStore,
    private readonly tokens: Tokens,
    @Inject(SETTINGS) { AMBERWATCH_TOKEN: token, AMBERWATCH_READS: reads }: ServerSettings,
  ) {
    this.needed = token === undefined ? 'none' : reads === 'open' ? 'writes' : 'all';
    this.tries = new TokenTries((text, nowMs) => tokens.find(text, nowMs));
    if (token !== undefined) this.seal = new CookieSeal(token);
  }

  async onModuleInit(): Promise<void> {
    const bound = { most: MAX_ENDED, lastUsed: ({ until }: { until: string }) => until };
    this.ended = await StateMap.load(this.state, { prefix: 'ended-session/', schema: endedSession, bound });
    await this.forgetEnded(Date.now());
  }

  /**
   * A token decides where there is one. A cookie counts unless a page of another site made the browser send it.
   *
   * @throws CodedError TOO_MANY_REQUESTS
   */
  async identify({ headers, ip }: FastifyRequest): Promise<Caller> {
    if (this.needed === 'none') return { by: 'nobody' };
    const text = bearerOf(headers.authorization);
    if (text !== undefined) {
      const rights = await this.rightsOf(text, ip);
      return rights ? { by: 'token', rights } : { by: 'wrong token' };
    }
    const nowMs = Date.now();
    const found = isForeignPage(headers) ? undefined : this.sessionOf(headers.cookie, nowMs);
    if (!found) return { by: 'nobody' };
    this.tokens.used(found.rights, ip, nowMs);
    return { by: 'cookie', ...found };
  }

  /**
   * What a token allows; undefined where it is wrong, once the address has waited for that.
   *
   * @throws CodedError TOO_MANY_REQUESTS
   */
  async rightsOf(text: string, address: string): Promise<Rights | undefined> {
    const rights = await this.tries.look(text, address);
    if (rights) this.tokens.used(rights, address, Date.now());
    return rights;
  }

  /** Begins a session, for somebody who has shown the token. */
  begin({ id: token }: Rights, nowMs: number): Session {
    return { id: newSessionId(), token, untilMs: nowMs + HOLDS_MS };
  }

  /** The same session with a later end, once that is due. */
  renewed(session: Session, nowMs: number): Session | undefined {
    const isDue = session.untilMs - nowMs < HOLDS_MS - RENEW_AFTER_MS;
    return isDue ? { ...session, untilMs: nowMs + HOLDS_MS } : undefined;
  }

  /** What the cookie of a session holds. */
  cookieOf(session: Session): string {
    return this.seal?.seal(session) ?? '';
  }

  /** What the page of a session has to send with each change. */
  csrfOf(session: Session): string {
    return this.seal?.csrfOf(session) ?? '';
  }

  /** No cookie of the session holds any more, whoever has a copy of it. */
  async end({ id }: Session, nowMs: number): Promise<void> {
    await this.forgetEnded(nowMs);
    await this.ended.set(id, { until: new Date(nowMs + HOLDS_MS).toISOString() });
  }

  private sessionOf(cookies: string | undefined, nowMs: number): { session: Session; rights: Rights } | undefined {
    for (const value of cookieValues(cookies)) {
      const session = this.seal?.open(value, nowMs);
      if (!session || this.ended.has(session.id)) continue;
      const rights = this.tokens.rightsOf(session.token, nowMs);
      if (rights) return { session, rights };
    }
    return undefined;
  }

  private async forgetEnded(nowMs: number): Promise<void> {
    const over = [...this.ended.entries()].filter(([, { until }]) => Date.parse(until) < nowMs);
    for (const [id] of over) await this.ended.delete(id);
  }
}

/**
 * A change by cookie needs the word of the browser that a page of this server asks. Pages can't forge it, and a browser
 * that sends none is too old to keep `SameSite` either. Beside it stands what only such a page can have read.
 *
 * @param csrf what the page of the session was told
 * @throws CodedError `FORBIDDEN`
 */
export function checkCookieChange(headers: IncomingHttpHeaders, csrf: string): void {
  if (!isOwnPage(headers)) {
    throw new CodedError(
      'FORBIDDEN',
      'A change by cookie needs Sec-Fetch-Site: same-origin or an Origin of this server. Programs send the token: ' +
        'Authorization: Bearer <token>.',
    );
  }
  if (new BearerToken(csrf).is(String(headers['x-csrf-token'] ?? ''))) return;
  throw new CodedError(
    'FORBIDDEN',
    `A change by cookie needs the header X-CSRF-Token with what GET ${routes.session} tells as csrf.`,
  );
}

function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}
