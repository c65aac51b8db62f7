import type {
  Aggregate,
  HostMeasurement,
  HostMetricSeries,
  HostTotal,
  HistorySeries,
  HostProcess,
  HostProcesses,
  Micros,
  ProgramUsage,
  Ranking,
  RankingOrder,
  SampleBatch,
  SumField,
  TickOrder,
  UnitField,
  UnitHistorySeries,
  UnitKind,
  UnitOrder,
  UnitUsage,
  UsageByName,
  UsageField,
  UsageOrder,
  UsageThen,
  ValuesByName,
} from '#domain';

export interface WindowQuery {
  host?: string;
  /** Start of the window. */
  from: Micros;
}

export interface SeriesQuery extends WindowQuery {
  /** End of the window, itself excluded; open if left out. */
  to?: Micros;
  process?: string;
  limit: number;
  /** Only series after this one, in the order of the answer. */
  after?: { host: string; process: string };
}

/** Only programs whose name or host holds this text, upper and lower case alike. */
interface Matching {
  match?: string;
}

export interface ProgramsQuery extends SeriesQuery, Matching {
  /** Only programs that ran in this unit at their newest sample of the window. */
  unit?: string;
  /** The largest first by this value, and last those without one; ties, and all if it is left out, by host and process. */
  order?: UsageOrder;
  /** With the value that it was ordered by. */
  after?: { host: string; process: string; value?: number | null };
}

export type HostTotalsQuery = Pick<ProgramsQuery, 'host' | 'from' | 'to' | 'match'>;

/** What the programs of a host used together; the store knows no services. */
export type StoredHostTotal = Omit<HostTotal, 'service'>;

export interface HistoryQuery extends SeriesQuery {
  field: UsageField;
  stepMicros: Micros;
  /** Whether the smallest and the largest sample of each point are asked for too. */
  extremes?: boolean;
}

export interface TickQuery {
  /** Exact. */
  host: string;
  /** The newest tick at or before this is meant. */
  at: Micros;
  /** A tick before this is too old to be one of that moment. */
  notBefore: Micros;
  match?: string;
  /** Also these, whatever their place. */
  processes?: string[];
  /** The largest first, ties by name. */
  order: TickOrder;
  limit: number;
}

/** What the programs of a host used at one tick, and the ticks beside it. */
export interface StoredTick {
  time: Micros;
  previous: Micros | null;
  next: Micros | null;
  all: NonNullable<HostProcesses['all']>;
  processes: HostProcess[];
}

export interface RankingQuery extends WindowQuery {
  /** End of the range, itself excluded; open if left out. */
  to?: Micros;
  unit?: string;
  match?: string;
  /** Also these, whatever their place. */
  processes?: string[];
  /** The largest first, and last those without a value; ties by host and process. */
  order: RankingOrder;
  limit: number;
  /** A small history of each: the largest of each of `points` equal steps from `from` on. */
  spark?: { field: UsageField; stepMicros: Micros; points: number };
}

export type StoredRanking = Pick<Ranking, 'programs' | 'all'>;

export interface UsageThenQuery {
  /** Exact. */
  host: string;
  from: Micros;
  /** Itself excluded. */
  to: Micros;
  match?: string;
}

/** What the programs of a host used over a time, as means over its ticks. */
export interface StoredUsageThen {
  /** Ticks of the host in it, those at which no program of the answer ran included. */
  ticks: number;
  programs: (UsageThen & { process: string; unit?: string })[];
}

interface UnitSeriesQuery extends WindowQuery {
  /** End of the window, itself excluded; open if left out. */
  to?: Micros;
  /** Exact. */
  unit?: string;
  kind?: UnitKind;
  limit: number;
  /** Only units after this one, in the order of the answer. */
  after?: { host: string; unit: string };
}

export interface UnitsQuery extends UnitSeriesQuery {
  /** Only units whose name or host holds this text, upper and lower case alike. */
  match?: string;
  /** The largest first by this value, and last those without one; ties, and all if it is left out, by host and unit. */
  order?: UnitOrder;
  /** With the value that it was ordered by. */
  after?: { host: string; unit: string; value?: number | null };
}

export interface UnitHistoryQuery extends UnitSeriesQuery {
  field: UnitField;
  stepMicros: Micros;
  /** Whether the smallest and the largest sample of each point are asked for too. */
  extremes?: boolean;
}

/** What a unit used over the window; which programs are in it now is known without the store. */
export type StoredUnitUsage = Omit<UnitUsage, 'programs'>;

