import type { SampleBatch } from '#domain';
import { PredictorBank, shippedModel } from '#prediction';
import { ReplayForecasts } from '#alarm';
import { type Input, UsageError } from '../command.js';
import { Progress } from '../progress.js';
import { withServer } from '../server/with-server.js';
import type { Terminal } from '../terminal.js';
import { type BatchSource, recordedBatches, storedBatches } from './batch-source.js';

const DEFAULT_SINCE_MS = 24 * 3_600_000;
const DEFAULT_STEP_MS = 10_000;
const MINUTE_MS = 60_000;
/** Batches between two chances for the progress line. */
const BREATHE = 500;

/** Gives every batch of the recording or of the stored history to `take`, in order of time, and says how far it is. */
export async function eachBatch(
  input: Input,
  terminal: Terminal,
  take: (batch: SampleBatch) => void,
): Promise<Omit<BatchSource, 'batches'>> {
  const { recording, host, since, step } = input.options as Record<string, string | number | undefined>;
  const only = host === undefined ? undefined : String(host);
  if (recording === undefined) {
    const toMs = Date.now();
    const fromMs = toMs - Number(since ?? DEFAULT_SINCE_MS);
    const stepMs = Number(step ?? DEFAULT_STEP_MS);
    return withServer(input, terminal, async (client) =>
      drain(await storedBatches(client, fromMs, toMs, stepMs, only), terminal, take),
    );
  }
  if (since !== undefined) throw new UsageError('--since is about a server; a recording is taken whole.');
  return drain(await recordedBatches(String(recording)), terminal, (batch) => {
    if (only === undefined || batch.host === only) take(batch);
  });
}

async function drain(
  { fromMs, toMs, batches }: BatchSource,
  terminal: Terminal,
  take: (batch: SampleBatch) => void,
): Promise<Omit<BatchSource, 'batches'>> {
  const progress = new Progress(terminal);
  progress.start(Math.ceil((toMs - fromMs) / MINUTE_MS), 'minutes of history');
  let doneMs = fromMs;
  let taken = 0;
  try {
    for await (const batch of batches) {
      take(batch);
      for (const timeMs = Date.parse(batch.time); doneMs + MINUTE_MS <= timeMs; doneMs += MINUTE_MS) progress.step();
      // The progress line is a timer's: let it run.
      if (++taken % BREATHE === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    progress.end();
  }
  return { fromMs, toMs };
}

/** The shipped predictor for every series. */
export function shippedForecasts(): ReplayForecasts {
  const bank = new PredictorBank(shippedModel());
  return new ReplayForecasts((metric, intervalMs = DEFAULT_STEP_MS) => bank.create({ metric, intervalMs }));
}
