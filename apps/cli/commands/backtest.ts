import { readFile, writeFile } from 'node:fs/promises';
import {
  backtest,
  backtestPlot,
  backtestTable,
  inSteps,
  parseSeries,
  shippedModel,
  type BacktestRow,
  type JudgedSeries,
} from '#prediction';
import { exitStatus, type Input, UsageError } from '../command.js';
import { Progress } from '../progress.js';
import { allPages } from '#client/all-pages';
import { USAGE_LIMIT } from '#domain';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';

const LOOK_BACK_MS = 48 * 3_600_000;
const metrics = { cpu: 'cpuMax', mem: 'memMax' } as const;
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
  else
    terminal.out(
      `${series.length} series, ${rows[0]?.events ?? 0} breaches of ${USAGE_LIMIT} %\n${backtestTable(rows)}\n`,
    );
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
    return parseSeries(await readFile(path, 'utf8'));
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

/** What the server has stored of each program's largest process, over 48 hours in steps of five minutes. */
async function fromServer(input: Input, terminal: Terminal): Promise<JudgedSeries[]> {
  const from = new Date(Date.now() - LOOK_BACK_MS).toISOString();
  return withServer(input, terminal, async (client) => {
    const found: JudgedSeries[] = [];
    for (const [metric, field] of Object.entries(metrics)) {
      const series = await allPages(
        (cursor) => client.history({ metric: field, from, step: '5m', limit: 500, cursor }),
        (page) => page.series,
      );
      for (const { host, process, points } of series) {
        const samples = points.map(([time, value]) => ({ timeMs: Date.parse(time), value }));
        // Programs of one host may move together.
        found.push(inSteps(`${host} ${process} ${metric}`, samples, host));
      }
    }
    return found;
  });
}
