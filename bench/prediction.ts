import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AMBERWATCH,
  backtest,
  backtestTable,
  countClaims,
  modelCard,
  parseSeries,
  PredictorBank,
  score,
  shippedModel,
  STATE_BYTES,
  type BacktestRow,
  type JudgedSeries,
} from '#prediction';

/**
 * Measures the predictor on the yardstick's data: `npm run bench:prediction -- --data DIR [--out-of-fold OUT]`, where OUT
 * holds what `tools/train/train.py --out-of-fold OUT` wrote. Scores of the shipped model on tracks A and B are in-sample,
 * since it was trained on them; the ones to believe are out of fold. It was not trained on track S.
 */
const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    'out-of-fold': { type: 'string' },
    series: { type: 'string', default: '300000' },
  },
});
if (!options.data) {
  console.error('Give the folder of the yardstick data: npm run bench:prediction -- --data DIR');
  process.exit(2);
}

const model = shippedModel();

function read(track: string): JudgedSeries[] {
  return parseSeries(readFileSync(join(options.data as string, `dev_${track}.csv`), 'utf8'));
}

/** Decisions of a fold's own model: lines `id,step,1`. */
function outOfFold(name: string, file: string, series: JudgedSeries[]): BacktestRow {
  const byId = new Map(series.map((s) => [s.id, new Uint8Array(s.values.length)]));
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [id = '', step] = line.split(',');
    const amber = byId.get(id);
    if (amber) amber[Number(step)] = 1;
  }
  const counts = series.map((s) => countClaims(s, byId.get(s.id) ?? []));
  return { name, ...score(series, counts), curve: [] };
}

function table(track: string, inSample: boolean): void {
  const series = read(track);
  const run = backtest(series, model);
  let step = run.next();
  while (!step.done) step = run.next();
  const rows = step.value.map((row) =>
    row.name === AMBERWATCH && inSample ? { ...row, name: `${AMBERWATCH}, in-sample: trained on these` } : row,
  );
  const folder = options['out-of-fold'];
  if (folder && inSample) {
    for (const k of [4, 3, 2, 1, 0]) {
      const file = join(folder, `${track}-${k}.csv`);
      if (existsSync(file)) rows.unshift(outOfFold(`${AMBERWATCH}, out of fold, partition ${k}`, file, series));
    }
  }
  console.log(`\nTrack ${track}: ${series.length} series, ${rows[0]?.events} breaches\n${backtestTable(rows)}`);
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

/** Each update by itself, with the clock's own cost taken off. */
function updateCost(): void {
  const bank = new PredictorBank(model);
  const clock: number[] = [];
  for (let i = 0; i < 20_000; i++) {
    const a = process.hrtime.bigint();
    clock.push(Number(process.hrtime.bigint() - a));
  }
  const overhead = median(clock);
  for (const [name, track] of [
    ['five-minute steps', 'A'],
    ['10 s samples', 'S'],
  ] as const) {
    const took: number[] = [];
    // Series spread over the whole track; the first ones warm the code up.
    const all = read(track);
    const some = all.filter((_, i) => i % Math.ceil(all.length / 60) === 0);
    for (const [round, s] of [...some.slice(0, 10), ...some].entries()) {
      const predictor = bank.create({ metric: s.metric, intervalMs: s.stepMs });
      for (const [i, value] of s.values.entries()) {
        const a = process.hrtime.bigint();
        predictor.update(s.startMs + i * s.stepMs, value);
        if (round >= 10) took.push(Number(process.hrtime.bigint() - a) - overhead);
      }
      predictor.release();
    }
    const sorted = took.toSorted((a, b) => a - b);
    const at = (q: number) => ((sorted[Math.floor(sorted.length * q)] ?? 0) / 1000).toFixed(1);
    console.log(`Update, ${name}: median ${at(0.5)} µs, 95 % ${at(0.95)} µs, 99 % ${at(0.99)} µs`);
  }
}

function memory(): void {
  const count = Number(options.series);
  globalThis.gc?.();
  const before = process.memoryUsage().rss;
  const bank = new PredictorBank(model);
  const all = Array.from({ length: count }, (_, i) => bank.create({ metric: i % 2 ? 'cpu' : 'mem' }));
  for (let round = 0; round < 3; round++) for (const p of all) p.update(1e12 + round * 10_000, 40 + round);
  const mb = (process.memoryUsage().rss - before) / 1e6;
  console.log(`Memory of ${all.length} series: ${mb.toFixed(0)} MB, state ${STATE_BYTES} bytes each`);
}

console.log(`Model ${model.checksum}, trained ${String(modelCard['trained'])} by ${String(modelCard['command'])}`);
console.log(`Node ${process.version} on ${process.platform} ${process.arch}; intervals: 95 %, bootstrap over groups`);
memory();
updateCost();
table('A', true);
table('B', true);
table('S', false);
