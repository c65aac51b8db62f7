import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { HostMetric, Micros } from '#domain';
import { tagsText } from '../host-metric-series.js';
import { appendColumns } from './append-columns.js';

const table = `
  CREATE TABLE IF NOT EXISTS host_metrics (
    host INTEGER NOT NULL, time BIGINT NOT NULL, measurement VARCHAR NOT NULL, tags VARCHAR NOT NULL,
    field VARCHAR NOT NULL, value DOUBLE NOT NULL);`;

type MetricRow = [measurement: string, tags: string, field: string, value: number];

/** Writes the hosts' own metrics, one row a field, under Telegraf's names. It shares the connection and the transaction of the samples. */
export class HostMetricWriter {
  private readonly columns: [number[], bigint[], string[], string[], string[], number[]] = [[], [], [], [], [], []];

  private constructor(
    private readonly appender: DuckDBAppender,
    private readonly statements: Record<'stored' | 'remove', DuckDBPreparedStatement>,
    /** Newest time of each host that has metrics. */
    private readonly newest: Map<number, Micros>,
  ) {}

  static async open(connection: DuckDBConnection): Promise<HostMetricWriter> {
    await connection.run(table);
    const rows = await connection.runAndReadAll('SELECT host, max(time)::DOUBLE FROM host_metrics GROUP BY host');
    return new HostMetricWriter(
      await connection.createAppender('host_metrics'),
      {
        stored: await connection.prepare(
          'SELECT measurement, tags, field, value FROM host_metrics WHERE host = $1 AND time = $2',
        ),
        remove: await connection.prepare(
          `DELETE FROM host_metrics WHERE host = $1 AND time = $2
            AND concat_ws(chr(10), measurement, tags, field) IN (SELECT unnest($3))`,
        ),
      },
      new Map(rows.getRows() as [number, number][]),
    );
  }

  newestOf(host: number): Micros {
    return this.newest.get(host) ?? -Infinity;
  }

  /** Metrics of one tick. Fields already stored for it are replaced, the others stay. */
  async add(host: number, time: Micros, metrics: HostMetric[]): Promise<void> {
    const rows = byField(metrics);
    if (time > this.newestOf(host)) this.newest.set(host, time);
    else await this.dropStored(host, time, rows);
    const [hosts, times, measurements, tags, fields, values] = this.columns;
    for (const [measurement, tagText, field, value] of rows.values()) {
      hosts.push(host);
      times.push(BigInt(time));
      measurements.push(measurement);
      tags.push(tagText);
      fields.push(field);
      values.push(value);
    }
  }

  /** Leaves in `rows` what is new, and deletes what is stored with a different value. */
  private async dropStored(host: number, time: Micros, rows: Map<string, MetricRow>): Promise<void> {
    this.flush();
    const { stored, remove } = this.statements;
    stored.bindInteger(1, host);
    stored.bindBigInt(2, BigInt(time));
    const replaced: string[] = [];
    for (const row of (await stored.runAndReadAll()).getRows() as MetricRow[]) {
      const key = keyOf(row);
      const fresh = rows.get(key);
      if (fresh?.[3] === row[3]) rows.delete(key);
      else if (fresh) replaced.push(key);
    }
    if (replaced.length === 0) return;
    remove.bindInteger(1, host);
    remove.bindBigInt(2, BigInt(time));
    remove.bindList(3, listValue(replaced), LIST(VARCHAR));
    await remove.run();
  }

  close(): void {
    this.appender.clear();
    for (const statement of Object.values(this.statements)) statement.destroySync();
  }

  flush(): void {
    appendColumns(this.appender, [INTEGER, BIGINT, VARCHAR, VARCHAR, VARCHAR, DOUBLE], this.columns);
    for (const column of this.columns) column.length = 0;
  }
}

/** One row a field of a device; of several for the same one the last counts. */
function byField(metrics: HostMetric[]): Map<string, MetricRow> {
  const rows = new Map<string, MetricRow>();
  for (const { measurement, tags, fields } of metrics) {
    const tagText = tagsText(tags);
    for (const [field, value] of Object.entries(fields)) {
      const row: MetricRow = [measurement, tagText, field, value];
      rows.set(keyOf(row), row);
    }
  }
  return rows;
}

/** No part has a line feed: in JSON it is escaped. */
function keyOf([measurement, tags, field]: MetricRow): string {
  return `${measurement}\n${tags}\n${field}`;
}
