import { mkdir } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import {
  BIGINT,
  DOUBLE,
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { CodedError } from '#domain';
import {
  isFault,
  reasonOf,
  StoreDamagedError,
  StoreLockedError,
  StoreOpenError,
  unavailable,
} from '../store-errors.js';

/** Connections for reads, next to the writer's. DuckDB runs one query at a time on each. */
const READERS = 2;
/** Reads that may wait for a connection; beyond it they are refused. */
const MAX_WAITING_READS = 500;

/** Files that this process has open: DuckDB's lock is per process and would let a second instance in. */
const openFiles = new Set<string>();

export type SqlParameter = string | number | bigint | string[];

export interface Query {
  sql: string;
  parameters?: SqlParameter[];
}

export interface DuckDbFileOptions {
  /** Upper bound of DuckDB's own memory, such as `512MB`; what does not fit spills to disk. */
  memoryLimit?: string;
  /** Size of the write-ahead log at which a commit moves it into the file, such as `64MB`. */
  checkpointThreshold?: string;
  /**
   * Run on the writer's connection each time the file is opened, before anything else. Resolves with what frees its
   * appenders and statements, without writing what is still in them.
   */
  prepare: (writer: DuckDBConnection) => Promise<() => void>;
}

/** Runs jobs on one connection one after another, until it is closed. */
class Lane {
  waiting = 0;
  /** Frees what others have prepared on the connection. */
  release: () => void = () => undefined;
  private closed = false;
  private tail: Promise<unknown> = Promise.resolve();
  private readonly statements = new Map<string, DuckDBPreparedStatement>();

  constructor(readonly connection: DuckDBConnection) {}

  /** Resolves with undefined if the connection was closed before the job's turn came. */
  run<Result>(job: () => Promise<Result>): Promise<{ result: Result } | undefined> {
    this.waiting++;
    const outcome = this.tail
      .then(async () => (this.closed ? undefined : { result: await job() }))
      .finally(() => this.waiting--);
    this.tail = outcome.catch(() => undefined);
    return outcome;
  }

  idle(): Promise<unknown> {
    return this.tail;
  }

  async query<Row>(sql: string, parameters: SqlParameter[]): Promise<Row[]> {
    let statement = this.statements.get(sql);
    if (!statement) this.statements.set(sql, (statement = await this.connection.prepare(sql)));
    bindAll(statement, parameters);
    return (await statement.runAndReadAll()).getRows() as Row[];
  }

  /** Takes what is in an open transaction with it. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.release();
    for (const statement of this.statements.values()) statement.destroySync();
    this.connection.closeSync();
  }
}

/** A bigint is bound as BIGINT, a number as DOUBLE, so that range filters on whole columns can prune. */
function bindAll(statement: DuckDBPreparedStatement, parameters: SqlParameter[]): void {
  const types = parameters.map((value) => {
    if (typeof value === 'object') return LIST(VARCHAR);
    return typeof value === 'string' ? VARCHAR : typeof value === 'bigint' ? BIGINT : DOUBLE;
  });
  const values = parameters.map((value) => (typeof value === 'object' ? listValue(value) : value));
  statement.bind(values, types);
}

/**
 * One DuckDB file: one connection that writes and two that read, so that reads don't wait for commits. A fatal error
 * (a full disk, say) makes DuckDB refuse everything until the file is reopened; that is done here, before the next use.
 */
export class DuckDbFile {
  private instance: DuckDBInstance | undefined;
  private writer: Lane | undefined;
  private readers: Lane[] = [];
  private reopening: Promise<void> | undefined;
  private broken = false;
  private closed = false;

  private constructor(
    readonly path: string,
    private readonly options: DuckDbFileOptions,
  ) {}

  /**
   * Opens the file; creates it and its folder if missing.
   *
   * @throws StoreLockedError if another process has it, StoreDamagedError if its log is damaged, StoreOpenError if it
   *   can't be opened for another reason
   */
  static async open(path: string, options: DuckDbFileOptions): Promise<DuckDbFile> {
    const absolute = resolve(path);
    if (openFiles.has(absolute)) throw new StoreLockedError(absolute, process.pid);
    openFiles.add(absolute);
    try {
      const file = new DuckDbFile(absolute, options);
      await file.connect();
      return file;
    } catch (error) {
      openFiles.delete(absolute);
      throw error;
    }
  }

  /**
   * Runs a job on the writer's connection, alone and in a transaction of its own; durable once it resolves. If it fails,
   * its connection is closed at once, and everything the job did goes with it. The file is reopened before the next job;
   * jobs that already wait get the new connection.
   *
   * @throws CodedError STORE_UNAVAILABLE, or the job's own fault as it is
   */
  async write<Result>(job: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    for (;;) {
      await this.ready();
      const lane = this.writer;
      const outcome = await lane?.run(() => this.transact(lane, job));
      if (outcome) return outcome.result;
    }
  }

  /**
   * Rows of one query. A statement is prepared once; its parameters are bound, never pasted.
   *
   * @throws CodedError STORE_UNAVAILABLE
   */
  async read<Row extends unknown[]>({ sql, parameters = [] }: Query): Promise<Row[]> {
    for (;;) {
      await this.ready();
      const lane = this.readers.toSorted((a, b) => a.waiting - b.waiting)[0];
      if (lane && lane.waiting >= MAX_WAITING_READS / READERS) {
        throw unavailable('The store is busy: too many reads wait', undefined, 1);
      }
      const outcome = await lane?.run(() => this.ask<Row>(lane, sql, parameters));
      if (outcome) return outcome.result;
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.reopening?.catch(() => undefined);
    await this.disconnect();
    openFiles.delete(this.path);
  }

  /**
   * Reopens the file if a failure asks for it.
   *
   * @throws CodedError STORE_UNAVAILABLE
   */
  async ready(): Promise<void> {
    if (this.closed) throw unavailable('The store is closing');
    if (!this.broken) return;
    this.reopening ??= this.reopen().finally(() => (this.reopening = undefined));
    await this.reopening;
  }

  private async transact<Result>(lane: Lane, job: (connection: DuckDBConnection) => Promise<Result>): Promise<Result> {
    try {
      const result = await job(lane.connection);
      // The next transaction begins in the same call, which saves each write a turn on DuckDB's thread. It holds
      // nothing up until it touches a table.
      await lane.connection.run('COMMIT; BEGIN');
      return result;
    } catch (error) {
      this.broken = true;
      // In the same turn of the event loop, so that nothing can commit what the job left behind.
      lane.close();
      throw isFault(error) ? error : this.failure('write to', error);
    }
  }

  private async ask<Row>(lane: Lane, sql: string, parameters: SqlParameter[]): Promise<Row[]> {
    try {
      return await lane.query<Row>(sql, parameters);
    } catch (error) {
      if (/FATAL|invalidated/.test(String(error))) this.broken = true;
      throw this.failure('read', error);
    }
  }

  private async reopen(): Promise<void> {
    await this.disconnect();
    try {
      await this.connect();
    } catch (error) {
      throw this.failure('open', error);
    }
    this.broken = false;
  }

  private async connect(): Promise<void> {
    try {
      await mkdir(dirname(this.path), { recursive: true });
      this.instance = await DuckDBInstance.create(this.path, {
        // One thread a query: commits take a quarter less CPU, and reads run beside each other on their connections.
        threads: '1',
        memory_limit: this.options.memoryLimit ?? '512MB',
        checkpoint_threshold: this.options.checkpointThreshold ?? '64MB',
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
      });
      this.writer = new Lane(await this.instance.connect());
      this.writer.release = await this.options.prepare(this.writer.connection);
      await this.writer.connection.run('BEGIN');
      this.readers = [];
      for (let i = 0; i < READERS; i++) this.readers.push(new Lane(await this.instance.connect()));
    } catch (error) {
      await this.disconnect();
      throw openError(this.path, error);
    }
  }

  private async disconnect(): Promise<void> {
    const lanes = [...this.readers, ...(this.writer ? [this.writer] : [])];
    await Promise.all(lanes.map((lane) => lane.idle()));
    for (const lane of lanes) lane.close();
    this.readers = [];
    this.writer = undefined;
    this.instance?.closeSync();
    this.instance = undefined;
  }

  private failure(verb: string, error: unknown): CodedError {
    return unavailable(`Can't ${verb} ${this.path}: ${reasonOf(error)}`, error);
  }
}

function openError(path: string, error: unknown): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const text = reasonOf(error);
  if (/lock|already (attached|open)|being used by another process/i.test(text)) {
    const pid = /PID (\d+)/.exec(text)?.[1];
    return new StoreLockedError(path, pid === undefined ? undefined : Number(pid), { cause: error });
  }
  if (/replaying WAL|corrupt WAL/i.test(text)) return new StoreDamagedError(path, { cause: error });
  return new StoreOpenError(`Can't open ${path}: ${text}`, { cause: error });
}
