import { flux, fluxDateTime, fluxDuration, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client';
import { hostTags, type Micros, microsToIso, type UsageField } from '#domain';
import { encodeName } from './influx-escape.js';
import type { HostMetricsQuery } from '../usage-store.js';

type Flux = ParameterizedQuery;

export const fluxFields: Record<UsageField, string> = {
  cpu: 'cpu_usage',
  cpuMax: 'cpu_usage_max',
  mem: 'memory_usage',
  memMax: 'memory_usage_max',
  rssBytes: 'memory_rss',
  count: 'process_count',
};

/** What programs are kept with: numbers, the unit that they run in, and when the oldest process was started. */
export type StoredField = UsageField | 'unit' | 'started';

/** Nanoseconds since 1970. */
export const STARTED_FIELD = 'created_at';

const columnOf = (field: StoredField) => ({ ...fluxFields, unit: 'unit', started: STARTED_FIELD })[field];

/** The samples of a bucket that a query is about. */
export interface Selection {
  bucket: string;
  from: Micros;
  /** End of the range, itself excluded; open if left out. */
  to?: Micros;
  fields: StoredField[];
  /** Any of these hosts and processes; all if left out. */
  hosts?: string[];
  processes?: string[];
  /** Only series that have any of these tags. */
  withAnyTag?: string[];
}

/** Every value of a user goes through the client's template, which escapes it; `fluxExpression` is for our own text. */
function anyOf(column: '_field' | 'host' | 'process_name', values: string[]): Flux {
  return joined(
    values.map((value) => flux`r[${column}] == ${value}`),
    ' or ',
  );
}

function anyTag(tags: string[]): Flux {
  return joined(
    tags.map((tag) => flux`exists r[${tag}]`),
    ' or ',
  );
}

/** Several pieces of Flux as one. */
export function joined(parts: Flux[], separator: string): Flux {
  return fluxExpression(parts.map(String).join(separator));
}

/** All rows of a bucket within a range. */
export function timeRange(bucket: string, from: Micros, to?: Micros): Flux {
  const start = fluxDateTime(microsToIso(Math.ceil(from)));
  const stop = fluxDateTime(to === undefined ? '2200-01-01T00:00:00Z' : microsToIso(Math.ceil(to)));
  return flux`from(bucket: ${bucket}) |> range(start: ${start}, stop: ${stop})`;
}

/** All values of the fields. */
export function data({ bucket, from, to, fields, hosts, processes, withAnyTag }: Selection): Flux {
  const names = fields.map(columnOf);
  const filters = [flux`r._measurement == "procstat"`, anyOf('_field', names)];
  if (hosts) filters.push(anyOf('host', hosts.map(encodeName)));
  if (processes) filters.push(anyOf('process_name', processes.map(encodeName)));
  if (withAnyTag) filters.push(anyTag(withAnyTag));
  const condition = joined(
    filters.map((filter) => flux`(${filter})`),
    ' and ',
  );
  return flux`${timeRange(bucket, from, to)} |> filter(fn: (r) => ${condition})`;
}

/** Names of all tags that procstat ever had in the bucket, one a row; answered from the index. */
export function tagKeysFlux(bucket: string): Flux {
  return flux`${timeRange(bucket, 0)} |> filter(fn: (r) => r._measurement == "procstat")
    |> keys() |> keep(columns: ["_value"]) |> distinct(column: "_value")`;
}

export type GroupColumns = ('host' | 'process_name')[];

/** One aggregate of the fields, over all samples of a group; the storage computes it while it reads. */
export interface Aggregation {
  fields: StoredField[];
  function: 'sum' | 'count' | 'max' | 'first' | 'last';
}

/** Number of samples that have each field: rows of `_field` and `_value`. */
export function countsFlux(selection: Selection): Flux {
  return flux`${data(selection)} |> group(columns: ["_field"]) |> count()
    |> keep(columns: ["_field", "_value"]) |> yield(name: "samples")`;
}

/** Rows of `result` = the function, the columns of the group, `_field` and `_value`. */
export function aggregatesFlux(selection: Omit<Selection, 'fields'>, by: GroupColumns, all: Aggregation[]): Flux {
  const columns = [...by, '_field'];
  return joined(
    all.map(
      ({ fields, function: name }) => flux`${data({ ...selection, fields })}
        |> group(columns: ${columns}) |> ${fluxExpression(`${name}()`)}
        |> keep(columns: ${[...columns, '_time', '_value']}) |> yield(name: ${name})`,
    ),
    '\n',
  );
}

/** A row without a `process_count` is one process. */
const processes = fluxExpression('if exists r.process_count then r.process_count else 1');

/** Rows of `processes`: their number in the samples that have a field, for groups in which some samples lack it. */
export function processesHavingFlux(selection: Selection, by: GroupColumns, field: 'cpu' | 'mem'): Flux {
  const column = fluxFields[field];
  return flux`${data({ ...selection, fields: [field, 'count'] })}
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> filter(fn: (r) => exists r[${column}])
    |> map(fn: (r) => ({r with processes: ${processes}}))
    |> group(columns: ${by as string[]}) |> sum(column: "processes")`;
}

/** Sum ÷ count of each sample, with its time. */
export function valuesFlux(selection: Selection, field: 'cpu' | 'mem'): Flux {
  const column = fluxFields[field];
  return flux`${data({ ...selection, fields: [field, 'count'] })}
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
    |> filter(fn: (r) => exists r[${column}])
    |> map(fn: (r) => ({_time: r._time, host: r.host, process_name: r.process_name, _value: r[${column}] / float(v: ${processes})}))
    |> group()`;
}

/** Columns of a row of `hostMetricsFlux` that tell the series. */
export const hostMetricColumns = [...Object.keys(hostTags.shape), 'service'];

/** Windows of each series of a host: rows of `result` = `mean`, `count` and the extremes, `_time` = the start, and its tags. */
export function hostMetricsFlux(bucket: string, query: HostMetricsQuery): Flux {
  const { host, measurement, field, from, to, stepMicros, rate, extremes } = query;
  const values = flux`${timeRange(bucket, from, to)}
    |> filter(fn: (r) => r._measurement == ${measurement} and r._field == ${field} and r.host == ${encodeName(host)})`;
  // Where a counter fell, the derivative is null.
  const rows = rate
    ? flux`${values} |> derivative(unit: 1s, nonNegative: true) |> filter(fn: (r) => exists r._value)`
    : values;
  return windows(rows, stepMicros, ['mean', 'count', ...(extremes ? ['min', 'max'] : [])], hostMetricColumns);
}

/** Windows of each series: rows of `result` = the function, `_time` = the start. */
export function windowsFlux(selection: Selection, stepMicros: number, functions: string[]): Flux {
  return windows(data(selection), stepMicros, functions, ['host', 'process_name']);
}

/** Windows of each series among the rows: rows of `result` = the function, `_time` = the start, and the columns. */
export function windows(rows: Flux, stepMicros: number, functions: string[], columns: string[]): Flux {
  const every = fluxDuration(`${stepMicros}us`);
  return joined(
    functions.map(
      (name) => flux`${rows}
        |> aggregateWindow(every: ${every}, fn: ${fluxExpression(name)}, createEmpty: false, timeSrc: "_start")
        |> keep(columns: ${[...columns, '_time', '_value']}) |> yield(name: ${name})`,
    ),
    '\n',
  );
}

/**
 * What all programs of a selection come to in each window: rows of `result` = `sum`, the total of all its samples, and
 * `count`, of those of the program that has most, which is in every tick. Only windows leave the storage, not samples.
 */
export function sumsFlux(selection: Selection, stepMicros: number): Flux {
  const every = fluxDuration(`${stepMicros}us`);
  const together = { sum: 'sum', count: 'max' } as const;
  return joined(
    Object.entries(together).map(
      ([name, over]) => flux`${data(selection)}
        |> aggregateWindow(every: ${every}, fn: ${fluxExpression(name)}, createEmpty: false, timeSrc: "_start")
        |> group(columns: ["_time"]) |> ${fluxExpression(over)}()
        |> group() |> keep(columns: ["_time", "_value"]) |> yield(name: ${name})`,
    ),
    '\n',
  );
}
