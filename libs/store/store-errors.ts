import { dirname } from 'node:path';
import { CodedError } from '#domain';

/** The store can't be opened at all; the sentence is for whoever started the process. */
export class StoreOpenError extends Error {
  override name = 'StoreOpenError';
}

/** Another process has the file open. */
export class StoreLockedError extends StoreOpenError {
  override name = 'StoreLockedError';

  constructor(
    readonly file: string,
    /** Process that holds the file, if the system tells. */
    readonly pid: number | undefined,
    options?: ErrorOptions,
  ) {
    const holder = pid === undefined ? 'another process' : `process ${pid}`;
    super(`${file} is in use by ${holder}. Stop it, or set AMBERWATCH_DATA to another folder.`, options);
  }
}

/** A DuckDB file whose write-ahead log is damaged: what was written last, and has not been moved into the file yet. */
export class StoreDamagedError extends StoreOpenError {
  override name = 'StoreDamagedError';

  constructor(
    readonly file: string,
    options: { cause: unknown },
  ) {
    super(
      `Can't open ${file}, because its write-ahead log ${file}.wal is damaged. Run \`amberwatch repair --data ${dirname(file)}\`, ` +
        'which moves the log aside and says what is lost, or set AMBERWATCH_REPAIR=start to have that done at the start.',
      options,
    );
  }
}

/** The database is away, full or fails: the same request may succeed later. */
export function unavailable(sentence: string, cause?: unknown, retryAfterSeconds = 2): CodedError {
  return new CodedError('STORE_UNAVAILABLE', sentence, { retryAfterSeconds }, { cause });
}

/** What an error says, the message of its cause before its own; in one line, and without its class. */
export function reasonOf(error: unknown): string {
  const { message, cause } = (error ?? {}) as { message?: unknown; cause?: { message?: unknown } };
  return String(cause?.message || message || error).split('\n')[0] ?? '';
}

/**
 * True for a mistake in a program or in what it was given, such as a time that is no number: the same request will not
 * succeed later. `fetch` throws a TypeError for a network that fails, with a cause.
 */
export function isFault(error: unknown): boolean {
  const { name, cause } = (error ?? {}) as { name?: string; cause?: unknown };
  return cause === undefined && ['TypeError', 'RangeError', 'ReferenceError', 'SyntaxError'].includes(name ?? '');
}

/** In a word what a database answered to what failed: its status, or `none`; for a metric, so that there are few. */
export function answerOf(error: unknown): string {
  const { cause } = (error ?? {}) as { cause?: { status?: unknown } };
  return typeof cause?.status === 'number' ? String(cause.status) : 'none';
}
