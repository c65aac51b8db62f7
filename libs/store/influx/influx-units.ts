import { flux, fluxExpression, type ParameterizedQuery } from '@influxdata/influxdb-client';
import {
  type Micros,
  microsToIso,
  type UnitField,
  type UnitHistorySeries,
  type UnitKind,
  type UnitOrder,
} from '#domain';
import { compareUtf8 } from '../compare-utf8.js';
import { finite } from '../finite.js';
import { compareOrdered } from '../usage-order.js';
import type { StoredUnitUsage, UnitHistoryQuery, UnitsQuery } from '../usage-store.js';
import { stepFunctions, Steps } from './influx-answers.js';
import { decodeName, encodeName } from './influx-escape.js';
import { joined, timeRange, windows } from './influx-flux.js';
import type { FluxRow, InfluxQueries } from './influx-queries.js';
import { UNIT_MEASUREMENT, unitFields, unitLimitFields, VICTIM_FIELD } from './influx-unit-line.js';
import { groupKey, isName, timeOf } from './totals.js';

/** Names of units that a query lists one by one; beyond that it asks for all of their hosts. */
const MAX_LISTED_UNITS = 50;

type Flux = ParameterizedQuery;

interface Selection {
  from: Micros;
  to?: Micros | undefined;
  hosts?: string[] | undefined;
  units?: string[] | undefined;
  kind?: UnitKind | undefined;
}

/** One aggregate that the storage computes while it reads, of some columns. */
type Ask = [name: 'sum' | 'count' | 'max' | 'last', columns: string[]];

const meanFields = (Object.keys(unitFields) as UnitField[]).filter((field) => field !== 'oomKills');
const maxFields = ['cpu', 'cpuShare', 'memBytes', 'memShare'] as const satisfies UnitField[];

const wholeSummary: Ask[] = [
  ['sum', Object.values(unitFields)],
  ['count', meanFields.map((field) => unitFields[field])],
  ['max', maxFields.map((field) => unitFields[field])],
  ['last', [unitFields.processes, ...Object.values(unitLimitFields), VICTIM_FIELD]],
];

/** What is asked of every unit to order them; the number of samples tells which units there are. */
function orderAsks(order: UnitOrder | undefined): Ask[] {
  const counted = [unitFields.processes];
  if (order === undefined) return [['count', counted]];
  if (order !== 'oomKills') counted.push(unitFields[order]);
  return [
    ['count', counted],
    ['sum', [unitFields[order]]],
  ];
}

/** Reads what units used, from their own measurement. */
export class InfluxUnits {
  constructor(
    private readonly queries: InfluxQueries,
    private readonly bucket: string,
  ) {}

  /**
   * One page of units. The database adds up the one value of every unit, from which the largest are picked; all else is
   * asked of those alone.
   */
  async units(query: UnitsQuery): Promise<StoredUnitUsage[]> {
    const { order, after, limit, match } = query;
    if (isEmpty(query)) return [];
    const all = await this.totals(selectionOf(query), orderAsks(order));
    const last = after && { host: after.host, process: after.unit, value: after.value ?? null };
    const page = all
      .filter((unit) => hasText(unit, match))
      .map((unit) => ({ host: unit.host, process: unit.unit, value: order === undefined ? null : unit.value(order) }))
      .filter((unit) => !last || compareOrdered(unit, last) > 0)
      .toSorted(compareOrdered)
      .slice(0, limit);
    if (page.length === 0) return [];
    const named = { ...selectionOf(query), ...namesOf(page.map(({ host, process }) => ({ host, unit: process }))) };
    const whole = await this.totals(named, wholeSummary);
    const byKey = new Map(whole.map((unit) => [groupKey(unit.host, unit.unit), unit]));
    return page.flatMap(({ host, process }) => byKey.get(groupKey(host, process))?.summary() ?? []);
  }

  async history(query: UnitHistoryQuery): Promise<UnitHistorySeries[]> {
    const { field, stepMicros, after, limit, extremes } = query;
    if (isEmpty(query)) return [];
    const column = unitFields[field];
    const having = await this.totals(selectionOf(query), [['count', [column]]]);
    const page = having
      .filter((unit) => !after || byHostAndUnit(unit, after) > 0)
      .toSorted(byHostAndUnit)
      .slice(0, limit);
    if (page.length === 0) return [];
    const rows = this.data({ ...selectionOf(query), ...namesOf(page) }, [column]);
    const value = field === 'oomKills' ? 'sum' : 'mean';
    const functions = stepFunctions(value, extremes);
    const steps = new Steps(stepMicros);
    for (const row of await this.queries.rows(windows(rows, stepMicros, functions, ['host', 'unit', 'kind']))) {
      steps.add({ ...row, process_name: row.unit });
    }
    return page.map(({ host, unit }) => ({ host, unit, ...steps.points(host, unit, value, extremes) }));
  }

  private async totals(selection: Selection, asks: Ask[]): Promise<UnitTotals[]> {
    const by = ['host', 'unit', 'kind', '_field'];
    const query = joined(
      asks.map(
        ([name, columns]) => flux`${this.data(selection, columns)}
          |> group(columns: ${by}) |> ${fluxExpression(`${name}()`)}
          |> keep(columns: ${[...by, '_time', '_value']}) |> yield(name: ${name})`,
      ),
      '\n',
    );
    const units = new Map<string, UnitTotals>();
    for (const row of await this.queries.rows(query)) {
      const [host, unit] = [decodeName(row.host ?? ''), decodeName(row.unit ?? '')];
      if (!isName(host) || !isName(unit)) continue;
      const key = groupKey(host, unit);
      let totals = units.get(key);
      if (!totals) units.set(key, (totals = new UnitTotals(host, unit)));
      totals.add(row);
    }
    return [...units.values()];
  }

