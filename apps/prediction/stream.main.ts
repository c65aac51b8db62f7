import { type AmberPredictor, FalseBudget, PredictorBank, shippedModel, STEP_MS } from '#prediction';
import { loadSettings, SettingsError } from '#runtime';
import { createInterface } from 'node:readline';
import { predictionSettings } from './prediction.config.js';

/**
 * The line protocol of the yardstick: `S <id> <step_seconds> <horizon> <threshold> <metric>` starts a series,
 * `<epoch_seconds> <value>` is a sample and gets one line, 1 while a breach is claimed and else 0. With
 * AMBERWATCH_FALSE_A_WEEK all series of a scale are those of one host, one after the other, and time above the limit does not count.
 */
const bank = new PredictorBank(shippedModel());
const aWeek = budget();
const hosts = {
  coarse: new FalseBudget(aWeek, 'coarse').host('stream'),
  fine: new FalseBudget(aWeek, 'fine').host('stream'),
};
let host = hosts.coarse;
let predictor: AmberPredictor | undefined;
let elapsedMs = 0;
let stepMs = 0;
let limit = 0;

function budget(): number | undefined {
  try {
    const asked = predictionSettings.pick({ AMBERWATCH_FALSE_A_WEEK: true });
    return loadSettings(asked).AMBERWATCH_FALSE_A_WEEK;
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

function start(line: string): void {
  const [, , step, horizon, threshold, metric] = line.split(' ');
  const intervalMs = Number(step) * 1000;
  stepMs = intervalMs;
  const scale = intervalMs < STEP_MS / 2 ? 'fine' : 'coarse';
  host = hosts[scale];
  limit = Number(threshold);
  predictor?.release();
  predictor = bank.create({
    metric: metric === 'mem' ? 'mem' : 'cpu',
    intervalMs,
    // The coarse branch knows five-minute steps; on finer ones the horizon that is asked for is the fine one's.
    branches: intervalMs < STEP_MS / 2 ? 'fine' : 'both',
    horizonMs: intervalMs * Number(horizon),
    limit,
    offset: host.ask,
    onOutcome: ({ hit, withheld }) => {
      if (!hit && !withheld) host.countFalse();
    },
  });
}

function answer(line: string): string {
  const space = line.indexOf(' ');
  const value = Number(line.slice(space + 1));
  elapsedMs += stepMs;
  host.pass(elapsedMs, value <= limit);
  const prediction = predictor?.update(Number(line.slice(0, space)) * 1000, value);
  return prediction?.amber ? '1\n' : '0\n';
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity, terminal: false });
lines.on('line', (line) => {
  if (line.startsWith('S ')) start(line);
  else if (line !== '') process.stdout.write(answer(line));
});
