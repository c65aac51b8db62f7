import { join } from 'node:path';
import {
  type Aggregate,
  type HistorySeries,
  type HostMetricSeries,
  isoToMicros,
  type Micros,
  type ProgramUsage,
  type SampleBatch,
  type UnitHistorySeries,
  type UsageByName,
  type ValuesByName,
} from '#domain';
import { compareUtf8 } from '../compare-utf8.js';
import { DuckDbFile, type DuckDbFileOptions } from './duckdb-file.js';
import { GroupCommit } from '../group-commit.js';
import { type HostMetricRow, toHostMetrics } from '../host-metric-series.js';
import { hostMetricsQuery, programSumsQuery } from './host-metric-queries.js';
import { type HostSums, KeptSums } from './kept-sums.js';
import { probe } from './probe.js';
import { rankingQuery, type RankingRow, sparkQuery, type SparkRow, toRanking, withPoints } from './ranking-queries.js';
import { expireSlice, type ExpiringTable, forgetUnused } from './sample-expiry.js';
import {
  historyQuery,
  type HostTotalRow,
  hostTotalsQuery,
  toHostTotal,
  type PointRow,
  type ProgramRow,
  programsQuery,
  toHistory,
  toProgram,
  toUsageByName,
  toValuesByName,
  type UsageRow,
  type ValueRow,
  usageByNameQuery,
  valuesByNameQuery,
} from './sample-queries.js';
import { isFault } from '../store-errors.js';
import { SampleWriter } from './sample-writer.js';
import { type NameRow, namesQuery, rankingOf, usageThenOf } from './sums-answers.js';
import { listTick } from '../tick-list.js';
import { edgeQuery, tickQuery, type TickRow, toHostProcess } from './tick-queries.js';
import {
  toUnit,
  toUnitHistory,
  unitHistoryQuery,
  type UnitPointRow,
  type UnitRow,
  unitsQuery,
} from './unit-queries.js';
import {
  type HistoryQuery,
  type HostMetricsQuery,
  type HostTotalsQuery,
  type RankingQuery,
  type StoredRanking,
  type StoredTick,
  type StoredUsageThen,
  type TickQuery,
  type UsageThenQuery,
  type ProgramsQuery,
  type ProgramSumsQuery,
  rowsOf,
  samplesIn,
  UsageStore,
  type StoredHostTotal,
  type StoredUnitUsage,
  type UnitHistoryQuery,
  type UnitsQuery,
  type WindowQuery,
  type WriteResult,
} from '../usage-store.js';
import { WriteHealth } from '../write-health.js';

/** Rows in one commit, and waiting for one. */
const MAX_GROUP_ROWS = 50_000;
const MAX_WAITING_ROWS = 500_000;

/** Time whose samples are deleted at once, so that writes get their turn in between. */
const EXPIRE_SLICE_MICROS = 3_600_000_000;

/** The ticks beside a tick are looked for this far away first, which spares reading the whole history of all hosts. */
const NEAR_MICROS = 900_000_000;

export interface DuckDbStoreOptions extends Omit<DuckDbFileOptions, 'prepare'> {
  /** Folder of `usage.duckdb`; created if missing. */
  folder: string;
  /** Samples older than this are not stored; all are if it is left out. */
  retentionSeconds?: number;
}

/** Time series in a DuckDB file of our own, `usage.duckdb`. */
export class DuckDbStore extends UsageStore {
  private readonly commits = new GroupCommit<SampleBatch[], WriteResult>({
    commit: (items) => this.commit(items),
    weigh: rowsOf,
    maxGroup: MAX_GROUP_ROWS,
    maxWaiting: MAX_WAITING_ROWS,
  });
  private readonly sums: KeptSums;
  private readonly health = new WriteHealth(() => probe(this.file));

  private constructor(
    private readonly file: DuckDbFile,
    private readonly retentionSeconds: number,
    /** Replaced each time the file is opened. */
    private readonly writer: { current: SampleWriter },
  ) {
    super();
    this.sums = new KeptSums(file);
  }

  /**
   * @throws StoreLockedError if another process has the file, StoreOpenError if it can't be opened
   */
  static async open({ folder, retentionSeconds = Infinity, ...options }: DuckDbStoreOptions): Promise<DuckDbStore> {
    const writer = {} as { current: SampleWriter };
    const file = await DuckDbFile.open(join(folder, 'usage.duckdb'), {
      ...options,
      prepare: async (connection) => {
        const current = await SampleWriter.open(connection);
        writer.current = current;
        return () => current.close();
      },
    });
    return new DuckDbStore(file, retentionSeconds, writer);
  }

  write(batches: SampleBatch[]): Promise<WriteResult> {
    return this.commits.add(batches);
  }

  async usageByName(query: WindowQuery & { aggregate: Aggregate }): Promise<UsageByName> {
    return toUsageByName(await this.file.read<UsageRow>(usageByNameQuery(query)));
  }

  async valuesByName(query: WindowQuery & { metric: 'cpu' | 'mem' }): Promise<ValuesByName> {
    return toValuesByName(await this.file.read<ValueRow>(valuesByNameQuery(query)));
  }

  async programs(query: ProgramsQuery): Promise<ProgramUsage[]> {
    return (await this.file.read<ProgramRow>(programsQuery(query))).map(toProgram);
  }

  async hostTotals(query: HostTotalsQuery): Promise<StoredHostTotal[]> {
    return (await this.file.read<HostTotalRow>(hostTotalsQuery(query))).map(toHostTotal);
  }

