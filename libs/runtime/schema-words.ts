import type { z } from 'zod';

/** What this page reads of a zod schema's definition; each kind has some of it. */
interface Definition {
  type: string;
  innerType?: z.ZodType;
  getter?: () => z.ZodType;
  in?: z.ZodType;
  out?: z.ZodType;
  element?: z.ZodType;
  valueType?: z.ZodType;
  shape?: Record<string, z.ZodType>;
  options?: z.ZodType[];
  entries?: Record<string, string | number>;
  values?: unknown[];
  catchall?: z.ZodType;
}

const wrappers = new Set(['optional', 'nullable', 'default', 'prefault', 'nonoptional', 'readonly', 'catch', 'lazy']);

const definitionOf = (schema: z.ZodType) => schema.def as unknown as Definition;

/** The schema itself, without what says only that it may be left out or is changed afterwards. */
function unwrap(schema: z.ZodType): z.ZodType {
  const definition = definitionOf(schema);
  if (wrappers.has(definition.type)) {
    const inner = definition.innerType ?? definition.getter?.();
    return inner ? unwrap(inner) : schema;
  }
  if (definition.type !== 'pipe' || !definition.in || !definition.out) return schema;
  const into = unwrap(definition.out);
  const from = unwrap(definition.in);
  // A text that becomes a number is described as that number, and what comes through a transformation as what goes in.
  return definitionOf(into).type === 'number' || definitionOf(from).type === 'transform' ? into : from;
}

/** The schema of what stands at a path; undefined where the schema says nothing of it. */
export function schemaAt(schema: z.ZodType, path: readonly (string | number)[]): z.ZodType | undefined {
  let at: z.ZodType | undefined = unwrap(schema);
  for (const part of path) {
    at = child(at, part);
    if (at === undefined) return undefined;
    at = unwrap(at);
  }
  return at;
}

function child(schema: z.ZodType, part: string | number): z.ZodType | undefined {
  const { type, shape = {}, catchall, element, valueType, options = [] } = definitionOf(schema);
  if (type === 'object') return Object.hasOwn(shape, part) ? shape[part] : catchall;
  if (type === 'array') return element;
  if (type === 'record') return valueType;
  return options.map((option) => child(unwrap(option), part)).find((found) => found !== undefined);
}

/** The keys that an object may have. */
export function keysOf(schema: z.ZodType | undefined): string[] {
  if (schema === undefined) return [];
  const { shape = {}, options = [] } = definitionOf(unwrap(schema));
  return [...new Set([...Object.keys(shape), ...options.flatMap(keysOf)])];
}

/** What may stand in a place, such as `a number from 0 to 100`. */
export function describeSchema(schema: z.ZodType | undefined): string {
  if (schema === undefined) return 'nothing';
  const at = unwrap(schema);
  const definition = definitionOf(at);
  switch (definition.type) {
    case 'number':
      return numberWords(at as z.ZodNumber);
    case 'string':
      return textWords(at as z.ZodString);
    case 'boolean':
      return 'true or false';
    case 'literal':
      return (definition.values ?? []).map(String).join(' or ');
    case 'enum':
      return `one of ${Object.values(definition.entries ?? {}).join(', ')}`;
    case 'array':
      return 'a list';
    case 'object':
      return `a block with the keys ${keysOf(at).join(', ')}`;
    case 'record':
      return 'a block of names and values';
    case 'union':
      return [...new Set((definition.options ?? []).map(describeSchema))].join(', or ');
    default:
      return 'another value';
  }
}

function numberWords({ minValue, maxValue, isInt }: z.ZodNumber): string {
  const bound = (value: number | null) =>
    value === null || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? undefined : value;
  return `a ${isInt ? 'whole ' : ''}number${range(bound(minValue), bound(maxValue))}`;
}

function textWords({ minLength, maxLength, format }: z.ZodString): string {
  if (format !== null) return `a text of the form ${format}`;
  const [from, to] = [minLength ?? undefined, maxLength ?? undefined];
  if (from === undefined && to === undefined) return 'a text';
  return `a text of ${range(from ?? 0, to).replace(/^ (from|of) /, '')} characters`;
}

function range(from: number | undefined, to: number | undefined): string {
  if (from !== undefined && to !== undefined) return ` from ${from} to ${to}`;
  if (from !== undefined) return ` of ${from} or more`;
  return to === undefined ? '' : ` of ${to} or less`;
}
