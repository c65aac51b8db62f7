import { StandardSchemaValidationPipe } from '@nestjs/common';
import { CodedError } from '#domain';

/** Most problems of one request that are told. */
const MAX_ISSUES = 10;

type Issues = Parameters<
  NonNullable<NonNullable<ConstructorParameters<typeof StandardSchemaValidationPipe>[0]>['exceptionFactory']>
>[0];

/**
 * Checks what a handler takes against the schema it names. Nothing is stripped before: the schemas refuse unknown keys,
 * and names such as `__proto__` are values here.
 */
export class SchemaPipe extends StandardSchemaValidationPipe {
  constructor() {
    super({ exceptionFactory: toError });
  }

  protected override stripProtoKeys(): void {}
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
