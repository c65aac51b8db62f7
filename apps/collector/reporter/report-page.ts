import type { CollectorLoop } from '../collector.loop.js';
import type { Tally } from '../deliver/spool/spool.js';
import { reporterSections } from './reporter-sections.js';

/** Programs that the JSON page names, those with the most CPU first. */
const TOP_PROGRAMS = 10;

/**
 * The original reporter's page without its metadata, with what only this collector knows beside it. Of the host nothing
 * before the first tick.
 */
export function reporterPage(loop: CollectorLoop) {
  const { parts } = loop;
  const { snapshot } = parts.host;
  return {
    ...(snapshot ? reporterSections(snapshot, parts.identity.host) : {}),
    Amberwatch: ownSection(loop),
  };
}

function ownSection(loop: CollectorLoop) {
  const { host, cost, delivery, table, spool } = loop.parts;
  const { sampled, acknowledged, queued, dropped, quarantined, lost, exact } = spool.ledger;
  const unit = (key: keyof Tally) => ({
    sampled: sampled[key],
    acknowledged: acknowledged[key],
    queued: queued[key],
    dropped: dropped[key],
    quarantined: quarantined[key],
  });
  return {
    samples: { ...unit('samples'), droppedBy: lost },
    batches: unit('batches'),
    exact,
    spool: { bytes: spool.bytes, inMemory: spool.isInMemory, damaged: spool.damaged, writeFailures: spool.failures },
    cpu: { tick: host.ledger ?? null, total: host.book.totals, endedBy: endedBy(host.book.endedBy) },
    host: host.snapshot?.usage ?? null,
    visible: { processes: loop.seen.processes, threads: loop.seen.threads ?? null },
    programs: topPrograms(loop),
    namesFolded: table.folded,
    ticks: { done: loop.ticks, failed: loop.failedTicks, skipped: loop.loop.skipped, intervalMs: loop.loop.period },
    sendFailures: delivery.failures,
    cost: { cpuPercent: cost.cost.cpu, rssBytes: process.memoryUsage.rss() },
  };
}

function endedBy(byProgram: Map<string, number>) {
  return [...byProgram]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, TOP_PROGRAMS)
    .map(([program, ms]) => ({ program, ms }));
}

/** % of one core, with the share of the whole host beside it. */
function topPrograms({ columns, parts }: CollectorLoop) {
  const cores = parts.host.snapshot?.usage.cores ?? 1;
  const { names = [], count = [], cpu = [], mem = [] } = columns ?? {};
  return names
    .map((name, at) => ({
      name,
      count: count[at] as number,
      cpu: cpu[at] ?? null,
      cpuOfHost: typeof cpu[at] === 'number' ? Math.round((cpu[at] / cores) * 1000) / 1000 : null,
      mem: mem[at] ?? null,
    }))
    .toSorted((a, b) => (b.cpu ?? 0) - (a.cpu ?? 0) || (b.mem ?? 0) - (a.mem ?? 0))
    .slice(0, TOP_PROGRAMS);
}
