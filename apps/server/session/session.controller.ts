import { Body, Controller, Delete, Get, Header, HttpCode, Put, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, routes, sessionRequest, type SessionState, sessionState } from '#domain';
import { VERSION } from '#runtime';
import type { z } from 'zod';
import { Callers, checkCookieChange } from './callers.js';
import { Public } from '../http/public.decorator.js';
import { Returns } from '../http/returns.decorator.js';
import { type Session, setCookie } from '../http/session-cookie.js';
import type { Rights } from '../http/request-rights.js';

/** A token of 4096 characters, each escaped in JSON, and what is around it. */
const MAX_BODY_BYTES = 32 * 1024;

/** How the page is let in: the token is sent once, and a cookie stands for it from then on. */
@ApiTags('session')
@Controller()
export class SessionController {
  constructor(private readonly callers: Callers) {}

  @Get(routes.session)
  @Public()
  @Header('cache-control', 'no-store')
  @Returns(sessionState, 'What needs a token here, and whether the request carried one or a cookie that holds')
  async state(@Req() request: FastifyRequest): Promise<SessionState> {
    const caller = await this.callers.identify(request);
    if (caller.by !== 'cookie') return this.answer(caller.by === 'token');
    return { ...this.answer(true), ...this.told(caller.session, caller.rights) };
  }

  @Put(routes.session)
  @HttpCode(200)
  @Public({ mostBytes: MAX_BODY_BYTES })
  @Header('cache-control', 'no-store')
  @Returns(
    sessionState,
    'The answer sets a cookie that counts as the token, of an admin or to read: `HttpOnly`, `SameSite=Strict`, for 30 ' +
      'days after its last use, and until its token is revoked. Changes by cookie need `Sec-Fetch-Site: same-origin` or ' +
      'an `Origin` of this server, and `csrf` of this answer as `X-CSRF-Token`. A wrong token makes the address wait',
  )
  async begin(
    @Body({ schema: sessionRequest }) { token }: z.infer<typeof sessionRequest>,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionState> {
    if (this.callers.needed === 'none') return this.answer(false);
    const rights = await this.callers.rightsOf(token, request.ip);
    if (!rights) throw new CodedError('UNAUTHORIZED', 'The token is wrong, or it has ended.');
    if (rights.kind !== 'admin' && rights.kind !== 'read') {
      throw new CodedError('FORBIDDEN', `Nobody signs in with a token of the kind ${rights.kind}.`);
    }
    const nowMs = Date.now();
    const session = this.callers.begin(rights, nowMs);
    void reply.header('set-cookie', setCookie(request, this.callers.cookieOf(session), session.untilMs - nowMs));
    return { ...this.answer(true), ...this.told(session, rights) };
  }

  @Delete(routes.session)
  @Public()
  @Header('cache-control', 'no-store')
  @Returns(sessionState, 'The session is over, for every copy of its cookie too, and the cookie is taken away')
  async end(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SessionState> {
    const caller = await this.callers.identify(request);
    if (caller.by === 'cookie') {
      checkCookieChange(request.headers, this.callers.csrfOf(caller.session));
      await this.callers.end(caller.session, Date.now());
    }
    void reply.header('set-cookie', setCookie(request, '', 0));
    return this.answer(false);
  }

  private told(session: Session, { kind }: Rights): Partial<SessionState> {
    return {
      rights: kind === 'admin' ? 'admin' : 'read',
      until: new Date(session.untilMs).toISOString(),
      csrf: this.callers.csrfOf(session),
    };
  }

  private answer(signedIn: boolean): SessionState {
    return { needed: this.callers.needed, signedIn, version: VERSION };
  }
}
