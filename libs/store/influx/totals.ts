import { isoToMicros, MAX_NAME_LENGTH, type Micros, MICROS_PER_SECOND, processName, type UsageField } from '#domain';
import { type Aggregation, fluxFields, type GroupColumns, STARTED_FIELD } from './influx-flux.js';
import { decodeName } from './influx-escape.js';
import type { FluxRow } from './influx-queries.js';

const NANOS_PER_SECOND = 1e9;
const fieldOf = new Map(Object.entries(fluxFields).map(([field, column]) => [column, field as UsageField]));

/**
 * What the storage has added up over one group of rows, such as all of one program. A row of ours is a sample with its
 * `process_count`. A row of another program, such as Telegraf, lacks it and is a sample of one process.
 */
export class Totals {
  private readonly values = new Map<string, number>();
  private readonly having = new Map<'cpu' | 'mem', number>();
  /** Those of the rows that another program wrote. */
  private foreign: Totals | undefined;
  /** Newest time, if `last` was asked for. */
  private newest: Micros = -Infinity;
  /** The newest unit, and when, if `last` was asked for. */
  private inUnit: { name: string; time: Micros } | undefined;
  /** When the oldest process of the newest sample that tells it was started, and the time of that sample. */
  private start: { startedAt: Micros; time: Micros } | undefined;
  /** Oldest time, if `first` was asked for. */
  private oldest: Micros = Infinity;

  constructor(
    readonly host: string,
    readonly process: string,
  ) {}

  add({ result, _field = '', _time, _value }: FluxRow): void {
    if (_field === 'unit') {
      this.inUnit = { name: decodeName(String(_value)), time: timeOf(_time ?? '') };
      return;
    }
    if (_field === STARTED_FIELD) {
      this.start = { startedAt: startOf(_value), time: timeOf(_time ?? '') };
      return;
    }
    this.values.set(`${result} ${fieldOf.get(_field) ?? 'count'}`, _value);
    if (result === 'first' && _time !== undefined) this.oldest = Math.min(this.oldest, timeOf(_time));
    if (result === 'last' && _time !== undefined) this.newest = Math.max(this.newest, timeOf(_time));
  }

  /** Takes over what another query found out about the same group. */
  take(other: Totals): void {
    for (const [key, value] of other.values) this.values.set(key, value);
    this.newest = Math.max(this.newest, other.newest);
    this.oldest = Math.min(this.oldest, other.oldest);
    this.inUnit = other.inUnit ?? this.inUnit;
    this.start = other.start ?? this.start;
  }

  takeForeign(foreign: Totals): void {
    this.foreign = foreign;
  }

  get(result: Aggregation['function'], field: UsageField): number | null {
    return this.values.get(`${result} ${field}`) ?? null;
  }

  get lastTime(): Micros {
    return Math.max(this.newest, this.foreign?.newest ?? -Infinity);
  }

  /** The unit that it ran in at its newest sample. */
  get unit(): string | undefined {
    return this.inUnit?.time === this.newest ? this.inUnit.name : undefined;
  }

  get firstTime(): Micros {
    return Math.min(this.oldest, this.foreign?.oldest ?? Infinity);
  }

  /** When the oldest process of its newest sample was started. */
  get started(): Micros | undefined {
    return this.start?.time === this.lastTime ? this.start.startedAt : undefined;
  }

  get samples(): number {
    const fields = ['cpu', 'mem', 'rssBytes'] as const;
    const ours = this.get('count', 'count') ?? 0;
    return Math.max(ours + this.foreignRows(), ...fields.map((field) => this.get('count', field) ?? 0));
  }

  /** Mean number of processes over the samples. */
  get processes(): number {
    const withoutCount = this.samples - (this.get('count', 'count') ?? 0);
    return ((this.get('sum', 'count') ?? 0) + withoutCount) / this.samples;
  }

  /** Number of processes, added up over the samples. */
  get allProcesses(): number {
    return (this.get('sum', 'count') ?? 0) + this.foreignRows();
  }

  /** Mean over the samples that have the field. */
  mean(field: UsageField): number | null {
    return quotient(this.get('sum', field), this.get('count', field));
  }

  /** Mean over the processes of the samples that have the field. */
  perProcess(field: 'cpu' | 'mem'): number | null {
    const processes = (this.get('sum', 'count') ?? 0) + this.foreignRows(field);
    return quotient(this.get('sum', field), this.having.get(field) ?? processes);
  }

  /** Usage of the largest single process. */
  largest(field: 'cpu' | 'mem'): number | null {
    const ours = this.get('max', `${field}Max`);
    const theirs = this.foreign?.get('max', field) ?? null;
    return ours === null || theirs === null ? (ours ?? theirs) : Math.max(ours, theirs);
  }

  /** True if some samples have the field and others of ours lack it. */
  hasGaps(field: 'cpu' | 'mem'): boolean {
    const count = this.get('count', field);
    return count !== null && count - this.foreignRows(field) !== (this.get('count', 'count') ?? 0);
  }

  /** Processes of all samples that have the field, to be set if `hasGaps`. */
  setProcessesHaving(field: 'cpu' | 'mem', processes: number): void {
    this.having.set(field, processes);
  }

  private foreignRows(field?: 'cpu' | 'mem'): number {
    if (!this.foreign) return 0;
    if (field) return this.foreign.get('count', field) ?? 0;
    return Math.max(...(['cpu', 'mem', 'rssBytes'] as const).map((any) => this.foreign?.get('count', any) ?? 0));
  }
}

/** Totals of each group. A group without a name, or with one that could not be ours, is left out. */
export function toTotals(rows: FluxRow[], by: GroupColumns): Totals[] {
  const groups = new Map<string, Totals>();
  for (const row of rows) {
    const { host = '', process_name = '' } = row;
    const key = groupKey(host, process_name);
    let totals = groups.get(key);
    if (!totals) {
      totals = new Totals(decodeName(host), decodeName(process_name));
      if (!by.every((column) => isName(column === 'host' ? totals?.host : totals?.process))) continue;
      groups.set(key, totals);
    }
    totals.add(row);
  }
  return [...groups.values()];
}

export function groupKey(host: string, process: string): string {
  return `${host}\n${process}`;
}

export function isName(name = ''): boolean {
  return name !== '' && (name.length <= MAX_NAME_LENGTH || processName.safeParse(name).success);
}

/** Microseconds of InfluxDB's time, which has up to nine digits of a fraction. */
export function timeOf(time: string): Micros {
  return isoToMicros(time.replace(/(\.\d{6})\d+Z$/, '$1Z'));
}

/** Microseconds of the second in which a process was started, of nanoseconds since 1970. */
export function startOf(nanoseconds: number): Micros {
  return Math.floor(nanoseconds / NANOS_PER_SECOND) * MICROS_PER_SECOND;
}

function quotient(sum: number | null, count: number | null): number | null {
  return sum === null || !count ? null : sum / count;
}
