import type { CustomDecorator } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { TokenKind } from '#domain';

/** What `Needs` says of a route. */
export interface RouteNeed {
  needs: TokenKind;
}

/**
 * The kind of token that a route takes, beside that of an admin, where it is not what its method says: GET takes one to
 * read, every change one of an admin. A route that takes one to write has to `checkMayWrite` what it was sent.
 */
export function Needs(kind: TokenKind): CustomDecorator {
  return RouteConfig({ needs: kind } satisfies RouteNeed);
}
