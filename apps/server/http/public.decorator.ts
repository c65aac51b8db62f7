import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiOperation } from '@nestjs/swagger';

/** Marks a route that never needs a token and tells nothing about any process. */
export function Public(): MethodDecorator {
  return applyDecorators(RouteConfig({ public: true }), ApiOperation({ summary: undefined, security: [] }));
}
