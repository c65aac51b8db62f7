import { readFile, writeFile } from 'node:fs/promises';
import {
  backtest,
  backtestPlot,
  inSteps,
  parseSeries,
  PredictorBank,
  shippedModel,
  type BacktestRow,
  type JudgedSeries,
  type SeriesSample,
} from '#prediction';
import { redTimes } from '#alarm';
import type { AmberwatchClient, Query } from '#client';
import { exitStatus, type Input, UsageError } from '../command.js';
import { comparisonTable } from '../server/comparison-table.js';
import { Progress } from '../progress.js';
import { allPages } from '#client/all-pages';
import { MAX_HISTORY_POINTS, type ProcessMetric, USAGE_LIMIT } from '#domain';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

const LOOK_BACK_MS = 48 * 3_600_000;
const metrics = { cpu: 'cpuMax', mem: 'memMax' } as const;
const DEFAULT_INTERVAL_MS = 10_000;
/** A host's clock may be ahead by this much. */
const AHEAD_MS = 600_000;
/** Series after which others get their turn. */
const TURN = 20;

/** Compares our predictor with the rules that others use, over CSV files or what the server has stored. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const { words, options } = input;
  const series = words.length > 0 ? (await Promise.all(words.map(fromFile))).flat() : await fromServer(input, terminal);
  if (series.length === 0) throw new UsageError('There is no series to compare on.');
  const rows = await compare(series, terminal);
  const plot = options['plot'];
  if (typeof plot === 'string') await writePlot(plot, rows);
  if (options['json']) terminal.out(`${JSON.stringify(rows, undefined, 2)}\n`);
  else {
    terminal.out(`${series.length} series, ${rows[0]?.events ?? 0} breaches of ${USAGE_LIMIT} %\n`);
    terminal.out(comparisonTable(rows, terminal));
  }
  return exitStatus.fine;
}

async function compare(series: JudgedSeries[], terminal: Terminal): Promise<BacktestRow[]> {
  const progress = new Progress(terminal);
  progress.start(series.length, 'series');
  const work = backtest(series, shippedModel());
  try {
    for (let step = work.next(), n = 1; ; step = work.next(), n++) {
      if (step.done) return step.value;
      progress.step();
      // The progress line is a timer's: let it run.
      if (n % TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    progress.end();
  }
}

async function fromFile(path: string): Promise<JudgedSeries[]> {
  try {
    return parseSeries(await readFile(path, 'utf8'), turnsRed);
  } catch (error) {
    throw new UsageError(`Can't use ${path}: ${(error as Error).message}.`, { cause: error });
  }
}

async function writePlot(path: string, rows: BacktestRow[]): Promise<void> {
  try {
    await writeFile(path, backtestPlot(rows));
  } catch (error) {
    throw new UsageError(`Can't write ${path}: ${(error as Error).message}.`, { cause: error });
  }
}

/** When the alarm turns RED over these samples, with the shipped rules and the predictor, ms. */
function turnsRed(samples: SeriesSample[], metric: ProcessMetric, intervalMs: number): number[] {
  if (!samples.some(isOver)) return [];
  const predictor = new PredictorBank(shippedModel()).create({ metric, intervalMs });
  const predict = (timeMs: number, value: number) => predictor.update(timeMs, value);
  return redTimes(samples, { metric, intervalMs, predict });
}

const isOver = ({ value }: SeriesSample) => value > USAGE_LIMIT;

/**
 * What the server has stored of each program's largest process, over 48 hours in steps of five minutes. Breaches are
 * found in the host's own ticks, which are read of those programs that broke the limit.
 */
async function fromServer(input: Input, terminal: Terminal): Promise<JudgedSeries[]> {
  const from = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  return withServer(input, terminal, async (client) => {
    const intervals = await intervalsOf(client);
    const found: JudgedSeries[] = [];
    for (const [metric, field] of Object.entries(metrics) as [ProcessMetric, string][]) {
      const series = await allPages(
        (cursor) => client.history({ metric: field, from, step: '5m', limit: 500, cursor }),
        (page) => page.series,
      );
      for (const { host, process, points } of series) {
        const samples = samplesOf(points);
        const intervalMs = intervals.get(host) ?? DEFAULT_INTERVAL_MS;
        const ticks = samples.some(isOver) ? await ticksOf(client, { host, process, metric: field }, intervalMs) : [];
        const times = turnsRed(ticks, metric, intervalMs);
        // Programs of one host may move together.
        found.push(inSteps(`${host} ${process} ${metric}`, samples, host, () => times));
      }
    }
    return found;
  });
}

/** Every tick of one series, in as many requests as the server's limit of points asks for. */
async function ticksOf(client: AmberwatchClient, series: Query, intervalMs: number): Promise<SeriesSample[]> {
  const widthMs = MAX_HISTORY_POINTS * intervalMs;
  const endMs = Date.now() + AHEAD_MS;
  const found: SeriesSample[] = [];
  for (let fromMs = endMs - LOOK_BACK_MS - AHEAD_MS; fromMs < endMs; fromMs += widthMs) {
    const [from, to] = [fromMs, Math.min(fromMs + widthMs, endMs)].map((ms) => new Date(ms).toISOString());
    const page = await client.history({ ...series, from, to, step: `${intervalMs}ms`, limit: 1 });
    found.push(...samplesOf(page.series[0]?.points ?? []));
  }
  return found;
}

function samplesOf(points: readonly (readonly [string, number])[]): SeriesSample[] {
  return points.map(([time, value]) => ({ timeMs: Date.parse(time), value }));
}

async function intervalsOf(client: AmberwatchClient): Promise<Map<string, number | null>> {
  const hosts = await allPages(
    (cursor) => client.hosts({ limit: 1000, cursor }),
    (page) => page.hosts,
  );
  return new Map(hosts.map(({ host, intervalMs }) => [host, intervalMs]));
}
