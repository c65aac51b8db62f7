import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { routes } from '#domain';
import { z } from 'zod';

type Schema = Record<string, unknown>;
const DOCS_POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; object-src 'none'";
const methods = ['get', 'put', 'post', 'delete'] as const;

/** The OpenAPI document, generated from the schemas that check the requests. */
export function createOpenApi(app: NestFastifyApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setTitle('Amberwatch')
    .setDescription('Usage of every process of every host, alerts and forecasts.')
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth(
      {
        type: 'http',
        scheme: 'bearer',
        bearerFormat: 'opaque',
        description: 'AMBERWATCH_TOKEN of the server, or a token that was made there',
      },
      'bearer',
    )
    .addCookieAuth(
      'amberwatch',
      { type: 'apiKey', description: 'What `PUT /api/v1/session` sets for the token' },
      'cookie',
    )
    .build();
  const known = new Map<string, string>();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) =>
      `${controller.charAt(0).toLowerCase()}${controller.slice(1).replace(/Controller$/, '')}_${method}`,
    standardSchemaConverter: (schema) => {
      // A schema that goes in and comes out is one component. As it goes in, what has a default may be left out, which
      // is true of both.
      const { $defs, definitions, ...converted } = z.toJSONSchema(schema as z.ZodType, {
        target: 'openapi-3.0',
        io: 'input',
        unrepresentable: 'any',
      }) as Schema;
      const components = ($defs ?? definitions) as Schema | undefined;
      for (const [id, component] of Object.entries(components ?? {})) {
        const text = JSON.stringify(component);
        if ((known.get(id) ?? text) !== text) throw new Error(`Two different schemas have the id ${id}.`);
        known.set(id, text);
      }
      return { schema: converted, components };
    },
  });
  requireToken(document);
  const schemas = (document.components?.schemas ?? {}) as Record<string, Schema>;
  document.components = { ...document.components, schemas: flatten(schemas, schemas) as never };
  document.paths = flatten(document.paths, schemas) as OpenAPIObject['paths'];
  return document;
}

/** Where a token is set every route needs it but those that are public, which say so themselves. */
function requireToken({ paths }: OpenAPIObject): void {
  for (const path of Object.values(paths)) {
    for (const method of methods) {
      const operation = path[method];
      if (operation) operation.security ??= [{ bearer: [] }, { cookie: [] }];
    }
  }
}

/**
 * `allOf` of a single reference, which is how a reference gets a description or a `nullable`, becomes what generators
 * understand: the reference alone or, where it may be null, the schema itself. So does `anyOf` of schemas that are all the
 * same, which is how a pair is written.
 */
function flatten(value: unknown, schemas: Record<string, Schema>): unknown {
  if (Array.isArray(value)) return value.map((one) => flatten(one, schemas));
  if (typeof value !== 'object' || value === null) return value;
  const { allOf, ...rest } = value as Schema;
  if (Array.isArray(rest['anyOf']) && new Set(rest['anyOf'].map((one) => JSON.stringify(one))).size === 1) {
    const { anyOf, ...others } = rest;
    return flatten({ ...(anyOf as Schema[])[0], ...others }, schemas);
  }
  const [only, second] = Array.isArray(allOf) ? (allOf as Schema[]) : [];
  const reference = second === undefined ? only?.['$ref'] : undefined;
  if (typeof reference === 'string') {
    if (rest['nullable'] !== true) return { $ref: reference };
    return flatten({ ...schemas[reference.split('/').at(-1) ?? ''], ...rest }, schemas);
  }
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, flatten(part, schemas)]));
}

/** Serves the document and a page to browse it, which is Swagger UI's: it writes styles and holds pictures as `data:`. */
export function serveOpenApi(app: NestFastifyApplication): void {
  const instance: FastifyInstance = app.getHttpAdapter().getInstance();
  instance.addHook('onRequest', ({ routeOptions: { url = '' } }, reply, done) => {
    if (url === routes.docs || url.startsWith(`${routes.docs}/`)) {
      void reply.header('content-security-policy', DOCS_POLICY);
    }
    done();
  });
  SwaggerModule.setup(routes.docs, app, () => createOpenApi(app), {
    jsonDocumentUrl: routes.openapi,
    yamlDocumentUrl: '/api/openapi.yaml',
    customSiteTitle: 'Amberwatch API',
  });
}
