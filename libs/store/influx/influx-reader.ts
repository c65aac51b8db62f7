import { performance } from 'node:perf_hooks';
import type { UsageField } from '#domain';
import {
  type Aggregation,
  aggregatesFlux,
  countsFlux,
  type GroupColumns,
  joined,
  processesHavingFlux,
  type Selection,
  tagKeysFlux,
} from './influx-flux.js';
import { decodeName } from './influx-escape.js';
import type { FluxRow, InfluxQueries } from './influx-queries.js';
import { groupKey, Totals, toTotals } from './totals.js';

/** Names asked for one by one; beyond that the whole host is. */
const MAX_LISTED_NAMES = 50;

type Samples = Omit<Selection, 'fields'>;

/** What is asked about rows that another program wrote. */
const ofForeign: Aggregation[] = [
  { fields: ['cpu', 'mem', 'rssBytes'], function: 'count' },
  { fields: ['cpu', 'mem'], function: 'max' },
  { fields: ['cpu', 'mem', 'rssBytes'], function: 'last' },
];

/** Tags come with programs that begin to write, which is seldom: asking for them each time costs a tenth of a read. */
const TAGS_HOLD_MS = 60_000;

/** Has the storage add up samples by group, so that means can be taken. */
export class InfluxReader {
  private known: { tags: Promise<string[]>; atMs: number } | undefined;

  constructor(
    private readonly queries: InfluxQueries,
    /** Milliseconds on a clock that never goes back. */
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Totals of each group as the storage gives them, whoever wrote the rows. */
  async groups(samples: Samples, by: GroupColumns, all: Aggregation[]): Promise<Totals[]> {
    return toTotals(await this.queries.rows(aggregatesFlux(samples, by, all)), by);
  }

  /** Totals of each group, with the rows of other programs told apart. */
  async totals(samples: Samples, by: GroupColumns, all: Aggregation[]): Promise<Totals[]> {
    const [groups, foreign] = await Promise.all([this.groups(samples, by, all), this.foreign(samples, by)]);
    return withForeign(groups, foreign);
  }

  /** The same of every program, also of those that have none of the fields but in rows of other programs. */
  async everyProgram(samples: Samples, by: GroupColumns, all: Aggregation[]): Promise<Totals[]> {
    const [groups, foreign] = await Promise.all([this.groups(samples, by, all), this.foreign(samples, by)]);
    const known = new Set(groups.map((totals) => groupKey(totals.host, totals.process)));
    const others = foreign.filter((totals) => !known.has(groupKey(totals.host, totals.process)));
    // What another program wrote is all that there is of them.
    for (const totals of others) totals.takeForeign(totals);
    return [...withForeign(groups, foreign), ...others];
  }

  /**
   * Sums by process name with which means per process can be taken. Counting the samples of every name costs as much
   * as adding them up, so that is done only where the totals tell that some sample lacks a field.
   */
  async sumsByName(samples: Samples): Promise<Totals[]> {
    const by: GroupColumns = ['process_name'];
    const fields: UsageField[] = ['cpu', 'mem', 'count'];
    const sums = aggregatesFlux(samples, by, [{ fields, function: 'sum' }]);
    const [rows, foreign] = await Promise.all([
      this.queries.rows(joined([sums, countsFlux({ ...samples, fields })], '\n')),
      this.foreign(samples, by),
    ]);
    const counts = rows.filter(({ result }) => result === 'samples').map(({ _value }) => _value);
    const isSum = ({ result }: FluxRow) => result === 'sum';
    const groups = withForeign(toTotals(rows.filter(isSum), by), foreign);
    if (foreign.length === 0 && counts.length === fields.length && new Set(counts).size === 1) return groups;
    const counted = await this.groups(samples, by, [{ fields, function: 'count' }]);
    const byName = new Map(groups.map((totals) => [totals.process, totals]));
    for (const totals of counted) byName.get(totals.process)?.take(totals);
    await this.fillGaps(samples, by, groups);
    return groups;
  }

  /** Finds the newest time of groups without any `process_count`, the one field whose last time was asked for. */
  async fillTimes(samples: Samples, by: GroupColumns, groups: Totals[]): Promise<void> {
    const without = groups.filter(({ lastTime }) => lastTime === -Infinity);
    if (without.length === 0) return;
    const last: Aggregation = { fields: ['cpu', 'mem', 'rssBytes'], function: 'last' };
    const found = await this.groups(samples, by, [last]);
    const byKey = new Map(found.map((totals) => [groupKey(totals.host, totals.process), totals]));
    for (const totals of without) totals.take(byKey.get(groupKey(totals.host, totals.process)) ?? totals);
  }

  /** Counts the processes of samples that have a field, for groups in which some samples lack it. */
  async fillGaps(samples: Samples, by: GroupColumns, groups: Totals[]): Promise<void> {
    for (const field of ['cpu', 'mem'] as const) {
      const withGaps = groups.filter((totals) => totals.hasGaps(field));
      if (withGaps.length === 0) continue;
      const names = [...new Set(withGaps.map(({ process }) => process))];
      const processes = names.length <= MAX_LISTED_NAMES ? names : samples.processes;
      const rows = await this.queries.rows<FluxRow & { processes: number }>(
        processesHavingFlux({ ...samples, processes, fields: [] }, by, field),
      );
      const found = new Map(
        rows.map((row) => [groupKey(decodeName(row.host ?? ''), decodeName(row.process_name ?? '')), row.processes]),
      );
      for (const totals of withGaps) {
        totals.setProcessesHaving(field, found.get(groupKey(totals.host, totals.process)) ?? 0);
      }
    }
  }

  /** Hosts that another program writes about. */
  async foreignHosts(samples: Samples): Promise<string[]> {
    return (await this.foreign(samples, ['host'])).map(({ host }) => host);
  }

  /** Rows of other programs have tags that ours do not. Mostly there are none. */
  private async foreign(samples: Samples, by: GroupColumns): Promise<Totals[]> {
    const tags = await this.foreignTags(samples.bucket);
    return tags.length === 0 ? [] : this.groups({ ...samples, withAnyTag: tags }, by, ofForeign);
  }

  /** Tags that ours do not have, as the index knows them, a minute old at most. */
  private foreignTags(bucket: string): Promise<string[]> {
    const { known } = this;
    if (known && this.now() - known.atMs < TAGS_HOLD_MS) return known.tags;
    const tags = this.askForeignTags(bucket);
    this.known = { tags, atMs: this.now() };
    tags.catch(() => (this.known = undefined));
    return tags;
  }

  private async askForeignTags(bucket: string): Promise<string[]> {
    const keys = await this.queries.rows<{ _value: string }>(tagKeysFlux(bucket));
    return keys.map(({ _value }) => _value).filter((key) => !key.startsWith('_') && !ourTags.includes(key));
  }
}

const ourTags = ['host', 'process_name', 'service'];

function withForeign(groups: Totals[], foreign: Totals[]): Totals[] {
  const byKey = new Map(foreign.map((totals) => [groupKey(totals.host, totals.process), totals]));
  for (const totals of groups) {
    const theirs = byKey.get(groupKey(totals.host, totals.process));
    if (theirs) totals.takeForeign(theirs);
  }
  return groups;
}
