import {
  type Aggregate,
  type HistorySeries,
  type HostMetricSeries,
  type Micros,
  nameMap,
  type ProgramUsage,
  type SampleBatch,
  type UnitHistorySeries,
  type UsageByName,
  type ValuesByName,
} from '#domain';
import { compareUtf8 } from '../compare-utf8.js';
import { finite } from '../finite.js';
import { GroupCommit } from '../group-commit.js';
import { toHostMetrics } from '../host-metric-series.js';
import { sumByHost } from './host-totals.js';
import {
  byHostAndProcess,
  hostMetricRows,
  programAggregations,
  stepFunctions,
  Steps,
  sumRows,
  toProgram,
  usageAggregations,
  usageValues,
} from './influx-answers.js';
import { type Aggregation, hostMetricsFlux, sumsFlux, valuesFlux, windowsFlux } from './influx-flux.js';
import { InfluxHttp, type InfluxOptions } from './influx-http.js';
import { decodeName } from './influx-escape.js';
import { InfluxQueries } from './influx-queries.js';
import { InfluxRanking } from './influx-ranking.js';
import { InfluxReader } from './influx-reader.js';
import { readTick } from './influx-tick.js';
import { InfluxTicks } from './influx-ticks.js';
import { readUsageThen } from './influx-usage-then.js';
import { hasText, isIn, namesOf, perProgram, topPrograms } from './influx-top.js';
import { InfluxUnits } from './influx-units.js';
import { OwnToken } from './own-token.js';
import { InfluxWriter } from './influx-writer.js';
import { isName, timeOf, type Totals } from './totals.js';
import { unavailable } from '../store-errors.js';
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
  UsageStore,
  type StoredHostTotal,
  type StoredUnitUsage,
  type UnitHistoryQuery,
  type UnitsQuery,
  type WindowQuery,
  type WriteResult,
} from '../usage-store.js';
import { WriteHealth } from '../write-health.js';

const MAX_GROUP_ROWS = 20_000;
const MAX_WAITING_ROWS = 500_000;

/** Without a time, so that it is InfluxDB's own. */
const probeLine = 'amberwatch_probe ok=true';

/** Time series in InfluxDB 2.x, in the names of Telegraf's procstat. */
export class InfluxStore extends UsageStore {
  private readonly writer: InfluxWriter;
  private readonly queries: InfluxQueries;
  private readonly own: OwnToken | undefined;
  private readonly reader: InfluxReader;
  private readonly unitReader: InfluxUnits;
  private readonly ticks: InfluxTicks;
  private readonly rankingReader: InfluxRanking;
  private readonly commits = new GroupCommit<SampleBatch[], WriteResult>({
    commit: (items) => this.commit(items),
    weigh: rowsOf,
    maxGroup: MAX_GROUP_ROWS,
    maxWaiting: MAX_WAITING_ROWS,
  });
  private readonly health = new WriteHealth(() => this.asking(() => this.http.write([probeLine])));
  private preparing: Promise<void> | undefined;
  private prepared = false;
  private closed = false;

  private constructor(private readonly http: InfluxHttp) {
    super();
    this.writer = new InfluxWriter(http);
    this.queries = new InfluxQueries(http);
    const { tokenFile } = http.options;
    this.own = tokenFile === undefined ? undefined : new OwnToken(http, tokenFile);
    this.reader = new InfluxReader(this.queries);
    this.unitReader = new InfluxUnits(this.queries, http.options.bucket);
    this.ticks = new InfluxTicks(this.queries, http.options.bucket);
    this.rankingReader = new InfluxRanking(this.queries, this.reader, this.ticks);
  }

  /**
   * Creates the bucket if missing and sets its retention. If InfluxDB is away, that is done before the first use instead.
   *
   * @throws StoreOpenError if token, organization or bucket are wrong
   */
  static async open(options: InfluxOptions): Promise<InfluxStore> {
    const store = new InfluxStore(new InfluxHttp(options));
    try {
      await store.prepare();
    } catch (error) {
      const fault = store.http.openError(error);
      if (fault) throw fault;
    }
    return store;
  }

  write(batches: SampleBatch[]): Promise<WriteResult> {
    return this.commits.add(batches);
  }

