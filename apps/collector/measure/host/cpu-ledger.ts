import type { CpuLedger } from '#domain';
import type { HostCounters, ProcessEntry, Reading } from '../readers/process-reader.js';

/** CPU time since the start of the collector, in milliseconds. */
export type CpuTotals = Omit<CpuLedger, 'windowMs'>;

/**
 * Where the host's CPU time went, so that none of it is lost: what living processes used, what processes used that
 * ended between two ticks, what the kernel used for itself, and the rest.
 *
 * A process that ends leaves its time to the parent that waits for it (`cutime` and `cstime` of proc_pid_stat(5)).
 * What was seen of it at earlier ticks is taken off again. Where the parent has ended too, its own parent inherits.
 * The time of a child that nobody waits for (SIGCHLD ignored) is part of the residual.
 */
export class CpuLedgerBook {
  readonly totals: CpuTotals = { hostMs: 0, programsMs: 0, endedMs: 0, kernelMs: 0, residualMs: 0 };
  /** CPU time of processes that ended within the newest tick, by the program that waited for them, in milliseconds. */
  endedBy = new Map<string, number>();

  /** @param tickMs time since the reading before, in milliseconds */
  enter(before: HostCounters, reading: Reading, tickMs: number): CpuLedger {
    const inherited = inheritances(reading.ended);
    let programsMs = 0;
    let endedMs = 0;
    let kernelMs = reading.host.interruptMs - before.interruptMs;
    this.endedBy = new Map();
    for (const process of reading.processes) {
      const used = process.cpuMs - baseOf(process, process.beforeCpuMs, process.cpuMs, tickMs);
      if (process.kernel) kernelMs += used;
      else programsMs += used;
      const left = process.childrenCpuMs - baseOf(process, process.beforeChildrenCpuMs, process.childrenCpuMs, tickMs);
      if (left > 0) {
        const ended = Math.max(0, left - (inherited.get(process.pid) ?? 0));
        endedMs += ended;
        if (ended > 0) this.endedBy.set(process.program, (this.endedBy.get(process.program) ?? 0) + ended);
      }
    }
    const hostMs = Math.max(0, reading.host.busyMs - before.busyMs);
    kernelMs = Math.max(0, kernelMs);
    const parts = { hostMs, programsMs, endedMs, kernelMs, residualMs: hostMs - programsMs - endedMs - kernelMs };
    for (const part of Object.keys(parts) as (keyof CpuTotals)[]) this.totals[part] += parts[part];
    return { windowMs: Math.round(tickMs), ...parts };
  }
}

/** The counter's value that was there before this tick; all of it where an old process is seen for the first time. */
function baseOf(process: ProcessEntry, before: number, now: number, tickMs: number): number {
  if (process.readings > 1) return Math.min(before, now);
  return process.firstAgeMs <= tickMs ? 0 : now;
}

/** What each living process inherits of those that ended, as far as it was counted at earlier ticks. */
function inheritances(ended: readonly ProcessEntry[]): Map<number, number> {
  const byPid = new Map(ended.map((process) => [process.pid, process]));
  const inherited = new Map<number, number>();
  for (const process of ended) {
    let heir = process.parent;
    // A chain of parents is never longer than there are ended processes.
    for (let steps = 0; byPid.has(heir) && steps < ended.length; steps++) heir = byPid.get(heir)?.parent ?? 0;
    inherited.set(heir, (inherited.get(heir) ?? 0) + process.cpuMs + process.childrenCpuMs);
  }
  return inherited;
}
