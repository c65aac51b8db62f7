import type { HostProcess, TickOrder } from '#domain';
import { compareUtf8 } from './compare-utf8.js';
import { finite } from './finite.js';
import type { StoredTick, TickQuery } from './usage-store.js';

/** Of all programs of a tick, those that are listed in their order, and the sums over all that match. */
export function listTick(
  programs: HostProcess[],
  query: Pick<TickQuery, 'match' | 'processes' | 'order' | 'limit'>,
): Pick<StoredTick, 'all' | 'processes'> {
  const text = query.match?.toLowerCase();
  const matching =
    text === undefined ? programs : programs.filter(({ process }) => process.toLowerCase().includes(text));
  const named = new Set(query.processes);
  const byOrder = compareBy(query.order);
  const largest = matching
    .filter(({ process }) => !named.has(process))
    .toSorted(byOrder)
    .slice(0, query.limit);
  return {
    all: {
      programs: matching.length,
      count: matching.reduce((sum, { count }) => sum + count, 0),
      cpu: sumOf(matching, 'cpu'),
      mem: sumOf(matching, 'mem'),
      rssBytes: sumOf(matching, 'rssBytes'),
    },
    processes: [...largest, ...programs.filter(({ process }) => named.has(process))].toSorted(byOrder),
  };
}

function compareBy(order: TickOrder): (a: HostProcess, b: HostProcess) => number {
  // No value is below zero.
  return (a, b) => (b[order] ?? -1) - (a[order] ?? -1) || compareUtf8(a.process, b.process);
}

/** Null where no program has the value. */
function sumOf(programs: HostProcess[], field: 'cpu' | 'mem' | 'rssBytes'): number | null {
  const known = programs.map((program) => program[field]).filter((value) => value !== null);
  return known.length === 0 ? null : finite(known.reduce((sum, value) => sum + value, 0));
}
