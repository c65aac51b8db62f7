import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import type { ProcessEntry } from '../readers/process-reader.js';
import { type GroupReader } from './group-file.js';
import { readLimits, type HostSize } from './group-limits.js';
import type { GroupMounts } from './group-mounts.js';
import { type GroupPaths, hierarchies, namesOf, parseGroups } from './group-paths.js';
import { Group, type GroupLimits } from './group.js';
import { killsOf } from './kill-count.js';
import { boundaryOf } from './unit-identity.js';

/** Longer than the kernel lets a path of each hierarchy be. */
const FILE_BYTES = 64 * 1024;
/** What seldom changes, such as limits, is read at every one of so many ticks. */
const TURNS = 6;
/** A process may be moved without an exec: each is looked at again after so many ticks. */
const LOOK_AGAIN = 64;

/** The control groups that hold processes, as far up as the root, which is none of them. */
export class GroupTree {
  /** Every group by its path; a parent comes before its children. */
  readonly groups = new Map<string, Group>();
  /** Processes whose group could not be read at the newest tick. */
  unread = 0;
  private readonly known = new Map<string, Group | null>();
  private readonly buffer = Buffer.allocUnsafe(FILE_BYTES);
  private host: HostSize = { cores: 1, memTotalBytes: 0 };
  private made = 0;
  private tick = 0;

  constructor(
    private readonly proc: string,
    private readonly mounts: GroupMounts,
    private readonly reader: GroupReader,
  ) {}

  /** Finds the group of each process and counts them. */
  place(processes: readonly ProcessEntry[], host: HostSize): void {
    this.host = host;
    this.tick++;
    this.unread = 0;
    for (const group of this.groups.values()) group.direct = group.processes = 0;
    for (let at = 0; at < processes.length; at++) {
      const process = processes[at] as ProcessEntry;
      if (process.kernel) continue;
      if (process.unit === undefined || process.readings === 2 || (process.pid + this.tick) % LOOK_AGAIN === 0) {
        process.unit = this.groupOf(process.pid);
      }
      if (process.unit) (process.unit as Group).direct++;
    }
    for (const group of this.groups.values()) {
      if (group.direct === 0) continue;
      for (let one: Group | undefined = group; one; one = one.parent) one.processes += group.direct;
    }
  }

  /** Whether it is the turn of what seldom changes. */
  isDue(group: Group): boolean {
    return (group.turn + this.tick) % TURNS === 0;
  }

  /** Reads the limits whose turn it is, and with them which group processes are accounted to. */
  renew(): void {
    for (const group of this.groups.values()) if (this.isDue(group)) this.renewLimits(group);
    for (const group of this.groups.values())
      if (group.direct > 0 && this.isDue(group)) group.owner = this.ownerOf(group);
  }

  /** The group at a path that the kernel named, which may have been removed. */
  at(path: string): Group | undefined {
    const names = namesOf(path);
    if (!names || names.length === 0) return undefined;
    return this.groups.get(path) ?? this.add(`/${names.join('/')}`, { memory: path, unified: path });
  }

  /** Forgets the groups that hold nothing. */
  prune(): void {
    for (const [path, group] of this.groups) {
      if (group.processes > 0) continue;
      this.groups.delete(path);
      this.known.clear();
    }
  }

  private groupOf(pid: number): Group | null {
    const text = this.textOf(`${this.proc}/${pid}/cgroup`);
    if (text === undefined) {
      this.unread++;
      return null;
    }
    const known = this.known.get(text);
    if (known !== undefined) return known;
    const found = this.find(this.mounts.resolve(parseGroups(text))) ?? null;
    this.known.set(text, found);
    return found;
  }

  /** A process belongs to the deepest of its groups, as a hierarchy may know only some of them. */
  private find(paths: GroupPaths): Group | undefined {
    let deepest = '/';
    let depth = 0;
    for (const hierarchy of hierarchies) {
      const path = paths[hierarchy];
      const steps = path === undefined ? 0 : (namesOf(path)?.length ?? 0);
      if (steps > depth) [deepest, depth] = [path as string, steps];
    }
    const group = depth === 0 ? undefined : this.add(deepest, paths);
    return group && Object.values(group.folders).some(isThere) ? group : undefined;
  }

  /** The group with all that it lies in; what is new of them is looked at. */
  private add(path: string, paths: GroupPaths): Group {
    const names = namesOf(path) as string[];
    let parent: Group | undefined;
    for (let end = 1; end <= names.length; end++) {
      const here = `/${names.slice(0, end).join('/')}`;
      let group = this.groups.get(here);
      const isNew = group === undefined;
      group ??= new Group(here, parent, this.made++);
      group.learn(paths, this.mounts);
      if (isNew) this.begin(group, end === names.length);
      parent = group;
    }
    const group = parent as Group;
    group.owner = this.ownerOf(group);
    return group;
  }

  private begin(group: Group, isLeaf: boolean): void {
    this.groups.set(group.path, group);
    group.limits = readLimits(group, this.host);
    group.kills = killsOf(group, this.reader, isLeaf);
  }

  private renewLimits(group: Group): void {
    const limits = readLimits(group, this.host);
    // With its first limit a group may get the files that account for it.
    if (!areSame(limits, group.limits)) group.unit?.close();
    group.limits = limits;
  }

  /** The nearest group with a limit of its own that lies in a container or a unit of systemd, else that itself. */
  private ownerOf(group: Group): Group {
    const boundary = boundaryOf(group.path);
    for (let one: Group | undefined = group; one; one = one.parent) {
      if (one.path === boundary || one.isLimited) return one;
    }
    return group;
  }

  private textOf(path: string): string | undefined {
    let descriptor: number;
    try {
      descriptor = openSync(path, 'r');
    } catch {
      return undefined;
    }
    try {
      return this.buffer.toString('latin1', 0, readSync(descriptor, this.buffer, 0, FILE_BYTES, 0));
    } catch {
      return undefined;
    } finally {
      closeSync(descriptor);
    }
  }
}

function areSame(one: GroupLimits, other: GroupLimits): boolean {
  return Object.is(one.memBytes, other.memBytes) && Object.is(one.cpu, other.cpu) && Object.is(one.pids, other.pids);
}

function isThere(folder: string): boolean {
  return existsSync(Buffer.from(folder, 'latin1'));
}
