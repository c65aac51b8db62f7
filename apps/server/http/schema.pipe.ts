import { type ArgumentMetadata, Logger, type PipeTransform } from '@nestjs/common';
import { CodedError, escapeInvisible } from '#domain';
import { Once, type Problem, readWritten } from '#runtime';
import type { z } from 'zod';
import { unknownKeys } from './unknown-keys.js';

/** Most problems of one request that are told. */
const MAX_PROBLEMS = 10;

/** Most unknown keys that one line of the log names. */
const MAX_NAMED = 5;

/**
 * Checks what a handler takes against the schema it names; what is wrong is told with the value and what would be right.
 * Nothing is stripped before, since names such as `__proto__` are values here. What the schema of a body leaves out is
 * counted, and said once.
 */
export class SchemaPipe implements PipeTransform {
  private readonly unknown = new Once((text) => new Logger('http').warn(text));

  /** @param count told how many keys were left out of a body */
  constructor(private readonly count: (leftOut: number) => void) {}

  transform(value: unknown, { schema, type }: ArgumentMetadata): unknown {
    if (schema === undefined) return value;
    // Every schema of ours is one of zod.
    const read = readWritten(schema as unknown as z.ZodType, value);
    if (read.problems) throw toError(read.problems);
    if (type === 'body') this.tell(unknownKeys(value, read.data));
    return read.data;
  }

  private tell(keys: string[]): void {
    if (keys.length === 0) return;
    this.count(keys.length);
    const named = [...new Set(keys)].slice(0, MAX_NAMED).map((key) => JSON.stringify(key.slice(0, 100)));
    this.unknown.warn(`Left out of what was sent, since this server does not know it: ${named.join(', ')}`);
  }
}

function toError(all: Problem[]): CodedError {
  const problems = all.slice(0, MAX_PROBLEMS).map(({ path, text }) => ({
    field: escapeInvisible(path.map((part) => String(part).slice(0, 100)).join('.')),
    problem: escapeInvisible(text),
  }));
  const [first] = problems;
  const more = all.length > 1 ? ` (and ${all.length - 1} more)` : '';
  const message = `${first?.field ? `${first.field}: ` : ''}${first?.problem ?? 'is not valid'}${more}`;
  return new CodedError('INVALID', message, { problems });
}
