import { z } from 'zod';
import { MAX_PERCENT } from './metric.js';
import { MAX_BATCH_SAMPLES, type SampleBatch } from './sample-batch.js';
import { hostName, processName } from './text.js';
import { MICROS_PER_SECOND, microsToIso } from './time.js';

/** Largest value of one entry; all entries of a body may be processes of one program, and their sum is a usage too. */
const MAX_ENTRY_PERCENT = MAX_PERCENT / MAX_BATCH_SAMPLES;

/** The body of the original system's `PUT /ressources-usage/save-all`. */
export const saveAll = z
  .strictObject({
    ipaddress: hostName,
    data: z
      .array(
        z.strictObject({
          timestamp: z.number().min(0).max(9_000_000_000).describe('Unix time in seconds, with a fraction'),
          value: z.number().min(0).max(MAX_ENTRY_PERCENT).describe('%'),
          process_name: processName,
          type_data: z.enum(['cpu', 'mem']),
        }),
      )
      .min(1, { error: 'must hold at least one entry' })
      .max(MAX_BATCH_SAMPLES, { error: `must hold at most ${MAX_BATCH_SAMPLES} entries` }),
  })
  .meta({ id: 'SaveAll' });
export type SaveAll = z.infer<typeof saveAll>;

interface Joined {
  cpu: number[];
  mem: number[];
}

/**
 * Joins the entries of one (process, timestamp) to one sample and returns a batch for each timestamp, oldest first.
 * A second value of the same type is another process of that name. Where a sample has fewer values of one type than
 * of the other, the missing ones count as the mean of those that are there, so that sum ÷ count stays the mean.
 *
 * @param id the batch's id, the SHA-256 of the body in hex
 */
export function joinEntries(body: SaveAll, id: string): SampleBatch[] {
  const ticks = new Map<number, Map<string, Joined>>();
  for (const entry of body.data) {
    const micros = Math.round(entry.timestamp * MICROS_PER_SECOND);
    let programs = ticks.get(micros);
    if (!programs) ticks.set(micros, (programs = new Map()));
    let joined = programs.get(entry.process_name);
    if (!joined) programs.set(entry.process_name, (joined = { cpu: [], mem: [] }));
    joined[entry.type_data].push(entry.value);
  }
  return [...ticks]
    .sort(([a], [b]) => a - b)
    .map(([micros, programs]) => toBatch(body.ipaddress, id, micros, programs));
}

function toBatch(host: string, id: string, micros: number, programs: Map<string, Joined>): SampleBatch {
  const joined = [...programs.values()];
  const count = joined.map(({ cpu, mem }) => Math.max(cpu.length, mem.length));
  const sums = (type: 'cpu' | 'mem') => joined.map((one, i) => scaledSum(one[type], count[i] ?? 1));
  const largest = (type: 'cpu' | 'mem') => joined.map((one) => (one[type].length ? Math.max(...one[type]) : null));
  return {
    id,
    host,
    time: microsToIso(micros),
    names: [...programs.keys()],
    count,
    cpu: sums('cpu'),
    cpuMax: largest('cpu'),
    mem: sums('mem'),
    memMax: largest('mem'),
  };
}

function scaledSum(values: number[], count: number): number | null {
  if (values.length === 0) return null;
  return (values.reduce((sum, value) => sum + value, 0) * count) / values.length;
}