  private data({ from, to, hosts, units, kind }: Selection, columns: string[]): Flux {
    const filters = [flux`r._measurement == ${UNIT_MEASUREMENT}`, anyOf('_field', columns)];
    if (hosts) filters.push(anyOf('host', hosts.map(encodeName)));
    if (units) filters.push(anyOf('unit', units.map(encodeName)));
    if (kind) filters.push(flux`r.kind == ${kind}`);
    const condition = joined(
      filters.map((filter) => flux`(${filter})`),
      ' and ',
    );
    return flux`${timeRange(this.bucket, from, to)} |> filter(fn: (r) => ${condition})`;
  }
}

/** What the storage has added up of one unit; a unit whose kind has changed has several series. */
class UnitTotals {
  private readonly numbers = new Map<string, number>();
  private readonly newest = new Map<string, { time: Micros; value: unknown }>();
  private kind: UnitKind = 'cgroup';

  constructor(
    readonly host: string,
    readonly unit: string,
  ) {}

  add({ result, kind, _field = '', _time = '', _value }: FluxRow): void {
    const key = `${result} ${_field}`;
    const before = this.numbers.get(key);
    if (result === 'last') {
      const time = timeOf(_time);
      if (time < (this.newest.get(_field)?.time ?? -Infinity)) return;
      this.newest.set(_field, { time, value: _value });
      if (_field === unitFields.processes) this.kind = kind as UnitKind;
    } else if (result === 'max') {
      this.numbers.set(key, Math.max(before ?? -Infinity, _value));
    } else {
      this.numbers.set(key, (before ?? 0) + _value);
    }
  }

  /** The mean, of kills the sum. */
  value(field: UnitField): number | null {
    const column = unitFields[field];
    const sum = this.numbers.get(`sum ${column}`) ?? null;
    if (field === 'oomKills' || sum === null) return sum;
    return finite(sum / (this.numbers.get(`count ${column}`) ?? 1));
  }

  summary(): StoredUnitUsage {
    const last = this.newest.get(unitFields.processes)?.time ?? 0;
    const largest = (field: UnitField) => this.numbers.get(`max ${unitFields[field]}`) ?? null;
    /** A limit that the newest sample lacks is none. */
    const limit = (field: keyof typeof unitLimitFields) => {
      const found = this.newest.get(unitLimitFields[field]);
      return found?.time === last ? (found.value as number) : null;
    };
    const victim = this.newest.get(VICTIM_FIELD)?.value;
    return {
      host: this.host,
      unit: this.unit,
      kind: this.kind,
      samples: this.numbers.get(`count ${unitFields.processes}`) ?? 0,
      processes: this.value('processes') ?? 0,
      cpu: this.value('cpu'),
      cpuMax: largest('cpu'),
      cpuLimit: limit('cpuLimit'),
      cpuShare: this.value('cpuShare'),
      cpuShareMax: largest('cpuShare'),
      throttled: this.value('throttled'),
      memBytes: this.value('memBytes'),
      memBytesMax: largest('memBytes'),
      memLimitBytes: limit('memLimitBytes'),
      memShare: this.value('memShare'),
      memShareMax: largest('memShare'),
      oomKills: this.value('oomKills') ?? 0,
      victim: typeof victim === 'string' ? decodeName(victim) : null,
      pids: this.value('pids'),
      pidsLimit: limit('pidsLimit'),
      cpuPressure: this.value('cpuPressure'),
      memPressure: this.value('memPressure'),
      ioPressure: this.value('ioPressure'),
      lastTime: microsToIso(last),
    };
  }
}

interface Named {
  host: string;
  unit: string;
}

function selectionOf({ from, to, host, unit, kind }: UnitsQuery | UnitHistoryQuery): Selection {
  return {
    from,
    to,
    kind,
    hosts: host === undefined ? undefined : [host],
    units: unit === undefined ? undefined : [unit],
  };
}

function isEmpty({ from, to = Infinity }: { from: Micros; to?: Micros }): boolean {
  return to <= from;
}

/** The hosts and, where they are few, the names of these units. */
function namesOf(units: Named[]): Pick<Selection, 'hosts' | 'units'> {
  const names = [...new Set(units.map(({ unit }) => unit))];
  const hosts = [...new Set(units.map(({ host }) => host))];
  return { hosts, units: names.length <= MAX_LISTED_UNITS ? names : undefined };
}

function byHostAndUnit(a: Named, b: Named): number {
  return compareUtf8(a.host, b.host) || compareUtf8(a.unit, b.unit);
}

function hasText({ host, unit }: Named, text: string | undefined): boolean {
  if (text === undefined) return true;
  const wanted = text.toLowerCase();
  return unit.toLowerCase().includes(wanted) || host.toLowerCase().includes(wanted);
}

/** Every value of a user goes through the client's template, which escapes it. */
function anyOf(column: '_field' | 'host' | 'unit', values: string[]): Flux {
  return joined(
    values.map((value) => flux`r[${column}] == ${value}`),
    ' or ',
  );
}
