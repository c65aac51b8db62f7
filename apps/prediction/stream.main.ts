import { type AmberPredictor, PredictorBank, shippedModel, STEP_MS } from '#prediction';
import { createInterface } from 'node:readline';

/**
 * The line protocol of the yardstick: `S <id> <step_seconds> <horizon> <threshold> <metric>` starts a series,
 * `<epoch_seconds> <value>` is a sample and gets one line, 1 while a breach is claimed and else 0.
 */
const bank = new PredictorBank(shippedModel());
let predictor: AmberPredictor | undefined;

function start(line: string): void {
  const [, , step, horizon, threshold, metric] = line.split(' ');
  const intervalMs = Number(step) * 1000;
  predictor?.release();
  predictor = bank.create({
    metric: metric === 'mem' ? 'mem' : 'cpu',
    intervalMs,
    // The coarse branch knows five-minute steps; on finer ones the horizon that is asked for is the fine one's.
    branches: intervalMs < STEP_MS / 2 ? 'fine' : 'both',
    horizonMs: intervalMs * Number(horizon),
    limit: Number(threshold),
  });
}

function answer(line: string): string {
  const space = line.indexOf(' ');
  const prediction = predictor?.update(Number(line.slice(0, space)) * 1000, Number(line.slice(space + 1)));
  return prediction?.amber ? '1\n' : '0\n';
}

const lines = createInterface({ input: process.stdin, crlfDelay: Infinity, terminal: false });
lines.on('line', (line) => {
  if (line.startsWith('S ')) start(line);
  else if (line !== '') process.stdout.write(answer(line));
});
