import { BIGINT, DOUBLE, type DuckDBAppender, type DuckDBType, type DuckDBValue, INTEGER } from '@duckdb/node-api';
import type { Micros, SampleBatch } from '#domain';
import { appendColumns } from './append-columns.js';

export const sampleTypes: DuckDBType[] = [
  INTEGER,
  INTEGER,
  BIGINT,
  INTEGER,
  DOUBLE,
  DOUBLE,
  DOUBLE,
  DOUBLE,
  BIGINT,
  INTEGER,
  BIGINT,
];

type Numbers = (number | null)[];

/** The fields of one sample as they are stored. */
export interface SampleFields {
  count: number;
  cpu: number | null;
  cpuMax: number | null;
  mem: number | null;
  memMax: number | null;
  rssBytes: bigint | null;
  /** Number of the unit's name. */
  unit: number | null;
  /** Unix seconds. */
  started: bigint | null;
}

/** Numbers of the names of a batch's programs and units. */
export interface BatchIds {
  names: number[];
  units: number[];
}

/** Number of the name of the unit that a program runs in. */
export function unitOf(batch: SampleBatch, i: number, units: number[]): number | null {
  const index = batch.unit?.[i];
  return index === undefined || index === null ? null : (units[index] ?? null);
}

export function whole(value: number | null | undefined): bigint | null {
  return value === null || value === undefined ? null : BigInt(value);
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
  private unit: Numbers = [];
  private started: (bigint | null)[] = [];

  addBatch(host: number, time: Micros, { names, units }: BatchIds, batch: SampleBatch): void {
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
      this.rssBytes.push(whole(batch.rssBytes?.[i]));
      this.unit.push(unitOf(batch, i, units));
      this.started.push(whole(batch.started?.[i]));
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
    this.unit.push(fields.unit);
    this.started.push(fields.started);
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
      this.unit,
      this.started,
    ];
    appendColumns(appender, sampleTypes, columns);
    for (const column of columns) column.length = 0;
  }
}