export interface HostMetricsQuery {
  /** Exact. */
  host: string;
  measurement: HostMeasurement;
  field: string;
  from: Micros;
  /** End of the range, itself excluded; open if left out. */
  to?: Micros;
  stepMicros: Micros;
  /** Of a counter: how much it grew a second from sample to sample; where it began anew, that one is left out. */
  rate?: boolean;
  /** Whether the smallest and the largest of each point are asked for too. */
  extremes?: boolean;
}

export interface ProgramSumsQuery {
  /** Exact. */
  host: string;
  field: SumField;
  from: Micros;
  /** End of the range, itself excluded; open if left out. */
  to?: Micros;
  stepMicros: Micros;
  /** Whether the smallest and the largest tick of each point are asked for too; a store that would be slow leaves them out. */
  extremes?: boolean;
}

/** What became of the samples of a write; the three add up to all of them. */
export interface WriteResult {
  /** In the database now, whether they were before or not. */
  stored: number;
  /** Older than the retention, and not kept. */
  expired: number;
  /** Refused for good for another reason, such as a field that the database has with another type. */
  refused: number;
  /** What the database said of the first one that it refused. */
  reason?: string;
}

export function samplesIn(batches: SampleBatch[]): number {
  return batches.reduce((sum, { names }) => sum + names.length, 0);
}

/** What a write costs, in rows: one a batch, a sample and a unit. */
export function rowsOf(batches: SampleBatch[]): number {
  return batches.reduce((sum, { names, units }) => sum + 1 + names.length + (units?.length ?? 0), 0);
}

/**
 * Where time series live. The identity of a sample is (host, name, time), that of a unit's is (host, unit, time): writing
 * one again replaces the fields it carries. Every method rejects with `STORE_UNAVAILABLE` if the database is away or full.
 */
export abstract class UsageStore {
  /** Resolves once all that is kept of the batches is durable, and says what became of every sample. */
  abstract write(batches: SampleBatch[]): Promise<WriteResult>;

  /** For each process name `[mem, cpu]` over the window; `host` is exact. */
  abstract usageByName(query: WindowQuery & { aggregate: Aggregate }): Promise<UsageByName>;

  /** For each process name one value a sample (sum ÷ count), oldest first. */
  abstract valuesByName(query: WindowQuery & { metric: 'cpu' | 'mem' }): Promise<ValuesByName>;

  /** Means of each program of each host, as ordered, or in the order of the UTF-8 bytes of host and process. */
  abstract programs(query: ProgramsQuery): Promise<ProgramUsage[]>;

  /** The programs of each host that has any added up, in the order of the UTF-8 bytes of the host. */
  abstract hostTotals(query: HostTotalsQuery): Promise<StoredHostTotal[]>;

  /** Points of each series that has any, steps aligned to the epoch, in the order of `programs`. */
  abstract history(query: HistoryQuery): Promise<HistorySeries[]>;

  /** One tick of a host; undefined where there is none in the time that is asked for. */
  abstract tick(query: TickQuery): Promise<StoredTick | undefined>;

  /** What programs used over a range, the largest first. */
  abstract ranking(query: RankingQuery): Promise<StoredRanking>;

  /** What every program of a host used over a time, in the order of the UTF-8 bytes of its name. */
  abstract usageThen(query: UsageThenQuery): Promise<StoredUsageThen>;

  /** What each unit of each host used, as ordered, or in the order of the UTF-8 bytes of host and unit. */
  abstract units(query: UnitsQuery): Promise<StoredUnitUsage[]>;

  /** Points of each unit that has any, steps aligned to the epoch, in the order of `units`. */
  abstract unitHistory(query: UnitHistoryQuery): Promise<UnitHistorySeries[]>;

  /** Means of a metric of the host itself, for each of its devices; steps are aligned to the epoch. */
  abstract hostMetrics(query: HostMetricsQuery): Promise<HostMetricSeries[]>;

  /** Means of what all programs of a host used together at each tick; none where it has no such sample. */
  abstract programSums(query: ProgramSumsQuery): Promise<HostMetricSeries[]>;

  /** Every host that has written through this store, and the time of its newest sample. Hosts that only another program
   * writes about are left out: nobody here could tell when they fall silent. */
  abstract hosts(): Promise<{ host: string; lastTime: Micros }[]>;

  /** Rejects if the store can't answer, or has refused a write and taken none since. */
  abstract check(): Promise<void>;

  /**
   * Deletes samples older than a time and resolves with their number; 0 if the database does that by itself.
   */
  abstract expire(before: Micros): Promise<number>;

  /** Refuses new writes, finishes the accepted ones, and frees the database. */
  abstract close(): Promise<void>;
}
