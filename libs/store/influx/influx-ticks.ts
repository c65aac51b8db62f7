import { flux, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client';
import type { Micros } from '#domain';
import { decodeName, encodeName } from './influx-escape.js';
import { data, joined, timeRange } from './influx-flux.js';
import { TICK_MEASUREMENT } from './influx-line.js';
import type { FluxRow, InfluxQueries } from './influx-queries.js';
import { type Gap, TickGaps } from './tick-gaps.js';
import { timeOf } from './totals.js';

type Flux = ParameterizedQuery;

/** A sample has one of these at least. */
const anyField = ['count', 'cpu', 'mem', 'rssBytes'] as const;

/** A tick that does not stand for the usual time. */
interface OddTick {
  host: string;
  time: Micros;
  /** What it stands for beyond the usual time, seconds; below 0 where it is less. */
  extraSeconds: number;
}

export interface TickSpans {
  of: (host: string) => TickGaps;
  /** Those that are furthest from the usual time come first. */
  odd: OddTick[];
}

/**
 * When a host had its ticks, from the row that is written with each batch. Before the first such row of a host, as of
 * hosts that only another program writes about, every time at which it has a sample is a tick, which is slow to find out.
 */
export class InfluxTicks {
  constructor(
    private readonly queries: InfluxQueries,
    private readonly bucket: string,
  ) {}

  /** The newest or the oldest tick of a host within a range, its end excluded; null where there is none. */
  async edge(edge: 'first' | 'last', host: string, from: Micros, to?: Micros): Promise<Micros | null> {
    const of = fluxExpression(`${edge}()`);
    const found = await this.queries.rows(flux`${this.rows(from, to, host)} |> ${of}`);
    if (found[0]) return timeOf(found[0]._time ?? '');
    const samples = await this.queries.rows(
      flux`${this.samples(host, from, to)} |> group(columns: ["host", "_field"]) |> ${of} |> keep(columns: ["_time"])`,
    );
    const times = samples.map(({ _time = '' }) => timeOf(_time));
    if (times.length === 0) return null;
    return edge === 'last' ? Math.max(...times) : Math.min(...times);
  }

  async count(host: string, from: Micros, to: Micros): Promise<number> {
    const { rows, before } = await this.times(host, from, to);
    // Times can't be counted as such.
    const old = before && flux`${before} |> set(key: "_value", value: "") |> count() |> yield(name: "before")`;
    const found = await this.queries.rows(joined([flux`${rows} |> count()`, ...(old ? [old] : [])], '\n'));
    return found.reduce((sum, { _value }) => sum + _value, 0);
  }

  /** For how long the ticks of a host, or of all that write through this store, stand. */
  async spans(host: string | undefined, from: Micros, to: Micros | undefined): Promise<TickSpans> {
    const kept = flux`|> keep(columns: ["host", "_time"])`;
    const { rows, before } = host === undefined ? { rows: this.rows(from, to) } : await this.times(host, from, to);
    const times = before
      ? flux`union(tables: [${before}, ${rows} ${kept}]) |> group(columns: ["host"]) |> sort(columns: ["_time"])`
      : flux`${rows} ${kept}`;
    const gaps = flux`${times} |> elapsed(unit: 1ms)`;
    const found = await this.queries.rows<FluxRow & { elapsed: number }>(
      flux`${gaps} |> duplicate(column: "elapsed", as: "_value") |> group(columns: ["host", "elapsed"]) |> count()`,
    );
    const lists = new Map<string, Gap[]>();
    for (const { host: tag = '', elapsed, _value } of found) {
      const list = lists.get(tag);
      if (list) list.push([elapsed, _value]);
      else lists.set(tag, [[elapsed, _value]]);
    }
    const byHost = new Map([...lists].map(([tag, list]) => [decodeName(tag), new TickGaps(list)]));
    return { of: (name) => byHost.get(name) ?? new TickGaps([]), odd: await this.odd(gaps, byHost) };
  }

  private async odd(gaps: Flux, byHost: Map<string, TickGaps>): Promise<OddTick[]> {
    const conditions = [...byHost].flatMap(([host, { odd }]) =>
      odd === 'none'
        ? []
        : [flux`r.host == ${encodeName(host)} and (r.elapsed < ${odd.below} or r.elapsed > ${odd.above})`],
    );
    if (conditions.length === 0) return [];
    const rows = await this.queries.rows<FluxRow & { elapsed: number }>(
      flux`${gaps} |> filter(fn: (r) => ${joined(conditions, ' or ')})`,
    );
    return rows
      .map(({ host: tag = '', _time = '', elapsed }) => {
        const host = decodeName(tag);
        return { host, time: timeOf(_time), extraSeconds: byHost.get(host)?.extraSeconds(elapsed) ?? 0 };
      })
      .toSorted((a, b) => Math.abs(b.extraSeconds) - Math.abs(a.extraSeconds));
  }

  /** The rows of a host's ticks, and `_time` of those that are older than its first such row, if any are asked for. */
  private async times(host: string, from: Micros, to: Micros | undefined): Promise<{ rows: Flux; before?: Flux }> {
    const rows = this.rows(from, to, host);
    const [first] = await this.queries.rows(flux`${this.rows(0, undefined, host)} |> first()`);
    const until = Math.min(first ? timeOf(first._time ?? '') : Infinity, to ?? Infinity);
    if (until <= from) return { rows };
    const before = flux`${this.samples(host, from, until === Infinity ? undefined : until)}
      |> keep(columns: ["host", "_time"]) |> unique(column: "_time") |> group(columns: ["host"]) |> unique(column: "_time")`;
    return { rows, before };
  }

  private rows(from: Micros, to: Micros | undefined, host?: string): Flux {
    const ofHost = host === undefined ? flux`` : flux`and r.host == ${encodeName(host)}`;
    return flux`${timeRange(this.bucket, from, to)} |> filter(fn: (r) => r._measurement == ${TICK_MEASUREMENT} ${ofHost})`;
  }

  private samples(host: string, from: Micros, to: Micros | undefined): Flux {
    const range = to === undefined ? { from } : { from, to };
    return data({ bucket: this.bucket, ...range, hosts: [host], fields: [...anyField] });
  }
}
