import { flux, fluxDuration, type ParameterizedQuery } from '@influxdata/influxdb-client';
import { microsToIso, type RankedProgram, type RankingOrder, type UsageField } from '#domain';
import { finite } from '../finite.js';
import { compareOrdered } from '../usage-order.js';
import type { RankingQuery, StoredRanking } from '../usage-store.js';
import { decodeName } from './influx-escape.js';
import { type Aggregation, data, joined, type Selection, type StoredField } from './influx-flux.js';
import type { InfluxQueries } from './influx-queries.js';
import type { InfluxReader } from './influx-reader.js';
import type { InfluxTicks, TickSpans } from './influx-ticks.js';
import { hasText, isIn, namesOf, perProgram } from './influx-top.js';
import { groupKey, timeOf, type Totals } from './totals.js';

type Flux = ParameterizedQuery;
type Samples = Omit<Selection, 'fields'>;

/** Odd ticks whose samples are read one by one; what is beyond counts as usual. */
const MAX_ODD_TICKS = 60;

/** What a program used in samples that do not stand for the usual time, beyond that. */
interface Extra {
  cpuSeconds: number;
  seconds: number;
}

/** Totals of a program with what its samples stand for. */
interface Ranked {
  host: string;
  process: string;
  totals: Totals;
  cpuSeconds: number | null;
  seconds: number;
}

/** What every program is asked for by each order, beside its CPU and its newest sample. */
const asked: Record<RankingOrder, Aggregation[]> = {
  cpuSeconds: [],
  cpu: meanOf('cpu'),
  cpuPeak: [{ fields: ['cpu'], function: 'max' }],
  mem: meanOf('mem'),
  memPeak: [{ fields: ['mem'], function: 'max' }],
  rssBytes: meanOf('rssBytes'),
  rssBytesPeak: [{ fields: ['rssBytes'], function: 'max' }],
  count: meanOf('count'),
  seconds: [{ fields: ['count'], function: 'count' }],
};

const valueOf: Record<RankingOrder, (one: Ranked) => number | null> = {
  cpuSeconds: ({ cpuSeconds }) => cpuSeconds,
  cpu: ({ totals }) => totals.mean('cpu'),
  cpuPeak: ({ totals }) => totals.get('max', 'cpu'),
  mem: ({ totals }) => totals.mean('mem'),
  memPeak: ({ totals }) => totals.get('max', 'mem'),
  rssBytes: ({ totals }) => totals.mean('rssBytes'),
  rssBytesPeak: ({ totals }) => totals.get('max', 'rssBytes'),
  count: ({ totals }) => totals.processes,
  seconds: ({ seconds }) => seconds,
};

const wholeProgram: Aggregation[] = [
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'sum' },
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'count' },
  { fields: ['cpu', 'cpuMax', 'mem', 'memMax', 'rssBytes'], function: 'max' },
  { fields: ['cpu', 'mem', 'count', 'rssBytes'], function: 'first' },
  { fields: ['count', 'unit'], function: 'last' },
];

function meanOf(field: UsageField): Aggregation[] {
  return [
    { fields: [field], function: 'sum' },
    { fields: [field], function: 'count' },
  ];
}

/**
 * Ranks programs by what they used. The database adds up the value of the order and the CPU of every program; all else is
 * asked of those alone that are listed. It can't weigh samples while it adds them up, so a sum is multiplied by the usual
 * gap between two ticks, and the samples of ticks after another gap are read one by one.
 */
export class InfluxRanking {
  constructor(
    private readonly queries: InfluxQueries,
    private readonly reader: InfluxReader,
    private readonly ticks: InfluxTicks,
  ) {}

  async read(samples: Samples, query: RankingQuery): Promise<StoredRanking> {
    const { host, from, to, order, limit, match, unit, processes = [], spark } = query;
    const base: Aggregation[] = [
      { fields: ['cpu'], function: 'sum' },
      { fields: ['count', 'unit'], function: 'last' },
    ];
    const [spans, found] = await Promise.all([
      this.ticks.spans(host, from, to),
      this.reader.everyProgram(samples, perProgram, together([...base, ...asked[order]])),
    ]);
    const extras = await this.extras(samples, spans);
    const weigh = (totals: Totals) => weighed(totals, spans, extras);
    const named = new Set(processes);
    const all = found.map(weigh).map((one) => ({ ...one, value: finite(valueOf[order](one)) }));
    const wanted = all.filter((one) => hasText(one, match) && isIn(one.totals, unit));
    const largest = wanted
      .filter(({ process }) => !named.has(process))
      .toSorted(compareOrdered)
      .slice(0, limit);
    const listed = [...largest, ...all.filter(({ process }) => named.has(process))].toSorted(compareOrdered);
    const cpuSeconds = wanted.map((one) => one.cpuSeconds).filter((one) => one !== null);
    return {
      programs: await this.whole(samples, listed, weigh, spark),
      all: {
        programs: wanted.length,
        cpuSeconds: cpuSeconds.length === 0 ? null : finite(cpuSeconds.reduce((sum, one) => sum + one, 0)),
      },
    };
  }

