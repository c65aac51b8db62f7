import { Body, Controller, Delete, Get, Header, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import {
  enrolment,
  madeToken,
  newToken,
  routes,
  tokenPage,
  tokensQuery,
  type Enrolment,
  type MadeToken,
  type NewToken,
  type TokenPage,
} from '#domain';
import { z } from 'zod';
import { Needs } from '../http/needs.decorator.js';
import { pageOf } from '../http/page.js';
import { rightsOf } from '../http/request-rights.js';
import { Returns, ReturnsNothing } from '../http/returns.decorator.js';
import { Enrolments } from './enrolments.js';
import { Tokens } from './tokens.js';

const id = z.string().min(1).max(80);

/** Who may do what: every change is in force with its answer. */
@ApiTags('tokens')
@Controller()
export class TokensController {
  constructor(
    private readonly tokens: Tokens,
    private readonly enrolments: Enrolments,
  ) {}

  @Get(routes.tokens)
  @Needs('admin')
  @Header('cache-control', 'no-store')
  @Returns(tokenPage, 'Every token, by id, without its text; those that ran out stay for 30 days')
  list(@Query({ schema: tokensQuery }) query: z.infer<typeof tokensQuery>): TokenPage {
    const page = pageOf(this.tokens.list(Date.now()), query, (token) => token.id);
    return { tokens: page.entries, next: page.next };
  }

  @Post(routes.tokens)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Returns(madeToken, 'A new token, whose text is shown in this answer alone')
  create(@Body({ schema: newToken }) body: NewToken): Promise<MadeToken> {
    return this.tokens.create(body, Date.now());
  }

  @Post(routes.tokenRenewal)
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Returns(madeToken, 'A new secret for the same rights; the one before goes on for 10 minutes')
  renew(@Param('id', { schema: id }) name: string): Promise<MadeToken> {
    return this.tokens.renew(name, Date.now());
  }

  @Delete(routes.token)
  @ReturnsNothing('The token, its secret before a renewal and the sessions that were begun with it end now')
  revoke(@Param('id', { schema: id }) name: string): Promise<void> {
    return this.tokens.revoke(name);
  }

  @Post(routes.enrol)
  @Needs('enrolment')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Returns(
    madeToken,
    'For an enrolment token, a write token of this host alone; the one that the host got before goes on for 10 minutes',
  )
  enrol(@Body({ schema: enrolment }) { host }: Enrolment, @Req() request: FastifyRequest): Promise<MadeToken> {
    return this.enrolments.enrol(rightsOf(request), host, Date.now());
  }
}
