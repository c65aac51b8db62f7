import {
  applyDecorators,
  SerializeOptions,
  StandardSchemaSerializerInterceptor,
  UseInterceptors,
} from '@nestjs/common';
import { ApiDefaultResponse, ApiOkResponse } from '@nestjs/swagger';
import { errorReply } from '#domain';
import type { z } from 'zod';

/** States what a handler answers: documented in OpenAPI and checked before it leaves. */
export function Returns(schema: z.ZodType, description = 'Done'): MethodDecorator {
  return applyDecorators(
    Documents(schema, description),
    SerializeOptions({ schema }),
    UseInterceptors(StandardSchemaSerializerInterceptor),
  );
}

/** States what a handler answers without checking it, for answers that are already text. */
export function Documents(schema: z.ZodType | undefined, description = 'Done'): MethodDecorator {
  return applyDecorators(
    ApiOkResponse(schema ? { standardSchema: schema, description } : { description }),
    ApiDefaultResponse({ standardSchema: errorReply, description: 'What went wrong; see docs/errors.md' }),
  );
}
