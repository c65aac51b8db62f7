import type { ProcessEntry, Reading } from '../readers/process-reader.js';
import { HostKills, killsOf } from './kill-count.js';
import { KillLog } from './kill-log.js';
import type { GroupReader } from './group-file.js';
import type { GroupTree } from './group-tree.js';
import type { Group } from './group.js';
import { risen } from './risen.js';

/** What the kernel killed in one unit within a tick. */
export interface UnitKills {
  count: number;
  /** Program of the newest one. */
  victim: string | undefined;
}

export interface KillWatchOptions {
  proc: string;
  /** Places of the kernel's log; the first that may be read is followed. */
  logs: string[];
}

/**
 * Who the kernel killed for lack of memory. Its log names each victim and its group, even one that was removed with its
 * last process. Without the log there are the counts of the groups, and what the host has counted beyond those belongs
 * to a group that has gone.
 */
export class KillWatch {
  /** Kills of processes that are in no unit, or in none that is known. */
  elsewhere = 0;
  private readonly host: HostKills;
  private readonly log: KillLog | undefined;
  private hostKills: number;
  /** Kills that were told before the host's count was seen to rise. */
  private ahead = 0;

  constructor(options: KillWatchOptions) {
    this.host = new HostKills(options.proc);
    this.log = KillLog.open(options.logs);
    this.hostKills = this.host.read();
  }

  /** @param gone groups whose last process has ended since the tick before */
  since(tree: GroupTree, reader: GroupReader, reading: Reading, gone: Group[]): Map<Group, UnitKills> {
    const now = this.host.read();
    const rise = risen(this.hostKills, now);
    this.hostKills = now;
    const found = new Map<Group, UnitKills>();
    if (rise === 0) return found;
    this.count(tree, reader, found);
    const elsewhere = this.takeLog(tree, reading, found);
    let told = elsewhere;
    for (const [owner, kills] of found) {
      kills.count = tell(owner);
      if (kills.count === 0) found.delete(owner);
      told += kills.count;
      kills.victim ??= largestEnded(reading, owner);
    }
    this.elsewhere += elsewhere;
    if (!Number.isNaN(rise)) this.takeRest(rise - told, gone, reading, found);
    return found;
  }

  close(): void {
    this.host.close();
    this.log?.close();
  }

  /** What the counts of the groups have risen by, by the unit that they belong to. */
  private count(tree: GroupTree, reader: GroupReader, found: Map<Group, UnitKills>): void {
    const outer = new Set([...tree.groups.values()].map(({ parent }) => parent));
    for (const group of tree.groups.values()) {
      const kills = killsOf(group, reader, !outer.has(group));
      const rise = risen(group.kills, kills);
      if (!Number.isNaN(kills)) group.kills = kills;
      if (!(rise > 0)) continue;
      group.owner.killsCounted += rise;
      entryOf(found, group.owner);
    }
  }

  /** @returns kills of processes that are in no unit */
  private takeLog(tree: GroupTree, reading: Reading, found: Map<Group, UnitKills>): number {
    const kills = this.log?.read() ?? [];
    if (kills.length === 0) return 0;
    let elsewhere = 0;
    const processes = new Map([...reading.processes, ...reading.ended].map((process) => [process.pid, process]));
    for (const { pid, comm, group } of kills) {
      const process = processes.get(pid);
      const owner = (group === undefined ? undefined : tree.at(group)?.owner) ?? ownerOf(process);
      if (!owner) {
        elsewhere++;
        continue;
      }
      owner.killsLogged++;
      const entry = entryOf(found, owner);
      entry.victim = (process?.program ?? comm) || entry.victim;
    }
    return elsewhere;
  }

  /** Kills that neither a group nor the log has told: of the groups that have gone, the one nearest to its limit. */
  private takeRest(untold: number, gone: Group[], reading: Reading, found: Map<Group, UnitKills>): void {
    let left = untold - this.ahead;
    this.ahead = Math.max(0, -left);
    const candidates = gone.filter((group) => !found.has(group)).toSorted((a, b) => fullness(b) - fullness(a));
    for (const group of candidates) {
      if (left <= 0) return;
      left--;
      found.set(group, { count: 1, victim: largestEnded(reading, group) });
    }
    if (left > 0) this.elsewhere += left;
  }
}

function entryOf(found: Map<Group, UnitKills>, owner: Group): UnitKills {
  let entry = found.get(owner);
  if (!entry) found.set(owner, (entry = { count: 0, victim: undefined }));
  return entry;
}

/** Count and log tell of the same kills, and not always at the same tick: what either knows more of is news. */
function tell(owner: Group): number {
  const news = Math.min(Number.MAX_SAFE_INTEGER, Math.max(owner.killsCounted, owner.killsLogged) - owner.killsTold);
  owner.killsTold += news;
  return news;
}

function ownerOf(process: ProcessEntry | undefined): Group | undefined {
  return (process?.unit as Group | null | undefined)?.owner;
}

/** Share of its limit that a group used when it was read last. */
function fullness(group: Group): number {
  return (group.unit?.numbers.memBytes ?? 0) / group.effective().memBytes;
}

/** The process of that unit which has ended since the tick before and was the largest. */
function largestEnded(reading: Reading, owner: Group): string | undefined {
  let largest: ProcessEntry | undefined;
  for (const process of reading.ended) {
    if (ownerOf(process) === owner && (!largest || process.rssBytes > largest.rssBytes)) largest = process;
  }
  return largest?.program;
}
