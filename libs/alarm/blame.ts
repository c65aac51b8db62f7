import type { Culprit, SampleBatch } from '#domain';
import type { Blame } from './incident-transition.js';

const CULPRITS = 3;

/** The programs that used most of a host at one tick, largest first, with their share of the whole host. */
export function culpritsOf(batch: SampleBatch, metric: 'cpu' | 'mem'): Culprit[] {
  // cpu is given in % of one core; the share of a host is that of all its cores.
  const scale = metric === 'cpu' ? (batch.hostUsage?.cores ?? 1) : 1;
  const column = batch[metric] ?? [];
  const top: Culprit[] = [];
  for (let i = 0; i < batch.names.length; i++) {
    const share = (column[i] ?? 0) / scale;
    if (share <= 0 || (top.length === CULPRITS && share <= (top[CULPRITS - 1]?.share ?? 0))) continue;
    top.push({ process: batch.names[i] ?? '', count: batch.count[i] ?? 1, share });
    top.sort((a, b) => b.share - a.share);
    top.length = Math.min(top.length, CULPRITS);
  }
  return top;
}

export function programBlame(count: number | undefined, largest: number): Blame {
  return { count: count ?? 1, ...(Number.isFinite(largest) && { largest }) };
}