  async usageByName({ aggregate, ...query }: WindowQuery & { aggregate: Aggregate }): Promise<UsageByName> {
    return this.asking(async () => {
      const selection = this.select(query);
      const groups =
        aggregate === 'mean'
          ? await this.reader.sumsByName(selection)
          : await this.reader.totals(selection, ['process_name'], usageAggregations[aggregate]);
      const value = usageValues[aggregate];
      return nameMap(
        groups
          .toSorted((a, b) => compareUtf8(a.process, b.process))
          .map((totals) => [totals.process, [value(totals, 'mem'), value(totals, 'cpu')]]),
      );
    });
  }

  async valuesByName({ metric, ...query }: WindowQuery & { metric: 'cpu' | 'mem' }): Promise<ValuesByName> {
    return this.asking(async () => {
      const rows = await this.queries.rows(valuesFlux({ ...this.select(query), fields: [] }, metric));
      const samples = rows
        .map(({ host = '', process_name = '', _time = '', _value }) => ({
          host: decodeName(host),
          process: decodeName(process_name),
          time: timeOf(_time),
          value: finite(_value),
        }))
        .filter(({ process }) => isName(process));
      const values: ValuesByName = nameMap();
      for (const { process, value } of samples.toSorted((a, b) => a.time - b.time || compareUtf8(a.host, b.host))) {
        (values[process] ??= []).push(value);
      }
      return values;
    });
  }

  async programs(query: ProgramsQuery): Promise<ProgramUsage[]> {
    return this.asking(async () => {
      const { order, from, to = Infinity } = query;
      if (to <= from) return [];
      const page =
        order === undefined
          ? await this.page(query, (samples) => this.reader.totals(samples, perProgram, programAggregations))
          : await topPrograms(this.reader, this.select(query), { ...query, order });
      if (page.length === 0) return [];
      const samples = { ...this.select(query), ...namesOf(page) };
      await this.reader.fillTimes(samples, perProgram, page);
      await this.reader.fillGaps(samples, perProgram, page);
      return page.map(toProgram);
    });
  }

  async hostTotals(query: HostTotalsQuery): Promise<StoredHostTotal[]> {
    return sumByHost(await this.programs({ ...query, limit: Number.MAX_SAFE_INTEGER }));
  }

  async history(query: HistoryQuery): Promise<HistorySeries[]> {
    return this.asking(async () => {
      const { field, stepMicros, from, to = Infinity, extremes } = query;
      if (to <= from) return [];
      const counted: Aggregation = { fields: [field], function: 'count' };
      const page = await this.page(query, (samples) => this.reader.groups(samples, perProgram, [counted]));
      if (page.length === 0) return [];
      const value = field === 'cpuMax' || field === 'memMax' ? 'max' : 'mean';
      const selection = { ...this.select(query), ...namesOf(page), fields: [field] };
      const steps = new Steps(stepMicros);
      for (const row of await this.queries.rows(windowsFlux(selection, stepMicros, stepFunctions(value, extremes))))
        steps.add(row);
      return page.map(({ host, process }) => ({ host, process, ...steps.points(host, process, value, extremes) }));
    });
  }

  async units(query: UnitsQuery): Promise<StoredUnitUsage[]> {
    return this.asking(() => this.unitReader.units(query));
  }

  async unitHistory(query: UnitHistoryQuery): Promise<UnitHistorySeries[]> {
    return this.asking(() => this.unitReader.history(query));
  }

  async tick(query: TickQuery): Promise<StoredTick | undefined> {
    return this.asking(() => readTick(this.queries, this.ticks, this.http.options.bucket, query));
  }

  async ranking(query: RankingQuery): Promise<StoredRanking> {
    return this.asking(async () => {
      const { from, to = Infinity } = query;
      if (to <= from) return { programs: [], all: { programs: 0, cpuSeconds: null } };
      return this.rankingReader.read(this.select(query), query);
    });
  }

  async usageThen(query: UsageThenQuery): Promise<StoredUsageThen> {
    return this.asking(async () => {
      if (query.to <= query.from) return { ticks: 0, programs: [] };
      return readUsageThen(this.reader, this.ticks, this.http.options.bucket, query);
    });
  }