  /** All that is told of the programs that are listed. */
  private async whole(
    samples: Samples,
    listed: Ranked[],
    weigh: (totals: Totals) => Ranked,
    spark: RankingQuery['spark'],
  ): Promise<RankedProgram[]> {
    if (listed.length === 0) return [];
    const selection = { ...samples, ...namesOf(listed) };
    const [whole, histories] = await Promise.all([
      this.reader.totals(selection, perProgram, wholeProgram),
      spark ? this.histories(selection, spark) : undefined,
    ]);
    await this.reader.fillTimes(selection, perProgram, whole);
    const byKey = new Map(whole.map((totals) => [groupKey(totals.host, totals.process), totals]));
    return listed.flatMap(({ host, process }) => {
      const key = groupKey(host, process);
      const totals = byKey.get(key);
      if (!totals) return [];
      const points = spark && Array.from({ length: spark.points }, (_, i) => histories?.get(key)?.get(i) ?? null);
      return { ...toProgram(weigh(totals)), ...(points ? { points } : {}) };
    });
  }

  /** What programs used at odd ticks, beyond what the same samples would be if they stood for the usual time. */
  private async extras(samples: Samples, { odd }: TickSpans): Promise<Map<string, Extra>> {
    const extras = new Map<string, Extra>();
    const some = odd.slice(0, MAX_ODD_TICKS);
    if (some.length === 0) return extras;
    const query = joined(
      some.map(({ host, time }, i) => {
        const tick = { ...samples, from: time, to: time + 1, hosts: [host] };
        return flux`${data({ ...tick, fields: ['cpu', 'count'] })}
          |> keep(columns: ["host", "process_name", "_field", "_value"]) |> yield(name: ${String(i)})`;
      }),
      '\n',
    );
    for (const { result, host = '', process_name = '', _field, _value } of await this.queries.rows(query)) {
      const extraSeconds = some[Number(result)]?.extraSeconds ?? 0;
      const key = groupKey(decodeName(host), decodeName(process_name));
      const extra = extras.get(key) ?? { cpuSeconds: 0, seconds: 0 };
      if (_field === 'cpu_usage') extra.cpuSeconds += (_value / 100) * extraSeconds;
      else extra.seconds += extraSeconds;
      extras.set(key, extra);
    }
    return extras;
  }

  /** The largest of each step of each program, by the number of the step. */
  private async histories(selection: Samples, spark: NonNullable<RankingQuery['spark']>) {
    const from = Math.ceil(selection.from);
    const end = from + spark.points * spark.stepMicros;
    const rows = data({ ...selection, from, to: Math.min(selection.to ?? end, end), fields: [spark.field] });
    const histories = new Map<string, Map<number, number>>();
    for (const { host = '', process_name = '', _time = '', _value } of await this.queries.rows(
      stepsFrom(rows, from, spark.stepMicros),
    )) {
      const key = groupKey(decodeName(host), decodeName(process_name));
      const history = histories.get(key) ?? new Map<number, number>();
      const step = Math.floor((timeOf(_time) - from) / spark.stepMicros);
      histories.set(key, history.set(step, Math.max(history.get(step) ?? -Infinity, finite(_value))));
    }
    return histories;
  }
}

/** The largest of each step that is counted from a time. */
function stepsFrom(rows: Flux, from: number, stepMicros: number): Flux {
  const [every, offset] = [fluxDuration(`${stepMicros}us`), fluxDuration(`${from % stepMicros}us`)];
  return flux`${rows}
    |> aggregateWindow(every: ${every}, offset: ${offset}, fn: max, createEmpty: false, timeSrc: "_start")
    |> keep(columns: ["host", "process_name", "_time", "_value"])`;
}

/** Each function once, with all the fields that it is asked for. */
function together(all: Aggregation[]): Aggregation[] {
  const fields = new Map<Aggregation['function'], Set<StoredField>>();
  for (const one of all) fields.set(one.function, new Set([...(fields.get(one.function) ?? []), ...one.fields]));
  return [...fields].map(([name, some]) => ({ fields: [...some], function: name }));
}

function weighed(totals: Totals, spans: TickSpans, extras: Map<string, Extra>): Ranked {
  const { host, process } = totals;
  const { usualSeconds, allSeconds } = spans.of(host);
  const extra = extras.get(groupKey(host, process)) ?? { cpuSeconds: 0, seconds: 0 };
  const cpu = totals.get('sum', 'cpu');
  return {
    host,
    process,
    totals,
    cpuSeconds: cpu === null ? null : (cpu / 100) * usualSeconds + extra.cpuSeconds,
    // Several rows of another program at one tick are several samples, but no more time.
    seconds: Math.min(allSeconds, totals.samples * usualSeconds + extra.seconds),
  };
}

function toProgram({ host, process, totals, cpuSeconds, seconds }: Ranked): RankedProgram {
  return {
    host,
    process,
    ...(totals.unit === undefined ? {} : { unit: totals.unit }),
    samples: totals.samples,
    cpuSeconds: finite(cpuSeconds),
    seconds,
    count: totals.processes,
    cpu: finite(totals.mean('cpu')),
    cpuPeak: totals.get('max', 'cpu'),
    cpuMax: totals.largest('cpu'),
    mem: finite(totals.mean('mem')),
    memPeak: totals.get('max', 'mem'),
    memMax: totals.largest('mem'),
    rssBytes: finite(totals.mean('rssBytes')),
    rssBytesPeak: totals.get('max', 'rssBytes'),
    firstTime: microsToIso(totals.firstTime),
    lastTime: microsToIso(totals.lastTime),
  };
}
