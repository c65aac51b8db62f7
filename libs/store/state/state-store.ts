import { join } from 'node:path';
import { Logger } from '@nestjs/common';
import { type alertsQuery, incident, type Incident, isoToMicros, type Micros } from '#domain';
import type { z } from 'zod';
import { DuckDbFile } from '../duckdb/duckdb-file.js';
import { GroupCommit } from '../group-commit.js';
import { WriteHealth } from '../write-health.js';
import { nameColumn, nameOf } from '../duckdb/name-column.js';
import { probe } from '../duckdb/probe.js';
import { decodeCursor, encodeCursor } from '../page-cursor.js';
import { Conditions } from '../duckdb/sql-conditions.js';
import { deleteOld, incidentRow, keyRow, replaceRows, type StateRow, prepareState } from './state-tables.js';

const MAX_GROUP_ROWS = 20_000;
const MAX_WAITING_ROWS = 100_000;
/** Incidents read at once when all are wanted. */
const PAGE_INCIDENTS = 1000;

export type IncidentQuery = z.infer<typeof alertsQuery>;

export interface IncidentPage {
  incidents: Incident[];
  /** Cursor of the next page, where there is one. */
  next?: string;
}

/**
 * What the server itself must not forget, in `state.duckdb` next to whichever store holds the samples. Writes resolve
 * once they are durable; every method rejects with `STORE_UNAVAILABLE` if the disk is full or fails.
 */
export class StateStore {
  private readonly commits = new GroupCommit<StateRow[], void>({
    commit: async (items) => {
      await this.health.watch(() => this.file.write((connection) => replaceRows(connection, items.flat())));
      return items.map(() => ({ status: 'fulfilled', value: undefined }));
    },
    weigh: (rows) => rows.length,
    maxGroup: MAX_GROUP_ROWS,
    maxWaiting: MAX_WAITING_ROWS,
  });

  private readonly health = new WriteHealth(() => probe(this.file));
  private readonly logger = new Logger('state');
  /** Keys of records that could not be read. */
  private readonly unread = new Set<string>();

  private constructor(private readonly file: DuckDbFile) {}

  /**
   * @throws StoreLockedError if another process has the file, StoreOpenError if it can't be opened
   */
  static async open({ folder }: { folder: string }): Promise<StateStore> {
    const file = await DuckDbFile.open(join(folder, 'state.duckdb'), {
      memoryLimit: '256MB',
      checkpointThreshold: '4MB',
      prepare: async (connection) => {
        await prepareState(connection);
        return () => undefined;
      },
    });
    return new StateStore(file);
  }

  /** Whole records; each replaces the one with its id. */
  putIncidents(incidents: Incident[]): Promise<void> {
    return this.commits.add(incidents.map(incidentRow));
  }

  /**
   * Incidents that were opened last come first.
   *
   * @throws CodedError INVALID if the cursor is not one of ours
   */
  async incidents(query: IncidentQuery): Promise<IncidentPage> {
    const conditions = incidentConditions(query);
    const limit = conditions.bind(BigInt(query.limit + 1));
    const rows = await this.file.read<[string, bigint, string]>({
      sql: `SELECT id, opened, record FROM incidents WHERE ${conditions.where} ORDER BY opened DESC, id DESC LIMIT ${limit}`,
      parameters: conditions.parameters,
    });
    const page = rows.slice(0, query.limit);
    const incidents = page.flatMap(([id, , record]) => this.parse(`incident ${id}`, record, incident) ?? []);
    const last = page.at(-1);
    return rows.length > query.limit && last ? { incidents, next: cursorAfter(last) } : { incidents };
  }

  /** Incidents whose id begins so, the newest first. */
  async incidentsLike(prefix: string, limit: number): Promise<Incident[]> {
    const rows = await this.file.read<[string, string]>({
      sql: 'SELECT id, record FROM incidents WHERE starts_with(id, $1) ORDER BY id = $1 DESC, opened DESC LIMIT $2',
      parameters: [prefix, BigInt(limit)],
    });
    return rows.flatMap(([id, record]) => this.parse(`incident ${id}`, record, incident) ?? []);
  }

