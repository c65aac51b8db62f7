import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';

/** What `Public` says of a route. */
export interface PublicRoute {
  public: true;
  /** Most bytes of a body, for strangers must not make the server unpack and parse; left out: it takes none. */
  mostBytes?: number;
}

/** Marks a route that never needs a token and tells nothing about any process. */
export function Public(body: Pick<PublicRoute, 'mostBytes'> = {}): MethodDecorator {
  const config: PublicRoute = { public: true, ...body };
  return applyDecorators(RouteConfig(config), ApiOperation({ summary: undefined, security: [] }));
}
