import { z } from 'zod';
import { MAX_PERCENT } from './metric.js';
import { MAX_BATCH_SAMPLES, type SampleBatch } from './sample-batch.js';
import { readableHostName, readableProcessName } from './text.js';
import { MICROS_PER_SECOND, microsToIso } from './time.js';

/** Largest value of one entry; all entries of a body may be processes of one program, and their sum is a usage too. */
const MAX_ENTRY_PERCENT = MAX_PERCENT / MAX_BATCH_SAMPLES;

/** The body of the original system's `PUT /ressources-usage/save-all`. */
export const saveAll = z
  .strictObject({
    ipaddress: readableHostName,
    data: z
      .array(
        z.strictObject({
          timestamp: z.number().min(0).max(9_000_000_000).describe('Unix time in seconds, with a fraction'),
          value: z.number().min(0).max(MAX_ENTRY_PERCENT).describe('%'),
          process_name: readableProcessName,
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

interface Tick {
  /** Its last stamp. */
  micros: number;
  programs: Map<string, Joined>;
}

/** Stamps of one request that lie less than this from their neighbour are one tick. */
const TICK_GAP_MICROS = MICROS_PER_SECOND / 2;

/**
 * Joins the entries of one process name in one tick to one sample and returns a batch for each tick, oldest first. The
 * original collector stamps each process as it reads it, so a tick is a run of stamps without a gap, at its last stamp.
 * A second value of the same type is another process of that name. Where a sample has fewer values of one type than
 * of the other, the missing ones count as the mean of those that are there, so that sum ÷ count stays the mean.
 *
 * @param id the batch's id, the SHA-256 of the body in hex
 */
export function joinEntries(body: SaveAll, id: string): SampleBatch[] {
  const stamped = body.data.map((entry) => ({ entry, micros: Math.round(entry.timestamp * MICROS_PER_SECOND) }));
  stamped.sort((a, b) => a.micros - b.micros);
  const ticks: Tick[] = [];
  for (const { entry, micros } of stamped) {
    let tick = ticks.at(-1);
    if (!tick || micros - tick.micros >= TICK_GAP_MICROS) ticks.push((tick = { micros, programs: new Map() }));
    tick.micros = micros;
    let joined = tick.programs.get(entry.process_name);
    if (!joined) tick.programs.set(entry.process_name, (joined = { cpu: [], mem: [] }));
    joined[entry.type_data].push(entry.value);
  }
  return ticks.map(({ micros, programs }) => toBatch(body.ipaddress, id, micros, programs));
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
