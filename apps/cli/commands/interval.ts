import { formatDuration, MAX_CONTROL_INTERVAL_MS, MIN_CONTROL_INTERVAL_MS, parseDurationMs } from '#domain';
import { type Input, UsageError } from '../command.js';
import { order } from '../server/control-command.js';
import type { Terminal } from '../terminal.js';

/** Sets the time between two readings of a host. */
export async function run(input: Input, terminal: Terminal): Promise<number> {
  const text = input.words[1] as string;
  const intervalMs = parseDurationMs(/^\d+$/.test(text) ? `${text}s` : text);
  if (intervalMs === undefined || intervalMs < MIN_CONTROL_INTERVAL_MS || intervalMs > MAX_CONTROL_INTERVAL_MS) {
    throw new UsageError(`The interval must be a duration from 1s to 1h, such as 10s, not "${text}".`);
  }
  return order(input, { intervalMs }, `an interval of ${formatDuration(intervalMs)} is ordered`, terminal);
}
