import { createHash, timingSafeEqual } from 'node:crypto';
import { type CanActivate, type ExecutionContext, Inject, Injectable, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { CodedError } from '#domain';
import { isLoopback, SETTINGS, type ServerSettings } from '../server.config.js';

const PUBLIC = 'amberwatch:public';

/** Marks a route that never needs a token and tells nothing about any process. */
export const Public = () => SetMetadata(PUBLIC, true);

const reads = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Writes need the token where one is set; reads do too unless they are open. */
@Injectable()
export class TokenGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor(
    private readonly reflector: Reflector,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {
    this.expected = settings.AMBERWATCH_TOKEN === undefined ? undefined : digest(settings.AMBERWATCH_TOKEN);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()])) return true;
    if (!this.expected) return this.checkHost(request);
    if (this.settings.AMBERWATCH_READS === 'open' && reads.has(request.method)) return true;
    const given = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    if (given !== undefined && timingSafeEqual(digest(given), this.expected)) return true;
    throw new CodedError(
      'UNAUTHORIZED',
      given === undefined ? 'A token is needed: Authorization: Bearer <token>.' : 'The token is wrong.',
    );
  }

  /**
   * Without a token the server listens on loopback only, and a page of another site could still reach it by a name that
   * resolves to 127.0.0.1 (DNS rebinding). So the name in `Host` must be one of this machine's own.
   */
  private checkHost(request: FastifyRequest): boolean {
    if (isLoopback(request.hostname.replace(/^\[|\]$/g, ''))) return true;
    throw new CodedError(
      'FORBIDDEN',
      `Without AMBERWATCH_TOKEN the server answers to localhost and 127.0.0.1 only, not to "${request.hostname.slice(0, 100)}".`,
    );
  }
}

/** Both sides hashed have one length, so that comparing them tells nothing. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
