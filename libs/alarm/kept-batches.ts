import type { Forecast, SampleBatch } from '#domain';
import { defaultLevels } from './levels.js';
import { Replay, type Replayed } from './replay.js';
import type { Rules } from './levels.js';

/** What another replay needs of recorded batches: a few programs of each, and what was predicted. */
export interface Kept {
  batches: SampleBatch[];
  forecasts: ReadonlyMap<number, Forecast[]>;
  /** Up to when time passes, ms since the epoch. */
  toMs: number;
}

/**
 * Keeps of each batch the host itself and the programs that have been over a limit or had an incident: only they have a
 * state, so that a replay with rules that are no stricter decides the same.
 */
export class BatchKeeper {
  readonly batches: SampleBatch[] = [];
  private readonly over = new Map<string, Set<string>>();

  /** @param watched the programs of its host that have had an incident, this batch included */
  keep(batch: SampleBatch, watched: ReadonlySet<string>): void {
    const { host, names, cpuMax, mem, memMax } = batch;
    let over = this.over.get(host);
    if (!over) this.over.set(host, (over = new Set()));
    const { limit } = defaultLevels.usage;
    const rows: number[] = [];
    for (const [row, name] of names.entries()) {
      const largest = Math.max(cpuMax?.[row] ?? 0, mem?.[row] ?? 0, memMax?.[row] ?? 0);
      if (largest > limit) over.add(name);
      if (watched.has(name) || over.has(name)) rows.push(row);
    }
    const pick = <Value>(values: Value[]) => rows.map((row) => values[row] as Value);
    this.batches.push({
      ...batch,
      names: pick(names),
      count: pick(batch.count),
      cpu: batch.cpu && pick(batch.cpu),
      cpuMax: cpuMax && pick(cpuMax),
      mem: mem && pick(mem),
      memMax: memMax && pick(memMax),
      rssBytes: undefined,
      unit: batch.unit && pick(batch.unit),
      hostMetrics: undefined,
    });
  }
}

/** Replays what was kept by other rules. */
export function replayKept({ batches, forecasts, toMs }: Kept, rules: Rules): Replayed {
  const replay = new Replay({ rules, forecasts: (timeMs) => forecasts.get(timeMs) });
  for (const batch of batches) replay.take(batch);
  return replay.end(toMs);
}

/** What was kept of some hosts. */
export function onlyHosts(kept: Kept, hosts: ReadonlySet<string>): Kept {
  return { ...kept, batches: kept.batches.filter(({ host }) => hosts.has(host)) };
}
