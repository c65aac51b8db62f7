import { BIGINT, DOUBLE, type DuckDBAppender, type DuckDBType, type DuckDBValue, INTEGER } from '@duckdb/node-api';
import type { Micros, SampleBatch } from '#domain';
import { appendColumns } from './append-columns.js';

export const sampleTypes: DuckDBType[] = [INTEGER, INTEGER, BIGINT, INTEGER, DOUBLE, DOUBLE, DOUBLE, DOUBLE, BIGINT];

type Numbers = (number | null)[];

/** The fields of one sample as they are stored. */
export interface SampleFields {
  count: number;
  cpu: number | null;
  cpuMax: number | null;
  mem: number | null;
  memMax: number | null;
  rssBytes: bigint | null;
}

/** Rows of the table of samples, in columns, on their way into an appender. */
export class SampleRows {
  private host: number[] = [];
  private name: number[] = [];
  private time: bigint[] = [];
  private count: number[] = [];
  private cpu: Numbers = [];
  private cpuMax: Numbers = [];
  private mem: Numbers = [];
  private memMax: Numbers = [];
  private rssBytes: (bigint | null)[] = [];

  addBatch(host: number, time: Micros, names: number[], batch: SampleBatch): void {
    const micros = BigInt(time);
    for (let i = 0; i < names.length; i++) {
      this.host.push(host);
      this.name.push(names[i] as number);
      this.time.push(micros);
      this.count.push(batch.count[i] as number);
      this.cpu.push(batch.cpu?.[i] ?? null);
      this.cpuMax.push(batch.cpuMax?.[i] ?? null);
      this.mem.push(batch.mem?.[i] ?? null);
      this.memMax.push(batch.memMax?.[i] ?? null);
      const rss = batch.rssBytes?.[i];
      this.rssBytes.push(rss === undefined || rss === null ? null : BigInt(rss));
    }
  }

  add(host: number, time: Micros, name: number, fields: SampleFields): void {
    this.host.push(host);
    this.name.push(name);
    this.time.push(BigInt(time));
    this.count.push(fields.count);
    this.cpu.push(fields.cpu);
    this.cpuMax.push(fields.cpuMax);
    this.mem.push(fields.mem);
    this.memMax.push(fields.memMax);
    this.rssBytes.push(fields.rssBytes);
  }

  /** Moves all rows into the appender and the open transaction. */
  flushInto(appender: DuckDBAppender): void {
    const columns: DuckDBValue[][] = [
      this.host,
      this.name,
      this.time,
      this.count,
      this.cpu,
      this.cpuMax,
      this.mem,
      this.memMax,
      this.rssBytes,
    ];
    appendColumns(appender, sampleTypes, columns);
    for (const column of columns) column.length = 0;
  }
}
