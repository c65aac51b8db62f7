import { z } from 'zod';

/**
 * The catalogue of everything that can go wrong on a route: HTTP status, whether the same request may succeed later,
 * and what it means. `docs/errors.md` is tested against it.
 */
export const errorCatalogue = {
  INVALID: {
    status: 400,
    retryable: false,
    meaning: 'A value is missing or wrong; the message names field and value. Nothing was written.',
  },
  CLOCK_AHEAD: {
    status: 400,
    retryable: false,
    meaning: 'A time lies over 10 minutes ahead; `details.serverTime` is the clock of the server.',
  },
  UNAUTHORIZED: {
    status: 401,
    retryable: false,
    meaning: 'The token is missing or wrong, or it has ended. Send `Authorization: Bearer <token>`.',
  },
  FORBIDDEN: {
    status: 403,
    retryable: false,
    meaning: 'The request is not allowed from where it comes, or with this token.',
  },
  NOT_FOUND: { status: 404, retryable: false, meaning: 'There is no such route or thing.' },
  METHOD_NOT_ALLOWED: { status: 405, retryable: false, meaning: 'The route exists, but not for this method.' },
  REQUEST_TIMEOUT: { status: 408, retryable: true, meaning: 'The request did not arrive whole in time.' },
  CURSOR_GONE: {
    status: 410,
    retryable: false,
    meaning: 'The cursor is unknown or too old. Catch up from the history, then follow again.',
  },
  TOO_LARGE: { status: 413, retryable: false, meaning: 'The body is larger than 16 MB.' },
  UNSUPPORTED_TYPE: {
    status: 415,
    retryable: false,
    meaning: 'The content type or encoding is none that this route takes.',
  },
  TLS_REQUIRED: { status: 426, retryable: false, meaning: 'This port speaks TLS. Use `https://`.' },
  TOO_MANY_REQUESTS: {
    status: 429,
    retryable: true,
    meaning: 'Too many requests at once. Wait as `Retry-After` says.',
  },
  HEADERS_TOO_LARGE: { status: 431, retryable: false, meaning: 'The header, path included, is larger than 16 kB.' },
  INTERNAL: { status: 500, retryable: true, meaning: "A fault of the server's own; its log has the cause." },
  STORE_UNAVAILABLE: {
    status: 503,
    retryable: true,
    meaning: 'The database is away or full. Wait as `Retry-After` says; nothing was acknowledged.',
  },
} as const satisfies Record<string, { status: number; retryable: boolean; meaning: string }>;

export type ErrorCode = keyof typeof errorCatalogue;

export const errorReply = z
  .strictObject({
    statusCode: z.int(),
    code: z.enum(Object.keys(errorCatalogue) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    details: z.unknown().optional(),
  })
  .meta({ id: 'Error' });
export type ErrorReply = z.infer<typeof errorReply>;

/** An expected failure, with its code of the catalogue; the message names the offending value. */
export class CodedError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'CodedError';
  }

  get status(): number {
    return errorCatalogue[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalogue[this.code].retryable;
  }
}
