import { performance } from 'node:perf_hooks';
import { MAX_UNITS, type UnitSample } from '#domain/unit';
import type { Reading } from '../readers/process-reader.js';
import { ContainerNames } from './container-names.js';
import { GroupReader } from './group-file.js';
import type { GroupMounts } from './group-mounts.js';
import { GroupTree } from './group-tree.js';
import type { Group } from './group.js';
import { type UnitKills, KillWatch } from './kills.js';
import { addLargest } from './largest.js';
import { identify } from './unit-identity.js';
import { UnitNames } from './unit-names.js';
import { Unit } from './unit.js';

export interface UnitWatchOptions {
  /** The host's /proc. */
  proc: string;
  /** Where the host's file systems are seen from here. */
  root: string;
  mounts: GroupMounts;
  /** Places of the kernel's log; the first that may be read is followed. */
  logs: string[];
  /** Most descriptors to keep. */
  maxKept: number;
  log: { log(text: string): void; warn(text: string): void };
  /** Milliseconds of a clock that never jumps. */
  now?: () => number;
}

/** Follows the units of a host from tick to tick: which there are, what each uses, and what the kernel killed in it. */
export class UnitWatch {
  /** Units of the newest tick, and those beyond the most that a batch takes. */
  seen = 0;
  dropped = 0;
  readonly tree: GroupTree;
  readonly kills: KillWatch;
  private readonly reader: GroupReader;
  private readonly names: UnitNames;
  private readonly now: () => number;
  private tick = 0;
  private told = { none: false, dropped: false };

  constructor(private readonly options: UnitWatchOptions) {
    this.reader = new GroupReader(options.maxKept);
    this.tree = new GroupTree(options.proc, options.mounts, this.reader);
    this.kills = new KillWatch(options);
    this.names = new UnitNames(new ContainerNames(options.root));
    this.now = options.now ?? (() => performance.now());
  }

  /** The units at this reading; each process of it knows its own afterwards. */
  read(reading: Reading): UnitSample[] {
    this.tick++;
    const { tree } = this;
    tree.place(reading.processes, reading.host);
    tree.renew();
    const gone = [...tree.groups.values()].filter((group) => group.unit && group.processes === 0);
    const kills = this.kills.since(tree, this.reader, reading, gone);
    for (const group of gone) if (!kills.has(group)) this.release(group);
    const sent = this.choose(kills);
    const samples = sent.map((unit) => this.sample(unit, reading, kills.get(unit.group)));
    addLargest(samples, sent, reading.processes, { proc: this.options.proc, isDue: (group) => tree.isDue(group) });
    this.forget();
    this.tell(samples.length);
    return samples;
  }

  close(): void {
    for (const group of this.tree.groups.values()) group.unit?.close();
    this.kills.close();
  }

  /** Those that processes are accounted to, the groups around them that have a limit, and where something was killed. */
  private choose(kills: Map<Group, UnitKills>): Unit[] {
    const chosen: Unit[] = [];
    const indices = new Map<Group, number>();
    const add = (group: Group) => {
      if (group.unitAt === this.tick) return;
      group.unitAt = this.tick;
      if (chosen.length >= MAX_UNITS) {
        this.dropped++;
        return;
      }
      indices.set(group, chosen.length);
      chosen.push((group.unit ??= this.unitOf(group)));
    };
    this.dropped = 0;
    for (const group of this.tree.groups.values()) {
      if (group.direct > 0) add(group.owner);
      if (group.processes > 0 && group.isLimited) add(group);
    }
    for (const group of kills.keys()) add(group);
    for (const group of this.tree.groups.values()) group.index = indices.get(group.owner) ?? -1;
    this.seen = chosen.length;
    return chosen;
  }

  private unitOf(group: Group): Unit {
    const identity = identify(group.path);
    return new Unit(group, this.names.take(identity, group.path), identity.kind, this.reader);
  }

  private sample(unit: Unit, reading: Reading, kills: UnitKills | undefined): UnitSample {
    const { group } = unit;
    const { cores } = reading.host;
    const due = this.tree.isDue(group);
    if (!unit.measure(this.now(), cores, due)) {
      unit.restart();
      group.kills = 0;
      unit.measure(this.now(), cores, true);
    }
    const { numbers } = unit;
    const limits = group.effective();
    const sample: UnitSample = {
      unit: unit.name,
      kind: unit.kind,
      processes: group.processes,
      cpu: numbers.cpu === undefined ? null : rounded(numbers.cpu),
      cpuLimit: limits.cpu === Infinity ? null : rounded(limits.cpu),
      memBytes: numbers.memBytes ?? null,
      memLimitBytes: limits.memBytes === Infinity ? null : limits.memBytes,
      oomKills: kills?.count ?? 0,
    };
    if (kills?.victim) sample.victim = kills.victim;
    if (numbers.throttled !== undefined) sample.throttled = numbers.throttled;
    if (numbers.pids !== undefined) sample.pids = numbers.pids;
    if (Number.isSafeInteger(limits.pids)) sample.pidsLimit = limits.pids;
    for (const key of ['cpuPressure', 'memPressure', 'ioPressure'] as const) {
      if (numbers[key] !== undefined) sample[key] = numbers[key];
    }
    return sample;
  }

  /** What is no unit any more gives back its name and its descriptors. */
  private forget(): void {
    for (const group of this.tree.groups.values()) {
      if (group.unit && (group.unitAt !== this.tick || group.processes === 0)) this.release(group);
    }
    this.tree.prune();
  }

  private release(group: Group): void {
    if (!group.unit) return;
    this.names.release(group.unit.name);
    group.unit.close();
    group.unit = undefined;
  }

  private tell(units: number): void {
    const { log } = this.options;
    if (units === 0 && !this.told.none) {
      this.told.none = true;
      log.log(
        this.tree.unread > 0
          ? 'No units: the control groups of the processes may not be read here'
          : 'No units yet: every process is in the root control group, or its group is not seen from here',
      );
    }
    if (this.dropped > 0 && !this.told.dropped) {
      log.warn(`There are more than ${MAX_UNITS} units; ${this.dropped} are left out`);
    }
    this.told.dropped = this.dropped > 0;
  }
}

/** To a thousandth of a percent, as for programs. */
function rounded(percent: number): number {
  return Math.round(percent * 1000) / 1000;
}
