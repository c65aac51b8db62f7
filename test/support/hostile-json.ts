import fc from 'fast-check';

/** As much of an OpenAPI schema as is needed to make values that fit it, nearly. */
export interface JsonSchema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  pattern?: string;
  format?: string;
  nullable?: boolean;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
}

/** Texts that broke something somewhere before. */
const oddText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.constantFrom(
    '\ud800',
    'a\udc80b',
    '__proto__',
    'constructor',
    'toString',
    '\0',
    'a\nb\r\u001b[2J',
    '\u202e\ufeff',
    '',
    ' ',
    '.',
    '..',
    '../..',
    'a/b',
    '%2f',
    '%',
    '\\',
    '"',
    "'; DROP TABLE samples; --",
    ',=" ',
    '#domain',
    '127.0.0.1',
    '10-0-0-7',
    'x'.repeat(255),
    'x'.repeat(256),
    'x'.repeat(100_000),
    '😀'.repeat(255),
    '<script>alert(1)</script>',
  ),
);

const text = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom('nginx', 'web-1', 'a b,c="d"', '__proto__', 'a\nb', '😀', '#') },
  { weight: 2, arbitrary: oddText },
);

const now = () => Date.now();
const oddTime = fc.constantFrom(
  '2026-02-31T00:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999Z',
  '1970-01-01T00:00:00Z',
  'now',
);
const time = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: -600_000, max: 660_000 }).map((ms) => new Date(now() + ms).toISOString()) },
  { weight: 1, arbitrary: oddTime },
);

const address = fc.oneof(
  { weight: 6, arbitrary: fc.webUrl({ withFragments: true, withQueryParameters: true }) },
  { weight: 1, arbitrary: text },
);

const extreme = fc.constantFrom<unknown>(
  1e308,
  1.7976931348623157e308,
  -1e308,
  5e-324,
  -0,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  1e21,
  1e12,
  0.1,
  -1,
);

/** What fits no schema: another type, or nested, or with keys that mean something to the language. */
const misfit = fc.oneof(
  fc.constantFrom<unknown>(null, true, [], {}, '', 0, [[[[]]]], '1e999'),
  extreme,
  text,
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom(10, 30, 40).map((depth) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown),
  text.map((key) => Object.fromEntries([[key, { [key]: 1 }]])),
);

/**
 * JSON values that fit a schema for the most part, so that they pass the edge and reach what is behind it, with hostile
 * texts, extreme numbers, odd times and, here and there, something that doesn't fit at all.
 */
export function nearly(schema: JsonSchema, schemas: Record<string, JsonSchema>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 60, arbitrary: fitting(schema, schemas) }, { weight: 1, arbitrary: misfit });
}

function fitting(schema: JsonSchema, schemas: Record<string, JsonSchema>): fc.Arbitrary<unknown> {
  if (schema.$ref) return fitting(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {}, schemas);
  if (schema.nullable === true) {
    return fc.oneof(fc.constant(null), fitting({ ...schema, nullable: false }, schemas));
  }
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map((one) => fitting(one, schemas)));
  if (schema.enum) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return objectOf(schema, schemas);
    case 'array':
      return fc.array(nearly(schema.items ?? {}, schemas), { minLength: schema.minItems ?? 0, maxLength: 2 });
    case 'boolean':
      return fc.boolean();
    case 'string':
      if (schema.pattern?.includes('T')) return time;
      if (schema.format === 'uri') return address;
      return schema.pattern === undefined ? text : fc.stringMatching(/^[a-z]{8,20}$/);
    case 'integer':
      return fc.oneof(
        { weight: 6, arbitrary: fc.integer({ min: Math.max(schema.minimum ?? 0, 0), max: schema.maximum ?? 2 ** 40 }) },
        { weight: 1, arbitrary: extreme },
      );
    case 'number': {
      const [min, max] = [schema.minimum ?? -1e300, schema.maximum ?? 1e308];
      return fc.oneof(
        { weight: 6, arbitrary: fc.oneof(fc.double({ min, max, noNaN: true }), fc.constantFrom(min, max)) },
        { weight: 1, arbitrary: extreme },
      );
    }
    default:
      return misfit;
  }
}

/** Required keys nearly always, others now and then, and sometimes keys that no schema names. */
function objectOf(schema: JsonSchema, schemas: Record<string, JsonSchema>): fc.Arbitrary<unknown> {
  const named = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const required = schema.required?.includes(key) === true;
    const there = fc.integer({ min: 0, max: 99 }).map((dice) => dice < (required ? 98 : 60));
    return fc.tuple(fc.constant(key), nearly(value, schemas), there);
  });
  const free = typeof schema.additionalProperties === 'object' ? nearly(schema.additionalProperties, schemas) : misfit;
  const odds = schema.additionalProperties === false ? 4 : 50;
  const more = fc.tuple(
    text,
    free,
    fc.integer({ min: 0, max: 99 }).map((dice) => dice < odds),
  );
  return fc
    .tuple(fc.tuple(...named), more)
    .map(([members, extra]) =>
      Object.fromEntries([...members, extra].filter(([, , there]) => there).map(([key, value]) => [key, value])),
    );
}
