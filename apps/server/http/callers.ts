import type { IncomingHttpHeaders } from 'node:http';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { CodedError, isoTime, type SessionState } from '#domain';
import { BearerToken, isForeignPage, isOwnPage } from '#runtime';
import { StateMap, StateStore } from '#store';
import { z } from 'zod';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { CookieSeal, cookieValues, newSessionId, type Session } from './session-cookie.js';

/** How long a cookie holds that is not used; one that is in use is renewed when it is a day old. */
const HOLDS_MS = 30 * 86_400_000;
const RENEW_AFTER_MS = 86_400_000;
/** Far more than anybody ends in the time for which a cookie holds. */
const MAX_ENDED = 10_000;

/** A session that somebody ended before its cookie does. */
const endedSession = z.object({ until: isoTime });

/** Who asks: somebody with the token, a page with a cookie for it, somebody with a wrong token, or nobody known. */
export type Caller = { by: 'token' | 'wrong token' | 'nobody' } | { by: 'cookie'; session: Session };

/** Knows callers by the token or by a cookie that was given for it. */
@Injectable()
export class Callers implements OnModuleInit {
  /** What needs a token here. */
  readonly needed: SessionState['needed'];
  private readonly token?: BearerToken;
  private readonly seal?: CookieSeal;
  private ended!: StateMap<z.infer<typeof endedSession>>;

  constructor(
    private readonly state: StateStore,
    @Inject(SETTINGS) { AMBERWATCH_TOKEN: token, AMBERWATCH_READS: reads }: ServerSettings,
  ) {
    this.needed = token === undefined ? 'none' : reads === 'open' ? 'writes' : 'all';
    if (token === undefined) return;
    this.token = new BearerToken(token);
    this.seal = new CookieSeal(token);
  }

  async onModuleInit(): Promise<void> {
    const bound = { most: MAX_ENDED, lastUsed: ({ until }: { until: string }) => until };
    this.ended = await StateMap.load(this.state, { prefix: 'ended-session/', schema: endedSession, bound });
    await this.forgetEnded(Date.now());
  }

  isToken(text: string): boolean {
    return this.token?.is(text) ?? false;
  }

  /** A token decides where there is one. A cookie counts unless a page of another site made the browser send it. */
  identify(headers: IncomingHttpHeaders, nowMs: number): Caller {
    const given = this.token?.check(headers.authorization) ?? 'missing';
    if (given !== 'missing') return { by: given === 'right' ? 'token' : 'wrong token' };
    const session = isForeignPage(headers) ? undefined : this.sessionOf(headers.cookie, nowMs);
    return session ? { by: 'cookie', session } : { by: 'nobody' };
  }

  /** Begins a session, for somebody who has shown the token. */
  begin(nowMs: number): Session {
    return { id: newSessionId(), untilMs: nowMs + HOLDS_MS };
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

  /** No cookie of the session holds any more, whoever has a copy of it. */
  async end({ id }: Session, nowMs: number): Promise<void> {
    await this.forgetEnded(nowMs);
    await this.ended.set(id, { until: new Date(nowMs + HOLDS_MS).toISOString() });
  }

  private sessionOf(cookies: string | undefined, nowMs: number): Session | undefined {
    for (const value of cookieValues(cookies)) {
      const session = this.seal?.open(value, nowMs);
      if (session && !this.ended.has(session.id)) return session;
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
 * that sends none is too old to keep `SameSite` either.
 *
 * @throws CodedError `FORBIDDEN`
 */
export function checkCookieChange(headers: IncomingHttpHeaders): void {
  if (isOwnPage(headers)) return;
  throw new CodedError(
    'FORBIDDEN',
    'A change by cookie needs Sec-Fetch-Site: same-origin or an Origin of this server. Programs send the token: ' +
      'Authorization: Bearer <token>.',
  );
}
