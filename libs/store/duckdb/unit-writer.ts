import {
  BIGINT,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  LIST,
  listValue,
  VARCHAR,
} from '@duckdb/node-api';
import type { Micros, UnitSample } from '#domain';
import { appendColumns } from './append-columns.js';
import { nameColumn, nameOf } from './name-column.js';
import type { SampleIds } from './sample-ids.js';
import { whole } from './sample-rows.js';

/** Names of units stand in the table of all names. */
const table = `
  CREATE TABLE IF NOT EXISTS units (
    host INTEGER NOT NULL, unit INTEGER NOT NULL, time BIGINT NOT NULL, kind VARCHAR NOT NULL,
    processes INTEGER NOT NULL, cpu DOUBLE, cpu_limit DOUBLE, throttled DOUBLE, mem_bytes BIGINT, mem_limit_bytes BIGINT,
    oom_kills BIGINT NOT NULL, victim VARCHAR, pids BIGINT, pids_limit BIGINT, cpu_pressure DOUBLE, mem_pressure DOUBLE,
    io_pressure DOUBLE);
  CREATE VIEW IF NOT EXISTS unit_usage AS
    SELECT h.name AS host, n.name AS unit, make_timestamp(u.time) AS time, u.* EXCLUDE (host, unit, time)
    FROM units u JOIN hosts h ON h.id = u.host JOIN names n ON n.id = u.unit;`;

/** Columns behind host, unit and time, in their order. */
const fields = {
  kind: VARCHAR,
  processes: INTEGER,
  cpu: DOUBLE,
  cpu_limit: DOUBLE,
  throttled: DOUBLE,
  mem_bytes: BIGINT,
  mem_limit_bytes: BIGINT,
  oom_kills: BIGINT,
  victim: VARCHAR,
  pids: BIGINT,
  pids_limit: BIGINT,
  cpu_pressure: DOUBLE,
  mem_pressure: DOUBLE,
  io_pressure: DOUBLE,
} satisfies Record<string, DuckDBType>;

const types: DuckDBType[] = [INTEGER, INTEGER, BIGINT, ...Object.values(fields)];

/** The fields of one sample, as `fields` has them. */
type Fields = DuckDBValue[];

/** Writes what the units of hosts use, one row a unit and tick. It shares connection, names and transaction of the samples. */
export class UnitWriter {
  private readonly columns: DuckDBValue[][] = types.map(() => []);

  private constructor(
    private readonly appender: DuckDBAppender,
    private readonly statements: Record<'stored' | 'remove', DuckDBPreparedStatement>,
    private readonly ids: SampleIds,
    /** Newest time of each host that has units. */
    private readonly newest: Map<number, Micros>,
  ) {}

  static async open(connection: DuckDBConnection, ids: SampleIds): Promise<UnitWriter> {
    await connection.run(table);
    const rows = await connection.runAndReadAll('SELECT host, max(time)::DOUBLE FROM units GROUP BY host');
    const victim = `CASE WHEN victim IS NOT NULL THEN ${nameColumn('victim')} END`;
    const stored = Object.keys(fields).map((field) => (field === 'victim' ? victim : field));
    return new UnitWriter(
      await connection.createAppender('units'),
      {
        stored: await connection.prepare(`SELECT unit, ${stored.join(', ')} FROM units WHERE host = $1 AND time = $2`),
        remove: await connection.prepare(
          'DELETE FROM units WHERE host = $1 AND time = $2 AND unit IN (SELECT unnest($3))',
        ),
      },
      ids,
      new Map(rows.getRows() as [number, number][]),
    );
  }

  newestOf(host: number): Micros {
    return this.newest.get(host) ?? -Infinity;
  }

  /** Units of one tick. Fields that are stored for it already are replaced by those that it carries, the others stay. */
  async add(host: number, time: Micros, samples: UnitSample[]): Promise<void> {
    const rows = new Map(samples.map((sample) => [this.ids.name(sample.unit), fieldsOf(sample)]));
    if (time > this.newestOf(host)) this.newest.set(host, time);
    else await this.merge(host, time, rows);
    for (const [unit, values] of rows) {
      for (const [i, value] of [host, unit, BigInt(time), ...values].entries()) this.columns[i]?.push(value);
    }
  }

  /** Leaves in `rows` what is to be written, and deletes what that replaces. */
  private async merge(host: number, time: Micros, rows: Map<number, Fields>): Promise<void> {
    this.flush();
    const { stored, remove } = this.statements;
    stored.bindInteger(1, host);
    stored.bindBigInt(2, BigInt(time));
    const replaced: number[] = [];
    for (const [unit, ...old] of (await stored.runAndReadAll()).getRows() as [number, ...Fields][]) {
      const values = rows.get(unit);
      if (!values) continue;
      const victim = old[victimAt];
      if (typeof victim === 'string') old[victimAt] = nameOf(victim);
      const merged = values.map((value, i) => value ?? old[i] ?? null);
      if (merged.every((value, i) => value === old[i])) {
        rows.delete(unit);
      } else {
        rows.set(unit, merged);
        replaced.push(unit);
      }
    }
    if (replaced.length === 0) return;
    remove.bindInteger(1, host);
    remove.bindBigInt(2, BigInt(time));
    remove.bindList(3, listValue(replaced), LIST(INTEGER));
    await remove.run();
  }

  close(): void {
    this.appender.clear();
    for (const statement of Object.values(this.statements)) statement.destroySync();
  }

  flush(): void {
    appendColumns(this.appender, types, this.columns);
    for (const column of this.columns) column.length = 0;
  }
}

const victimAt = Object.keys(fields).indexOf('victim');

function fieldsOf(sample: UnitSample): Fields {
  return [
    sample.kind,
    sample.processes,
    sample.cpu,
    sample.cpuLimit,
    sample.throttled ?? null,
    whole(sample.memBytes),
    whole(sample.memLimitBytes),
    whole(sample.oomKills),
    sample.victim ?? null,
    whole(sample.pids),
    whole(sample.pidsLimit),
    sample.cpuPressure ?? null,
    sample.memPressure ?? null,
    sample.ioPressure ?? null,
  ];
}
