import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import type { HostMetric, Micros } from '#domain';
import { tagsText } from '../host-metric-series.js';
import { appendColumns } from './append-columns.js';

const table = `
  CREATE TABLE IF NOT EXISTS host_metrics (
    host INTEGER NOT NULL, time BIGINT NOT NULL, measurement VARCHAR NOT NULL, tags VARCHAR NOT NULL,
    field VARCHAR NOT NULL, value DOUBLE NOT NULL);`;

/** Writes the hosts' own metrics, one row a field, under Telegraf's names. It shares the connection and the transaction of the samples. */
export class HostMetricWriter {
  private readonly columns: [number[], bigint[], string[], string[], string[], number[]] = [[], [], [], [], [], []];

  private constructor(
    private readonly appender: DuckDBAppender,
    private readonly remove: DuckDBPreparedStatement,
    /** Newest time of each host that has metrics. */
    private readonly newest: Map<number, Micros>,
  ) {}

  static async open(connection: DuckDBConnection): Promise<HostMetricWriter> {
    await connection.run(table);
    const rows = await connection.runAndReadAll('SELECT host, max(time)::DOUBLE FROM host_metrics GROUP BY host');
    return new HostMetricWriter(
      await connection.createAppender('host_metrics'),
      await connection.prepare('DELETE FROM host_metrics WHERE host = $1 AND time = $2'),
      new Map(rows.getRows() as [number, number][]),
    );
  }

  newestOf(host: number): Micros {
    return this.newest.get(host) ?? -Infinity;
  }

  /** Metrics of one tick; those that are stored of it already are replaced. */
  async add(host: number, time: Micros, metrics: HostMetric[]): Promise<void> {
    if (time <= this.newestOf(host)) {
      this.flush();
      this.remove.bindInteger(1, host);
      this.remove.bindBigInt(2, BigInt(time));
      await this.remove.run();
    } else {
      this.newest.set(host, time);
    }
    const [hosts, times, measurements, tags, fields, values] = this.columns;
    for (const metric of metrics) {
      const tagText = tagsText(metric.tags);
      for (const [field, value] of Object.entries(metric.fields)) {
        hosts.push(host);
        times.push(BigInt(time));
        measurements.push(metric.measurement);
        tags.push(tagText);
        fields.push(field);
        values.push(value);
      }
    }
  }

  close(): void {
    this.appender.clear();
    this.remove.destroySync();
  }

  flush(): void {
    appendColumns(this.appender, [INTEGER, BIGINT, VARCHAR, VARCHAR, VARCHAR, DOUBLE], this.columns);
    for (const column of this.columns) column.length = 0;
  }
}