  /** Every incident of a query, page by page, in the order of `incidents`. */
  async *everyIncident(query: Omit<IncidentQuery, 'limit' | 'cursor'>): AsyncGenerator<Incident> {
    let cursor: string | undefined;
    do {
      const page = await this.incidents({ ...query, limit: PAGE_INCIDENTS, cursor });
      yield* page.incidents;
      cursor = page.next;
    } while (cursor !== undefined);
  }

  /** Keeps any JSON value under a key; `undefined` forgets it. */
  put(key: string, value: unknown): Promise<void> {
    return this.commits.add([keyRow(key, value)]);
  }

  /**
   * Values under all keys that begin with the prefix and that the schema can read, in the order of the keys. Others are
   * stepped over and counted.
   */
  async read<Value>(prefix: string, schema: z.ZodType<Value>): Promise<{ key: string; value: Value }[]> {
    const rows = await this.file.read<[string, string]>({
      sql: `SELECT ${nameColumn('id')}, record FROM kv WHERE starts_with(id, $1) ORDER BY id`,
      parameters: [prefix],
    });
    return rows.flatMap(([id, record]) => {
      const key = nameOf(id);
      const value = this.parse(key, record, schema);
      return value === undefined ? [] : [{ key, value }];
    });
  }

  /** How many records could not be read since the start; the log names them. */
  get unreadable(): number {
    return this.unread.size;
  }

  /** Deletes incidents that were closed before a time. */
  async expire(before: Micros): Promise<void> {
    await this.file.write((connection) => deleteOld(connection, before));
  }

  private parse<Value>(key: string, record: string, schema: z.ZodType<Value>): Value | undefined {
    let problem: string;
    try {
      const parsed = schema.safeParse(JSON.parse(record));
      if (parsed.success) return parsed.data;
      const [issue] = parsed.error.issues;
      problem = `${issue?.path.join('.')} ${issue?.message}`;
    } catch (error) {
      problem = (error as Error).message;
    }
    if (!this.unread.has(key)) {
      this.unread.add(key);
      this.logger.warn(`${key.slice(0, 100)} can't be read (${problem.slice(0, 200)}); it is left out`);
    }
    return undefined;
  }

  /** Rejects if the file can't be read, or has refused a write and taken none since. */
  async check(): Promise<void> {
    await this.file.read({ sql: 'SELECT 1' });
    await this.health.check();
  }

  async close(): Promise<void> {
    await this.commits.close();
    await this.file.close();
  }
}

function incidentConditions({ state, host, process, color, from, to, at, cursor }: IncidentQuery): Conditions {
  const conditions = new Conditions().add('true');
  if (state !== 'all') conditions.add(state === 'open' ? 'closed IS NULL' : 'closed IS NOT NULL');
  if (host !== undefined) conditions.add('host = $', host);
  if (process !== undefined) conditions.add('process = $', process);
  if (color !== undefined) conditions.add('color = $', color);
  if (from !== undefined) conditions.add('opened >= $', BigInt(isoToMicros(from)));
  if (to !== undefined) conditions.add('opened < $', BigInt(isoToMicros(to)));
  if (at !== undefined) {
    const moment = conditions.bind(BigInt(isoToMicros(at)));
    conditions.add(`opened <= ${moment} AND (closed IS NULL OR closed > ${moment})`);
  }
  if (cursor !== undefined) {
    const [opened, id] = decodeCursor(cursor, ['number', 'string']);
    conditions.add(`(opened, id) < (${conditions.bind(BigInt(opened))}, ${conditions.bind(id)})`);
  }
  return conditions;
}

function cursorAfter([id, opened]: [id: string, opened: bigint, record: string]): string {
  return encodeCursor([Number(opened), id]);
}
