import type { AmberwatchClient } from '#client';
import { escapeForConsole, type UsageField } from '#domain';
import { sparkline } from '../chart.js';
import { exitStatus, type Input, UsageError } from '../command.js';
import {
  type HostField,
  hostFields,
  hostSeries,
  programFields,
  programSeries,
  type Range,
  type Series,
  unitFields,
  type UnitMetric,
  unitSeries,
} from '../server/host-series.js';
import { findHost } from '../server/known-host.js';
import { bytes } from '../server/server-tables.js';
import { clockText, niceStep, type RangeOptions, readRange } from '../server/time-range.js';
import { withServer } from '../server/with-server.js';
import { suggestion } from '#runtime/nearest-word';
import { type Cell, table } from '../table.js';
import { paint, type Terminal } from '../terminal.js';

/** Most rows of the table where nobody says how wide a step is. */
const ROWS = 20;
const WIDEST = 60;
const NARROWEST = 10;
/** Room that the figures beside a sparkline take. */
const FIGURES = 44;

interface Options extends RangeOptions {
  unit?: string;
  metric?: string;
  step?: number;
  json?: boolean;
}

/** What a program, a unit, or the host itself used over any range: a sparkline for each metric, and a table of its steps. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const [name = '', process] = input.words;
  const options = input.options as Options;
  const { unit } = options;
  if (unit !== undefined && process !== undefined) {
    throw new UsageError('--unit and a program are two histories; ask for one.');
  }
  const about: About = { process, unit };
  const metrics = metricsOf(options.metric, about);
  const { fromMs, toMs } = readRange(options, Date.now());
  const stepMs = options.step ?? niceStep(toMs - fromMs, ROWS);
  if ((toMs - fromMs) / stepMs > 10_000) {
    throw new UsageError(`--step: over 10000 steps in that range; ask for a wider step or a shorter range.`);
  }
  const width = Math.max(NARROWEST, Math.min(WIDEST, (terminal.columns ?? WIDEST + FIGURES) - FIGURES));
  const range = { fromMs, toMs, stepMs };
  const fine = { fromMs, toMs, stepMs: Math.max(1000, Math.ceil((toMs - fromMs) / width)) };
  const found = await withServer(input, terminal, async (client) => {
    const { host } = await findHost(client, name);
    const read = (wanted: Range) => readAll(client, host, about, metrics, wanted);
    const [steps, lines] = await Promise.all([read(range), options.json ? [] : read(fine)]);
    if (steps.every(({ points }) => points.length === 0)) throw await nothing(client, host, about, range);
    return { host, steps, lines };
  });
  if (options.json) {
    const asked = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString(), stepMs };
    const series = found.steps.map(({ name: metric, unit: of, points }) => ({
      metric,
      unit: of,
      points: points.map(([timeMs, value]) => [new Date(timeMs).toISOString(), value]),
    }));
    const what = { host: found.host, process: process ?? null, ...(unit !== undefined && { unit }) };
    terminal.out(`${JSON.stringify({ ...what, ...asked, series }, undefined, 2)}\n`);
    return exitStatus.fine;
  }
  const what = [found.host, ...[process ?? unit ?? []].flat()].map(escapeForConsole).join(' ');
  terminal.out(`${paint(what, 'bold', terminal)}\n${clockText(fromMs)} – ${clockText(toMs)} UTC\n\n`);
  terminal.out(`${summaryTable(found.lines, fine, width, terminal)}\n${stepsTable(found.steps, terminal)}`);
  return exitStatus.fine;
}

/** Whose history it is: a program's, a unit's, or where both are left out the host's own. */
interface About {
  process: string | undefined;
  unit: string | undefined;
}

async function readAll(
  client: AmberwatchClient,
  host: string,
  { process, unit }: About,
  metrics: string[],
  range: Range,
): Promise<Series[]> {
  if (process !== undefined) {
    return Promise.all(
      (metrics as UsageField[]).map((field) => programSeries(client, { host, process, field }, range)),
    );
  }
  if (unit !== undefined) {
    return Promise.all((metrics as UnitMetric[]).map((field) => unitSeries(client, { host, unit, field }, range)));
  }
  return (await Promise.all((metrics as HostField[]).map((field) => hostSeries(client, host, field, range)))).flat();
}

function metricsOf(metric: string | undefined, { process, unit }: About): string[] {
  const known: readonly string[] = process !== undefined ? programFields : unit !== undefined ? unitFields : hostFields;
  if (metric === undefined) return [...known];
  if (known.includes(metric)) return [metric];
  const of = process !== undefined ? 'of a program' : unit !== undefined ? 'of a unit' : 'of a host';
  throw new UsageError(`--metric ${of} is one of ${known.join(', ')}, not "${metric}".${suggestion(metric, known)}`);
}

/** Why there is nothing to show, with the nearest program or unit that the host has now. */
async function nothing(
  client: AmberwatchClient,
  host: string,
  { process, unit }: About,
  { fromMs, toMs }: Range,
): Promise<UsageError> {
  const when = `between ${clockText(fromMs)} and ${clockText(toMs)} UTC`;
  if (process !== undefined) {
    const { processes } = await client.hostProcesses(host);
    const names = processes.map((one) => one.process);
    return new UsageError(`${host} has no samples of "${process}" ${when}.${suggestion(process, names)}`);
  }
  if (unit !== undefined) {
    const { units } = await client.units({ host });
    const names = units.map((one) => one.unit);
    return new UsageError(`${host} has no samples of the unit "${unit}" ${when}.${suggestion(unit, names)}`);
  }
  return new UsageError(`${host} told nothing of itself ${when}.`);
}

export function summaryTable(series: Series[], range: Range, width: number, terminal: Terminal): string {
  const right = { align: 'right' as const };
  const columns = [
    { title: 'METRIC', least: 6 },
    { title: 'HISTORY', least: NARROWEST },
    { title: 'LEAST', ...right, importance: 1 },
    { title: 'MEAN', ...right, importance: 2 },
    { title: 'MOST', ...right, importance: 4 },
    { title: 'LAST', ...right, importance: 3 },
  ];
  const known = series.filter(({ points }) => points.length > 0);
  const rows = known.map(({ name, unit, points }): Cell[] => {
    const values = points.map(([, value]) => value);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const figures = [Math.min(...values), mean, Math.max(...values), values.at(-1) as number];
    return [
      unit === '%' ? `${name} %` : name,
      sparkline({ points, ...range }, width),
      ...figures.map((value) => text(value, unit)),
    ];
  });
  return table(columns, rows, terminal);
}

function stepsTable(series: Series[], terminal: Terminal): string {
  const known = series.filter(({ points }) => points.length > 0);
  const times = [...new Set(known.flatMap(({ points }) => points.map(([timeMs]) => timeMs)))].sort((a, b) => a - b);
  const values = known.map(({ points }) => new Map(points));
  const columns = known.map(({ name, unit }, i) => ({
    title: (unit === '%' ? `${name} %` : name).toUpperCase(),
    align: 'right' as const,
    ...(i === 0 ? {} : { importance: known.length - i }),
  }));
  const rows = times.map((timeMs): Cell[] => [
    clockText(timeMs),
    ...values.map((of, i) => {
      const value = of.get(timeMs);
      return value === undefined ? '-' : text(value, known[i]?.unit);
    }),
  ]);
  return table([{ title: 'TIME (UTC)' }, ...columns], rows, terminal);
}

function text(value: number, unit: Series['unit'] | undefined): string {
  return unit === 'bytes' ? bytes(value) : value.toFixed(1);
}