  async hostMetrics(query: HostMetricsQuery): Promise<HostMetricSeries[]> {
    return this.asking(async () => {
      const { from, to = Infinity, stepMicros } = query;
      if (to <= from) return [];
      const rows = await this.queries.rows(hostMetricsFlux(this.http.options.bucket, query));
      return toHostMetrics(hostMetricRows(rows, stepMicros));
    });
  }

  async programSums({ host, field, from, to, stepMicros }: ProgramSumsQuery): Promise<HostMetricSeries[]> {
    return this.asking(async () => {
      if ((to ?? Infinity) <= from) return [];
      const selection = { ...this.select({ host, from, to }), fields: [field] };
      return toHostMetrics(sumRows(await this.queries.rows(sumsFlux(selection, stepMicros)), stepMicros));
    });
  }

  async hosts(): Promise<{ host: string; lastTime: Micros }[]> {
    return this.asking(async () => {
      const newest: Aggregation = { fields: ['count'], function: 'last' };
      const groups = await this.reader.groups(this.select({ from: 0 }), ['host'], [newest]);
      return groups.map(({ host, lastTime }) => ({ host, lastTime })).toSorted((a, b) => compareUtf8(a.host, b.host));
    });
  }

  async check(): Promise<void> {
    await this.asking(() => this.http.check());
    await this.health.check();
  }

  /** InfluxDB itself drops what is past the bucket's retention. */
  async expire(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    await this.commits.close();
    this.closed = true;
    this.queries.close();
  }

  /** Totals of the programs of one page. Asks for a few hosts at a time, since there may be very many. */
  private async page(
    query: Omit<ProgramsQuery, 'order'>,
    totalsOf: (samples: ReturnType<InfluxStore['select']>) => Promise<Totals[]>,
  ): Promise<Totals[]> {
    const { after, limit, match, unit } = query;
    const all = query.host === undefined ? await this.everyHost(query) : [query.host];
    const hosts = all.filter((host) => !after || compareUtf8(host, after.host) >= 0);
    const page: Totals[] = [];
    for (let start = 0, size = 1; start < hosts.length && page.length < limit; start += size, size *= 2) {
      const found = await totalsOf({ ...this.select(query), hosts: hosts.slice(start, start + size) });
      const wanted = found.filter(
        (totals) => hasText(totals, match) && isIn(totals, unit) && (!after || byHostAndProcess(totals, after) > 0),
      );
      page.push(...wanted.toSorted(byHostAndProcess));
    }
    return page.slice(0, limit);
  }

  /** Our hosts and those that only another program writes about, in the order of their names. */
  private async everyHost({ from }: { from: Micros }): Promise<string[]> {
    const [ours, foreign] = await Promise.all([this.hosts(), this.reader.foreignHosts(this.select({ from }))]);
    return [...new Set([...ours.map(({ host }) => host), ...foreign])].toSorted(compareUtf8);
  }

  private select({ from, to, host, process }: WindowQuery & { to?: Micros; process?: string }) {
    return {
      bucket: this.http.options.bucket,
      from,
      ...(to === undefined ? {} : { to }),
      ...(host === undefined ? {} : { hosts: [host] }),
      ...(process === undefined ? {} : { processes: [process] }),
    };
  }

  private async commit(items: SampleBatch[][]): Promise<PromiseSettledResult<WriteResult>[]> {
    const results = await this.health.watch(() => this.asking(() => this.writer.write(items)));
    return results.map((value) => ({ status: 'fulfilled', value }));
  }

  private async asking<Result>(ask: () => Promise<Result>): Promise<Result> {
    if (this.closed) throw unavailable('The store is closed');
    try {
      await this.prepare();
      return await ask();
    } catch (error) {
      // The bucket or the token may have been deleted; see to them again before the next use.
      if (this.http.lacksAccess(error)) this.prepared = false;
      throw this.http.failure(error);
    }
  }

  private async prepare(): Promise<void> {
    if (this.prepared) return;
    const ready = () => this.own?.prepare() ?? this.http.prepareBucket();
    this.preparing ??= ready().finally(() => (this.preparing = undefined));
    await this.preparing;
    this.prepared = true;
  }
}
