import { type ArgumentMetadata, Logger, StandardSchemaValidationPipe } from '@nestjs/common';
import { CodedError } from '#domain';
import { Once } from '#runtime';
import { unknownKeys } from './unknown-keys.js';

/** Most problems of one request that are told. */
const MAX_ISSUES = 10;

type Issues = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0];

/** Most unknown keys that one line of the log names. */
const MAX_NAMED = 5;

/**
 * Checks what a handler takes against the schema it names. Nothing is stripped before, since names such as `__proto__`
 * are values here. What the schema of a body leaves out is counted, and said once.
 */
export class SchemaPipe extends StandardSchemaValidationPipe {
  private readonly unknown = new Once((text) => new Logger('http').warn(text));

  /** @param count told how many keys were left out of a body */
  constructor(private readonly count: (leftOut: number) => void) {
    super({ exceptionFactory: toError });
  }

  override async transform<Value>(value: Value, metadata: ArgumentMetadata): Promise<Value> {
    const taken = await super.transform(value, metadata);
    if (metadata.type === 'body') this.tell(unknownKeys(value, taken));
    return taken;
  }

  protected override stripProtoKeys(): void {}

  private tell(keys: string[]): void {
    if (keys.length === 0) return;
    this.count(keys.length);
    const named = [...new Set(keys)].slice(0, MAX_NAMED).map((key) => JSON.stringify(key.slice(0, 100)));
    this.unknown.warn(`Left out of what was sent, since this server does not know it: ${named.join(', ')}`);
  }
}

function toError(issues: Issues): CodedError {
  const problems = issues.slice(0, MAX_ISSUES).map((issue) => ({
    field: (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part)).join('.'),
    problem: issue.message,
  }));
  const [first] = problems;
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : '';
  const message = `${first?.field ? `${first.field}: ` : ''}${first?.problem ?? 'is not valid'}${more}`;
  return new CodedError('INVALID', message, { problems });
}