  async history(query: HistoryQuery): Promise<HistorySeries[]> {
    return toHistory(await this.file.read<PointRow>(historyQuery(query)));
  }

  async units(query: UnitsQuery): Promise<StoredUnitUsage[]> {
    return (await this.file.read<UnitRow>(unitsQuery(query))).map(toUnit);
  }

  async unitHistory(query: UnitHistoryQuery): Promise<UnitHistorySeries[]> {
    return toUnitHistory(await this.file.read<UnitPointRow>(unitHistoryQuery(query)));
  }

  async tick(query: TickQuery): Promise<StoredTick | undefined> {
    const { host } = query;
    const time = await this.edge('max', host, query.notBefore, query.at);
    if (time === null) return undefined;
    const rows = await this.file.read<TickRow>(tickQuery(host, time));
    return {
      time,
      previous:
        (await this.edge('max', host, time - NEAR_MICROS, time - 1)) ??
        (await this.edge('max', host, -Infinity, time - NEAR_MICROS)),
      next:
        (await this.edge('min', host, time + 1, time + NEAR_MICROS)) ??
        (await this.edge('min', host, time + NEAR_MICROS, Infinity)),
      ...listTick(rows.map(toHostProcess), query),
    };
  }

  async ranking(query: RankingQuery): Promise<StoredRanking> {
    const ranking = await this.totals(query);
    const points = query.spark?.points;
    if (points === undefined) return ranking;
    const sparks = sparkQuery(query, ranking.programs);
    const rows = sparks ? await this.file.read<SparkRow>(sparks) : [];
    return { ...ranking, programs: withPoints(ranking.programs, points, rows) };
  }

  async usageThen(query: UsageThenQuery): Promise<StoredUsageThen> {
    const [sums, names] = await this.sumsOf(query.host, query.from, query.to);
    return usageThenOf(sums, names, query.match);
  }

  async hostMetrics(query: HostMetricsQuery): Promise<HostMetricSeries[]> {
    return toHostMetrics(await this.file.read<HostMetricRow>(hostMetricsQuery(query)));
  }

  async programSums(query: ProgramSumsQuery): Promise<HostMetricSeries[]> {
    return toHostMetrics(await this.file.read<HostMetricRow>(programSumsQuery(query)));
  }

  async hosts(): Promise<{ host: string; lastTime: Micros }[]> {
    await this.file.ready();
    return [...this.writer.current.ids.hosts]
      .filter(([, { newest }]) => newest > -Infinity)
      .map(([host, { newest }]) => ({ host, lastTime: newest }))
      .toSorted((a, b) => compareUtf8(a.host, b.host));
  }

  async check(): Promise<void> {
    await this.file.read({ sql: 'SELECT 1' });
    await this.health.check();
  }

  async expire(before: Micros): Promise<number> {
    const deleted = await this.expireTable('samples', before);
    this.sums.expired(before);
    await this.expireTable('host_metrics', before);
    await this.expireTable('units', before);
    await this.file.write((connection) => forgetUnused(connection, this.writer.current, before));
    return deleted;
  }

  async close(): Promise<void> {
    await this.commits.close();
    await this.file.close();
  }

  private async totals(query: RankingQuery): Promise<StoredRanking> {
    const { host, from, to } = query;
    if (host === undefined) return toRanking(await this.file.read<RankingRow>(rankingQuery(query)));
    return rankingOf(host, ...(await this.sumsOf(host, from, to)), query);
  }

  private async sumsOf(host: string, from: Micros, to: Micros | undefined): Promise<[HostSums, NameRow[]]> {
    await this.file.ready();
    const newest = this.writer.current.ids.hosts.get(host)?.newest ?? -Infinity;
    const sums = await this.sums.sums(host, from, to, newest);
    return [sums, await this.file.read<NameRow>(namesQuery(sums))];
  }

  private async edge(edge: 'max' | 'min', host: string, from: Micros, to: Micros): Promise<Micros | null> {
    const rows = await this.file.read<[Micros | null]>(edgeQuery(edge, host, from, to));
    return rows[0]?.[0] ?? null;
  }

  private async expireTable(table: ExpiringTable, before: Micros): Promise<number> {
    for (let deleted = 0; ;) {
      const slice = await this.file.write((connection) => expireSlice(connection, before, EXPIRE_SLICE_MICROS, table));
      if (slice === undefined) return deleted;
      deleted += slice;
    }
  }

  private async commit(items: SampleBatch[][]): Promise<PromiseSettledResult<WriteResult>[]> {
    const oldest = (Date.now() - this.retentionSeconds * 1000) * 1000;
    const kept = items.map((batches) => batches.filter(({ time }) => !(isoToMicros(time) < oldest)));
    try {
      await this.health.watch(() => this.file.write(() => this.writer.current.write(kept.flat())));
      for (const { host, time } of kept.flat()) this.sums.written(host, isoToMicros(time));
      return items.map((batches, i) => {
        const stored = samplesIn(kept[i] ?? []);
        return { status: 'fulfilled', value: { stored, expired: samplesIn(batches) - stored, refused: 0 } };
      });
    } catch (error) {
      if (!isFault(error) || items.length === 1) throw error;
      // One of the items can never be written; on its own it takes no other along.
      const outcomes: PromiseSettledResult<WriteResult>[] = [];
      for (const item of items) {
        const outcome = await this.commit([item]).catch((reason: unknown) => [{ status: 'rejected' as const, reason }]);
        outcomes.push(...outcome);
      }
      return outcomes;
    }
  }
}
