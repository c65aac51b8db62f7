import { setTimeout } from 'node:timers/promises';
import { Body, Controller, Delete, Get, Header, HttpCode, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, routes, sessionRequest, type SessionState, sessionState } from '#domain';
import { VERSION } from '#runtime';
import type { z } from 'zod';
import { Callers, checkCookieChange } from '../http/callers.js';
import { Public } from '../http/public.decorator.js';
import { Returns } from '../http/returns.decorator.js';
import { setCookie } from '../http/session-cookie.js';
import { SignInDelay } from './sign-in-delay.js';

/** A token of 4096 characters, each escaped in JSON, and what is around it. */
const MAX_BODY_BYTES = 32 * 1024;

/** How the page is let in: the token is sent once, and a cookie stands for it from then on. */
@ApiTags('session')
@Controller()
export class SessionController {
  private readonly delay = new SignInDelay();

  constructor(private readonly callers: Callers) {}

  @Get(routes.session)
  @Public()
  @Header('cache-control', 'no-store')
  @Returns(sessionState, 'What needs a token here, and whether the request carried one or a cookie that holds')
  state(@Req() { headers }: FastifyRequest): SessionState {
    const caller = this.callers.identify(headers, Date.now());
    if (caller.by !== 'cookie') return this.answer(caller.by === 'token');
    return this.answer(true, caller.session.untilMs);
  }

  @Put(routes.session)
  @HttpCode(200)
  @Public({ mostBytes: MAX_BODY_BYTES })
  @Header('cache-control', 'no-store')
  @Returns(
    sessionState,
    'The answer sets a cookie that counts as the token: `HttpOnly`, `SameSite=Strict`, for 30 days after its last use. ' +
      'Changes by cookie need `Sec-Fetch-Site: same-origin` or an `Origin` of this server. A wrong token makes the ' +
      'address wait',
  )
  async begin(
    @Body({ schema: sessionRequest }) { token }: z.infer<typeof sessionRequest>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionState> {
    if (this.callers.needed === 'none') return this.answer(false);
    await this.checkToken(token, request.ip);
    const nowMs = Date.now();
    const session = this.callers.begin(nowMs);
    void reply.header('set-cookie', setCookie(request, this.callers.cookieOf(session), session.untilMs - nowMs));
    return this.answer(true, session.untilMs);
  }

  @Delete(routes.session)
  @Public()
  @Header('cache-control', 'no-store')
  @Returns(sessionState, 'The session is over, for every copy of its cookie too, and the cookie is taken away')
  async end(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SessionState> {
    const nowMs = Date.now();
    const caller = this.callers.identify(request.headers, nowMs);
    if (caller.by === 'cookie') {
      checkCookieChange(request.headers);
      await this.callers.end(caller.session, nowMs);
    }
    void reply.header('set-cookie', setCookie(request, '', 0));
    return this.answer(false);
  }

  /** Whoever waits for the answer to one try may try again at once; who does not wait is refused. */
  private async checkToken(token: string, address: string): Promise<void> {
    const nowMs = Date.now();
    const leftMs = this.delay.left(address, nowMs);
    if (leftMs > 0) {
      const retryAfterSeconds = Math.ceil(leftMs / 1000);
      throw new CodedError('TOO_MANY_REQUESTS', 'The token was wrong just now. Wait a moment before the next try.', {
        retryAfterSeconds,
      });
    }
    if (this.callers.isToken(token)) {
      this.delay.succeeded(address);
      return;
    }
    this.delay.failed(address, nowMs);
    while (this.delay.left(address, Date.now()) > 0) await setTimeout(this.delay.left(address, Date.now()));
    throw new CodedError('UNAUTHORIZED', 'The token is wrong.');
  }

  private answer(signedIn: boolean, untilMs?: number): SessionState {
    const until = untilMs === undefined ? {} : { until: new Date(untilMs).toISOString() };
    return { needed: this.callers.needed, signedIn, ...until, version: VERSION };
  }
}
