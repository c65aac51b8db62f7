import type {
  Aggregate,
  HostMeasurement,
  HostMetricSeries,
  HistorySeries,
  Micros,
  ProgramUsage,
  SampleBatch,
  UsageByName,
  UsageField,
  ValuesByName,
} from '#domain';

export interface WindowQuery {
  host?: string;
  /** Oldest time that belongs to the window; there is no newest. */
  from: Micros;
}

export interface ProgramsQuery extends WindowQuery {
  process?: string;
  limit: number;
  /** Only programs after this one, in the order of host and process. */
  after?: { host: string; process: string };
}

export interface HistoryQuery extends ProgramsQuery {
  field: UsageField;
  /** First time that no longer belongs to the range; open where it is left out. */
  to?: Micros;
  stepMicros: Micros;
}

export interface HostMetricsQuery {
  /** Exact. */
  host: string;
  measurement: HostMeasurement;
  field: string;
  from: Micros;
  /** First time that no longer belongs to the range; open where it is left out. */
  to?: Micros;
  stepMicros: Micros;
}

/** What became of the samples of a write; the three add up to all of them. */
export interface WriteResult {
  /** In the database now, whether they were before or not. */
  stored: number;
  /** Older than the retention, and not kept. */
  expired: number;
  /** Refused for good for another reason, such as a field that the database has with another type. */
  refused: number;
}

export function samplesIn(batches: SampleBatch[]): number {
  return batches.reduce((sum, { names }) => sum + names.length, 0);
}

/**
 * Where time series live. The identity of a sample is (host, name, time): writing it again replaces the fields it
 * carries. Every method rejects with `STORE_UNAVAILABLE` where the database is away or full.
 */
export abstract class UsageStore {
  /** Resolves once all that is kept of the batches is durable, and says what became of every sample. */
  abstract write(batches: SampleBatch[]): Promise<WriteResult>;

  /** For each process name `[mem, cpu]` over the window; `host` is exact. */
  abstract usageByName(query: WindowQuery & { aggregate: Aggregate }): Promise<UsageByName>;

  /** For each process name one value a sample (sum ÷ count), oldest first. */
  abstract valuesByName(query: WindowQuery & { metric: 'cpu' | 'mem' }): Promise<ValuesByName>;

  /** Means of each program of each host, in the order of host and process by code unit of UTF-8. */
  abstract programs(query: ProgramsQuery): Promise<ProgramUsage[]>;

  /** Points of each series that has any, steps aligned to the epoch, in the order of `programs`. */
  abstract history(query: HistoryQuery): Promise<HistorySeries[]>;

  /** Means of a metric of the host itself, for each of its devices; steps are aligned to the epoch. */
  abstract hostMetrics(query: HostMetricsQuery): Promise<HostMetricSeries[]>;

  /** Every host with samples in the store, and the time of its newest one. */
  abstract hosts(): Promise<{ host: string; lastTime: Micros }[]>;

  /** Rejects where the store can't answer, or has refused a write and taken none since. */
  abstract check(): Promise<void>;

  /**
   * Deletes samples from before a time and resolves with their number. A store whose database does that by itself
   * leaves it to it and resolves with 0.
   */
  abstract expire(before: Micros): Promise<number>;

  /** Refuses new writes, finishes those that it has accepted, and frees the database. */
  abstract close(): Promise<void>;
}
