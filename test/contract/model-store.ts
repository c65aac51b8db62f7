import {
  type Aggregate,
  type HistorySeries,
  isoToMicros,
  type Micros,
  microsToIso,
  nameMap,
  type ProgramUsage,
  type SampleBatch,
  type UsageByName,
  type ValuesByName,
  valueColumns,
} from '#domain';
import type { HistoryQuery, ProgramsQuery, SeriesQuery, WindowQuery } from '#store';

interface Sample {
  host: string;
  name: string;
  time: Micros;
  count: number;
  cpu?: number;
  cpuMax?: number;
  mem?: number;
  memMax?: number;
  rssBytes?: number;
}

interface Ordered {
  host: string;
  process: string;
  value?: number | null;
}

/** What a store must answer, told as simply as it can be: every sample lies in one map. */
export class ModelStore {
  private readonly samples = new Map<string, Sample>();

  write(batches: SampleBatch[]): void {
    for (const batch of batches) {
      const time = isoToMicros(batch.time);
      for (const [i, name] of batch.names.entries()) {
        const key = JSON.stringify([batch.host, name, time]);
        const sample = this.samples.get(key) ?? { host: batch.host, name, time, count: 0 };
        sample.count = batch.count[i] ?? 0;
        for (const column of valueColumns) {
          const value = batch[column]?.[i];
          if (value !== undefined && value !== null) sample[column] = value;
        }
        this.samples.set(key, sample);
      }
    }
  }

  usageByName(query: WindowQuery & { aggregate: Aggregate }): UsageByName {
    const groups = groupBy(this.inWindow(query), ({ name }) => name);
    const pick = { mean: meanPerProcess, total: meanOf, max: largestOf }[query.aggregate];
    return nameMap([...groups].map(([name, samples]) => [name, [pick(samples, 'mem'), pick(samples, 'cpu')]]));
  }

  valuesByName(query: WindowQuery & { metric: 'cpu' | 'mem' }): ValuesByName {
    const having = this.inWindow(query).filter((sample) => sample[query.metric] !== undefined);
    const groups = groupBy(having, ({ name }) => name);
    return nameMap(
      [...groups].map(([name, samples]) => [
        name,
        samples
          .toSorted((a, b) => a.time - b.time || byBytes(a.host, b.host))
          .map((sample) => (sample[query.metric] ?? 0) / sample.count),
      ]),
    );
  }

  programs(query: ProgramsQuery): ProgramUsage[] {
    const { order, after, limit, ...window } = query;
    if (order === undefined) return this.means(query);
    const all = this.means({ ...window, limit: Infinity });
    const byOrder = (a: Ordered, b: Ordered) =>
      (b.value ?? -1) - (a.value ?? -1) || byHostAndName([a.host, a.process], [b.host, b.process]);
    return all
      .map((program) => ({ program, ...program, value: program[order] }))
      .toSorted(byOrder)
      .filter((one) => !after || byOrder(one, after) > 0)
      .slice(0, limit)
      .map(({ program }) => program);
  }

  private means(query: SeriesQuery): ProgramUsage[] {
    return this.page(this.inWindow(query), query).map(([host, process, samples]) => ({
      host,
      process,
      samples: samples.length,
      count: meanOf(samples, 'count') ?? 0,
      cpu: meanPerProcess(samples, 'cpu'),
      cpuTotal: meanOf(samples, 'cpu'),
      cpuMax: largestOf(samples, 'cpu'),
      mem: meanPerProcess(samples, 'mem'),
      memTotal: meanOf(samples, 'mem'),
      memMax: largestOf(samples, 'mem'),
      rssBytes: meanOf(samples, 'rssBytes'),
      lastTime: microsToIso(Math.max(...samples.map(({ time }) => time))),
    }));
  }

  history(query: HistoryQuery): HistorySeries[] {
    const { field, stepMicros } = query;
    const having = this.inWindow(query).filter((sample) => sample[field] !== undefined);
    return this.page(having, query).map(([host, process, samples]) => {
      const steps = groupBy(samples, ({ time }) => Math.floor(time / stepMicros) * stepMicros);
      const points = [...steps]
        .toSorted(([a], [b]) => a - b)
        .map(([start, inStep]): [string, number] => {
          const values = inStep.map((sample) => sample[field] ?? 0);
          const value = field.endsWith('Max') ? Math.max(...values) : mean(values);
          return [microsToIso(start), value];
        });
      return { host, process, points };
    });
  }

  hosts(): { host: string; lastTime: Micros }[] {
    return [...groupBy([...this.samples.values()], ({ host }) => host)]
      .map(([host, samples]) => ({ host, lastTime: Math.max(...samples.map(({ time }) => time)) }))
      .toSorted((a, b) => byBytes(a.host, b.host));
  }

  private inWindow({ host, from, to = Infinity, process }: WindowQuery & Partial<SeriesQuery>): Sample[] {
    return [...this.samples.values()].filter(
      (sample) =>
        sample.time >= from &&
        sample.time < to &&
        (host === undefined || sample.host === host) &&
        (process === undefined || sample.name === process),
    );
  }

  private page(samples: Sample[], { after, limit }: SeriesQuery): [string, string, Sample[]][] {
    return [...groupBy(samples, ({ host, name }) => JSON.stringify([host, name])).values()]
      .map((group): [string, string, Sample[]] => [group[0]?.host ?? '', group[0]?.name ?? '', group])
      .toSorted(byHostAndName)
      .filter(([host, name]) => !after || byHostAndName([host, name], [after.host, after.process]) > 0)
      .slice(0, limit);
  }
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function byHostAndName([hostA, nameA]: [string, string, ...unknown[]], [hostB, nameB]: [string, string, ...unknown[]]) {
  return byBytes(hostA, hostB) || byBytes(nameA, nameB);
}

function groupBy<Key>(samples: Sample[], keyOf: (sample: Sample) => Key): Map<Key, Sample[]> {
  const groups = new Map<Key, Sample[]>();
  for (const sample of samples) {
    const key = keyOf(sample);
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  return groups;
}

function mean(values: number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function meanOf(samples: Sample[], field: 'cpu' | 'mem' | 'rssBytes' | 'count'): number | null {
  const values = samples.flatMap((sample) => sample[field] ?? []);
  return values.length === 0 ? null : mean(values);
}

function meanPerProcess(samples: Sample[], field: 'cpu' | 'mem'): number | null {
  const having = samples.filter((sample) => sample[field] !== undefined);
  if (having.length === 0) return null;
  const sum = having.reduce((total, sample) => total + (sample[field] ?? 0), 0);
  return sum / having.reduce((total, { count }) => total + count, 0);
}

function largestOf(samples: Sample[], field: 'cpu' | 'mem'): number | null {
  const values = samples.flatMap((sample) => sample[`${field}Max`] ?? []);
  return values.length === 0 ? null : Math.max(...values);
}
