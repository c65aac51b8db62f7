import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { routes } from '#domain';
import { z } from 'zod';

/** The OpenAPI document, generated from the schemas that check the requests. */
export function createOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Amberwatch')
    .setDescription('Usage of every process of every host, alerts and forecasts.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth()
    .build();
  return SwaggerModule.createDocument(app, config, {
    operationIdFactory: (_controller, method) => method,
    standardSchemaConverter: (schema, { schemaType }) => {
      const { $defs, definitions, ...converted } = z.toJSONSchema(schema as z.ZodType, {
        target: 'openapi-3.0',
        io: schemaType,
        unrepresentable: 'any',
      }) as Record<string, unknown>;
      return { schema: converted, components: ($defs ?? definitions) as Record<string, unknown> | undefined };
    },
  });
}

/** Serves the document and a page to browse it. */
export function serveOpenApi(app: NestFastifyApplication): void {
  SwaggerModule.setup(routes.docs, app, () => createOpenApi(app), {
    jsonDocumentUrl: routes.openapi,
    yamlDocumentUrl: '/api/openapi.yaml',
    customSiteTitle: 'Amberwatch API',
  });
}
