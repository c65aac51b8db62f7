/**
 * How well breaches are predicted in the lab's recordings: `node tools/lab/score.js` (after a build). `--split train` for the
 * programs that may be trained on, `--json` for machines, `--runs` for a line a run, `--data DIR` for other recordings.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { answers, baselines, PredictorBank, shippedModel } from '#prediction';
import { readSeries } from './data-set.js';
import { judge, summary } from './judge.js';

const { values: options } = parseArgs({
  options: {
    split: { type: 'string', default: 'test' },
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
    runs: { type: 'boolean', default: false },
  },
});
const series = readSeries(options.split, options.data && pathToFileURL(`${options.data}/`));
const bank = new PredictorBank(shippedModel());

function ours(settings) {
  return (run) => {
    const predictor = bank.create({ metric: 'mem', intervalMs: run.stepSeconds * 1000, ...settings(run) });
    const said = run.values.map((value, i) => predictor.update(run.startMs + i * run.stepSeconds * 1000, value).amber);
    predictor.release();
    return said;
  };
}

const MINUTES_30 = 1800;
/** Who predicts, and how many seconds ahead a claim may come true. */
const methods = [
  { name: 'Amberwatch, as it runs', horizon: () => MINUTES_30, amber: ours(() => ({})) },
  {
    name: 'Amberwatch, 30 steps ahead',
    horizon: (run) => 30 * run.stepSeconds,
    amber: ours((run) => ({ branches: 'fine', horizonMs: 30_000 * run.stepSeconds })),
  },
  ...baselines.map((rule) => ({
    name: rule.name,
    horizon: (run) => 30 * run.stepSeconds,
    amber: (run) => Array.from(answers(rule, { ...run, metric: 'mem' }), (p) => p > rule.cut),
  })),
];

const rows = [];
for (const stepSeconds of [1, 10]) {
  for (const { name, horizon, amber } of methods) {
    const runs = series.filter((run) => run.stepSeconds === stepSeconds);
    const judged = runs.map((run) => judge(run, amber(run), Math.round(horizon(run) / stepSeconds)));
    rows.push({ method: name, stepSeconds, ...summary(judged) });
    if (options.runs && name.startsWith('Amberwatch'))
      for (const one of judged) process.stdout.write(`${name}: ${JSON.stringify(one)}\n`);
  }
}

const percent = (share) => (share === null ? '-' : `${Math.round(100 * share)} %`);
const table = rows.map((row) => [
  row.method,
  `${row.stepSeconds} s`,
  `${row.warned} of ${row.kills}`,
  percent(row.medianLead),
  `${row.falses} in ${row.harmlessHours.toFixed(1)} h of ${row.harmless}`,
  row.falseAnHour.toFixed(2),
  `${row.savedWarned} of ${row.saved}`,
]);
const head = ['method', 'step', 'AMBER before kill', 'median lead', 'false AMBER', 'an hour', 'AMBER before restart'];
const widths = head.map((title, i) => Math.max(title.length, ...table.map((cells) => cells[i].length)));
const line = (cells) => `${cells.map((cell, i) => cell.padEnd(widths[i])).join('  ')}\n`;
process.stdout.write(options.json ? `${JSON.stringify(rows, null, 2)}\n` : [head, ...table].map(line).join(''));
