import {
  applyDecorators,
  HttpCode,
  SerializeOptions,
  StandardSchemaSerializerInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiResponse } from '@nestjs/swagger';
import { errorReply } from '#domain';
import type { z } from 'zod';

/** States what a handler answers: documented in OpenAPI and checked before it leaves. */
export function Returns(schema: z.ZodType, description: string): MethodDecorator {
  return applyDecorators(
    Documents(schema, description),
    SerializeOptions({ schema }),
    UseInterceptors(StandardSchemaSerializerInterceptor),
  );
}

/** States what a handler answers without checking it, for answers that are already text. */
export function Documents(schema: z.ZodType, description: string): MethodDecorator {
  return applyDecorators(ApiOkResponse({ standardSchema: schema, description }), sumsUp(description));
}

/** States that a handler answers text of a media type that is not JSON. */
export function DocumentsText(mediaType: string, description: string): MethodDecorator {
  const content = { [mediaType]: { schema: { type: 'string' as const } } };
  return applyDecorators(ApiOkResponse({ content, description }), sumsUp(description));
}

/** States that a handler answers 204 and nothing else. */
export function ReturnsNothing(description: string): MethodDecorator {
  return applyDecorators(HttpCode(204), ApiNoContentResponse({ description }), sumsUp(description));
}

function sumsUp(summary: string): MethodDecorator {
  const error = { standardSchema: errorReply, description: 'What went wrong; see docs/errors.md' };
  return applyDecorators(
    ApiOperation({ summary }),
    ApiResponse({ status: '4XX', ...error }),
    ApiResponse({ status: '5XX', ...error }),
  );
}
