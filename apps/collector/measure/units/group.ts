import type { UnitPlace } from '../readers/process-reader.js';
import { type GroupPaths, type Hierarchy, hierarchies, isWithin } from './group-paths.js';
import type { GroupMounts } from './group-mounts.js';
import type { Unit } from './unit.js';

/** Limits that a group sets itself; Infinity: none. */
export interface GroupLimits {
  memBytes: number;
  /** % of one core. */
  cpu: number;
  pids: number;
}

export const NO_LIMITS: GroupLimits = { memBytes: Infinity, cpu: Infinity, pids: Infinity };

/** One control group that holds processes, or others that do. */
export class Group implements UnitPlace {
  /** Index of the unit that its processes belong to, for the newest tick. */
  index = -1;
  /** Processes in it, and in it and all below, at the newest tick. */
  direct = 0;
  processes = 0;
  limits = NO_LIMITS;
  /** The kernel's count of kills in it; NaN where it does not say. */
  kills = Number.NaN;
  /** Kills of its unit since it is known: by the counts, by the log, and those that were sent. */
  killsCounted = 0;
  killsLogged = 0;
  killsTold = 0;
  /** The group that its own processes are accounted to. */
  owner: Group = this;
  /** What is kept for measuring it, once it is a unit. */
  unit: Unit | undefined;
  /** The newest tick at which it was a unit. */
  unitAt = 0;
  /** Folder of each hierarchy that accounts for it. */
  readonly folders: Partial<Record<Hierarchy, string>> = {};

  constructor(
    readonly path: string,
    readonly parent: Group | undefined,
    /** Spreads what is not read at every tick. */
    readonly turn: number,
  ) {}

  /** A process in it, or below it, shows which hierarchies account for it. */
  learn(paths: GroupPaths, mounts: GroupMounts): void {
    for (const hierarchy of hierarchies) {
      if (this.folders[hierarchy] !== undefined || !isWithin(paths[hierarchy], this.path)) continue;
      const folder = mounts.folder(hierarchy, this.path);
      if (folder !== undefined) this.folders[hierarchy] = folder;
    }
  }

  /** Whether it has a limit of its own that can hold its processes back. */
  get isLimited(): boolean {
    return this.limits.memBytes < Infinity || this.limits.cpu < Infinity;
  }

  /** Its own limits and those of the groups around it, whichever comes first. */
  effective(): GroupLimits {
    let { memBytes, cpu } = this.limits;
    for (let outer = this.parent; outer; outer = outer.parent) {
      memBytes = Math.min(memBytes, outer.limits.memBytes);
      cpu = Math.min(cpu, outer.limits.cpu);
    }
    return { memBytes, cpu, pids: this.limits.pids };
  }
}
