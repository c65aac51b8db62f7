import {
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import { isoToMicros, type Micros, type SampleBatch } from '#domain';
import { HostMetricWriter } from './host-metric-writer.js';
import { SampleIds, type KnownHost } from './sample-ids.js';
import { appendColumns } from './append-columns.js';
import { type BatchIds, type SampleFields, SampleRows, unitOf, whole } from './sample-rows.js';
import { UnitWriter } from './unit-writer.js';

/** The names stand in tables of their own: a number is cheaper to write, to filter by and to keep. */
const tables = `
  CREATE TABLE IF NOT EXISTS hosts (id INTEGER NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS names (id INTEGER NOT NULL, name VARCHAR NOT NULL);
  CREATE TABLE IF NOT EXISTS samples (
    host INTEGER NOT NULL, name INTEGER NOT NULL, time BIGINT NOT NULL, count INTEGER NOT NULL,
    cpu DOUBLE, cpu_max DOUBLE, mem DOUBLE, mem_max DOUBLE, rss_bytes BIGINT, unit INTEGER,
    started BIGINT);
  ALTER TABLE samples ADD COLUMN IF NOT EXISTS unit INTEGER;
  ALTER TABLE samples ADD COLUMN IF NOT EXISTS started BIGINT;
  CREATE VIEW IF NOT EXISTS usage AS
    SELECT h.name AS host, n.name AS process, make_timestamp(s.time) AS time,
      s.count, s.cpu, s.cpu_max, s.mem, s.mem_max, s.rss_bytes
    FROM samples s JOIN hosts h ON h.id = s.host JOIN names n ON n.id = s.name;`;

interface Appenders {
  hosts: DuckDBAppender;
  names: DuckDBAppender;
  samples: DuckDBAppender;
}

interface Statements {
  stored: DuckDBPreparedStatement;
  remove: DuckDBPreparedStatement;
}

/**
 * Writes samples over one connection. What it keeps in memory is ahead of the file while a transaction is open, so a
 * writer whose transaction failed must be thrown away.
 */
export class SampleWriter {
  private readonly rows = new SampleRows();

  private constructor(
    private readonly appenders: Appenders,
    private readonly statements: Statements,
    readonly ids: SampleIds,
    readonly hostMetrics: HostMetricWriter,
    readonly units: UnitWriter,
  ) {}

  /** Creates the tables where they are missing and loads what is known of hosts and names. */
  static async open(connection: DuckDBConnection): Promise<SampleWriter> {
    await connection.run(tables);
    const appenders = {
      hosts: await connection.createAppender('hosts'),
      names: await connection.createAppender('names'),
      samples: await connection.createAppender('samples'),
    };
    const statements = {
      stored: await connection.prepare(
        `SELECT name, count, cpu, cpu_max, mem, mem_max, rss_bytes, unit, started
          FROM samples WHERE host = $1 AND time = $2`,
      ),
      remove: await connection.prepare(
        `DELETE FROM samples WHERE host = $1 AND time = $2 AND name IN (SELECT unnest($3))`,
      ),
    };
    const ids = await SampleIds.load(connection);
    const hostMetrics = await HostMetricWriter.open(connection);
    return new SampleWriter(appenders, statements, ids, hostMetrics, await UnitWriter.open(connection, ids));
  }

  /** Frees what it has prepared on the connection; rows that were not flushed are dropped. */
  close(): void {
    for (const appender of Object.values(this.appenders) as DuckDBAppender[]) appender.clear();
    for (const statement of Object.values(this.statements) as DuckDBPreparedStatement[]) statement.destroySync();
    this.hostMetrics.close();
    this.units.close();
  }

  /** Puts all batches into the open transaction, in their order. */
  async write(batches: SampleBatch[]): Promise<void> {
    for (const batch of batches) {
      const { units = [] } = batch;
      if (batch.names.length === 0 && units.length === 0 && !batch.hostMetrics) continue;
      const time = isoToMicros(batch.time);
      const host = this.ids.host(batch.host);
      if (batch.hostMetrics) await this.hostMetrics.add(host.id, time, batch.hostMetrics);
      if (units.length > 0) await this.units.add(host.id, time, units);
      if (batch.names.length === 0) continue;
      const ids = {
        names: batch.names.map((name) => this.ids.name(name)),
        units: units.map(({ unit }) => this.ids.name(unit)),
      };
      if (time > host.newest) {
        this.rows.addBatch(host.id, time, ids, batch);
        host.newest = time;
      } else {
        await this.merge(host, time, ids, batch);
      }
    }
    this.flush();
  }

  /** A batch that may be stored already: fields that it carries replace the stored ones, the others stay. */
  private async merge(host: KnownHost, time: Micros, ids: BatchIds, batch: SampleBatch): Promise<void> {
    this.flush();
    const stored = await this.storedAt(host.id, time);
    const replaced: number[] = [];
    for (const [i, name] of ids.names.entries()) {
      const old = stored.get(name);
      const fresh = fieldsOf(batch, i, unitOf(batch, i, ids.units), old);
      if (old && sameFields(old, fresh)) continue;
      if (old) replaced.push(name);
      this.rows.add(host.id, time, name, fresh);
    }
    if (replaced.length > 0) {
      const { remove } = this.statements;
      remove.bindInteger(1, host.id);
      remove.bindBigInt(2, BigInt(time));
      remove.bindList(3, listValue(replaced), LIST(INTEGER));
      await remove.run();
    }
  }

  private async storedAt(host: number, time: Micros): Promise<Map<number, SampleFields>> {
    const { stored } = this.statements;
    stored.bindInteger(1, host);
    stored.bindBigInt(2, BigInt(time));
    type Value = number | null;
    type StoredRow = [number, number, Value, Value, Value, Value, bigint | null, Value, bigint | null];
    const rows = (await stored.runAndReadAll()).getRows() as StoredRow[];
    return new Map(
      rows.map(([name, count, cpu, cpuMax, mem, memMax, rssBytes, unit, started]) => [
        name,
        { count, cpu, cpuMax, mem, memMax, rssBytes, unit, started },
      ]),
    );
  }

  private flush(): void {
    const { newHosts, newNames } = this.ids;
    for (const [appender, fresh] of [
      [this.appenders.hosts, newHosts],
      [this.appenders.names, newNames],
    ] as const) {
      appendColumns(appender, [INTEGER, VARCHAR], [fresh.map(([id]) => id), fresh.map(([, name]) => name)]);
      fresh.length = 0;
    }
    this.rows.flushInto(this.appenders.samples);
    this.hostMetrics.flush();
    this.units.flush();
  }
}

function fieldsOf(batch: SampleBatch, i: number, unit: number | null, old: SampleFields | undefined): SampleFields {
  return {
    count: batch.count[i] as number,
    cpu: batch.cpu?.[i] ?? old?.cpu ?? null,
    cpuMax: batch.cpuMax?.[i] ?? old?.cpuMax ?? null,
    mem: batch.mem?.[i] ?? old?.mem ?? null,
    memMax: batch.memMax?.[i] ?? old?.memMax ?? null,
    rssBytes: whole(batch.rssBytes?.[i]) ?? old?.rssBytes ?? null,
    unit: unit ?? old?.unit ?? null,
    started: whole(batch.started?.[i]) ?? old?.started ?? null,
  };
}

function sameFields(a: SampleFields, b: SampleFields): boolean {
  return (
    a.count === b.count &&
    a.cpu === b.cpu &&
    a.cpuMax === b.cpuMax &&
    a.mem === b.mem &&
    a.memMax === b.memMax &&
    a.rssBytes === b.rssBytes &&
    a.unit === b.unit &&
    a.started === b.started
  );
}
