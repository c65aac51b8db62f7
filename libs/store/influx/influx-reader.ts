import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { InfluxDB, type ParameterizedQuery, type QueryApi } from '@influxdata/influxdb-client';
import type { UsageField } from '#domain';
import {
  type Aggregation,
  aggregatesFlux,
  countsFlux,
  fluxFields,
  type GroupColumns,
  joined,
  processesHavingFlux,
  type Selection,
} from './influx-flux.js';
import type { InfluxOptions } from './influx-http.js';
import { decodeName } from './influx-line.js';
import { unavailable } from '../store-errors.js';

const QUERY_LIMIT_MS = 30_000;
/** Queries under way at once, and waiting for their turn. */
const MAX_QUERIES = 4;
const MAX_WAITING_QUERIES = 500;
/** Names that are asked for one by one; beyond it the whole host is. */
const MAX_LISTED_NAMES = 50;

const fieldOf = new Map(Object.entries(fluxFields).map(([field, column]) => [column, field as UsageField]));

export interface FluxRow {
  result: string;
  host?: string;
  process_name?: string;
  _field?: string;
  _time?: string;
  _value: number;
}

/** What the storage has added up over one group of samples, such as all of one program. */
export class Totals {
  private readonly values = new Map<string, number>();
  private readonly having = new Map<'cpu' | 'mem', number>();
  /** Newest time in ISO 8601, where `last` was asked for. */
  lastTime = '';

  constructor(
    readonly host: string,
    readonly process: string,
  ) {}

  set(result: string, field: UsageField, value: number): void {
    this.values.set(`${result} ${field}`, value);
  }

  /** Takes over what the storage has told of the same group in another query. */
  take(other: Totals): void {
    for (const [key, value] of other.values) this.values.set(key, value);
  }

  get(result: Aggregation['function'], field: UsageField): number | null {
    return this.values.get(`${result} ${field}`) ?? null;
  }

  /** Mean over the samples that have the field. */
  mean(field: UsageField): number | null {
    return quotient(this.get('sum', field), this.get('count', field));
  }

  /** Mean over the processes of the samples that have the field. */
  perProcess(field: 'cpu' | 'mem'): number | null {
    return quotient(this.get('sum', field), this.processesHaving(field));
  }

  /** True where some samples have the field and others lack it. */
  hasGaps(field: 'cpu' | 'mem'): boolean {
    const count = this.get('count', field);
    return count !== null && count !== this.get('count', 'count');
  }

  setProcessesHaving(field: 'cpu' | 'mem', processes: number): void {
    this.having.set(field, processes);
  }

  private processesHaving(field: 'cpu' | 'mem'): number | null {
    return this.having.get(field) ?? this.get('sum', 'count');
  }
}

function toTotals(rows: FluxRow[]): Totals[] {
  const groups = new Map<string, Totals>();
  for (const { host = '', process_name = '', _field = '', _time = '', _value, result } of rows) {
    const key = `${host}\n${process_name}`;
    let totals = groups.get(key);
    if (!totals) groups.set(key, (totals = new Totals(decodeName(host), decodeName(process_name))));
    totals.set(result, fieldOf.get(_field) ?? 'count', _value);
    if (result === 'last') totals.lastTime = _time;
  }
  return [...groups.values()];
}

function quotient(sum: number | null, count: number | null): number | null {
  return sum === null || !count ? null : sum / count;
}

/** Asks InfluxDB in Flux, a few queries at a time. */
export class InfluxReader {
  private readonly api: QueryApi;
  private readonly agent: HttpAgent;
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(private readonly options: InfluxOptions) {
    const { url, token, org } = options;
    this.agent = new (url.startsWith('https:') ? HttpsAgent : HttpAgent)({ keepAlive: true });
    const client = new InfluxDB({ url, token, timeout: QUERY_LIMIT_MS, transportOptions: { agent: this.agent } });
    this.api = client.getQueryApi(org);
  }

  /** Rows of all results of a query; rejects as the client library does. */
  async rows(query: ParameterizedQuery): Promise<FluxRow[]> {
    await this.turn();
    try {
      return await this.api.collectRows<FluxRow>(query);
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }

  /** Totals of each group, with the processes that have a field counted apart where samples lack it. */
  async totals(selection: Omit<Selection, 'fields'>, by: GroupColumns, all: Aggregation[]): Promise<Totals[]> {
    return toTotals(await this.rows(aggregatesFlux(selection, by, all)));
  }

  /**
   * Sums by process name with which means per process can be taken. Counting the samples of every name costs as much
   * as adding them up, so that is done only where the totals tell that some sample lacks a field.
   */
  async sumsByName(selection: Omit<Selection, 'fields'>): Promise<Totals[]> {
    const by: GroupColumns = ['process_name'];
    const fields: UsageField[] = ['cpu', 'mem', 'count'];
    const sums = aggregatesFlux(selection, by, [{ fields, function: 'sum' }]);
    const rows = await this.rows(joined([sums, countsFlux({ ...selection, fields })], '\n'));
    const counts = rows.filter(({ result }) => result === 'samples').map(({ _value }) => _value);
    const groups = toTotals(rows.filter(({ result }) => result === 'sum'));
    if (counts.length === fields.length && new Set(counts).size === 1) return groups;
    const counted = await this.totals(selection, by, [{ fields, function: 'count' }]);
    const byName = new Map(groups.map((totals) => [totals.process, totals]));
    for (const totals of counted) byName.get(totals.process)?.take(totals);
    await this.fillGaps(selection, by, groups);
    return groups;
  }

  /** Counts the processes of samples that have a field, for those groups in which some lack it. */
  async fillGaps(selection: Omit<Selection, 'fields'>, by: GroupColumns, groups: Totals[]): Promise<void> {
    for (const field of ['cpu', 'mem'] as const) {
      const withGaps = groups.filter((totals) => totals.hasGaps(field));
      if (withGaps.length === 0) continue;
      const names = [...new Set(withGaps.map(({ process }) => process))];
      const processes = names.length <= MAX_LISTED_NAMES ? names : selection.processes;
      const rows = await this.rows(processesHavingFlux({ ...selection, processes, fields: [] }, by, field));
      const found = new Map(
        rows.map((row) => [
          `${decodeName(row.host ?? '')}\n${decodeName(row.process_name ?? '')}`,
          (row as unknown as { process_count: number }).process_count,
        ]),
      );
      for (const totals of withGaps) {
        totals.setProcessesHaving(field, found.get(`${totals.host}\n${totals.process}`) ?? 0);
      }
    }
  }

  close(): void {
    this.agent.destroy();
  }

  private async turn(): Promise<void> {
    if (this.running >= MAX_QUERIES) {
      if (this.waiting.length >= MAX_WAITING_QUERIES) {
        throw unavailable('The store is busy: too many reads wait', undefined, 1);
      }
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    this.running++;
  }
}
