import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const PREFIX = 'amberwatch-lab-';
/** The folder in which all cgroups of this lab are made. */
export const LAB = `${PREFIX}${process.pid}`;

/**
 * Where memory is limited on this machine: `{ version, root }`, or undefined where no hierarchy has the memory controller
 * or it may not be written.
 */
export function memoryHierarchy(mounts = readFileSync('/proc/mounts', 'utf8')) {
  for (const line of mounts.split('\n')) {
    const [, root, type, options = ''] = line.split(' ');
    if (type === 'cgroup' && options.split(',').includes('memory')) return { version: 1, root };
    if (type !== 'cgroup2') continue;
    const controllers = join(root, 'cgroup.controllers');
    if (existsSync(controllers) && readFileSync(controllers, 'utf8').split(/\s/).includes('memory')) {
      return { version: 2, root };
    }
  }
  return undefined;
}

/** Takes away the cgroups of labs that were killed themselves, with all that still runs in them; returns their names. */
export async function sweep({ root }) {
  const labs = foldersIn(root).filter((name) => name.startsWith(PREFIX));
  const left = labs.filter((name) => !existsSync(`/proc/${name.slice(PREFIX.length)}`));
  for (const name of left) await removeAll(root, name);
  return left;
}

/** Takes away all cgroups of a lab, this one's where none is named. */
export async function removeAll(root, name = LAB) {
  const lab = join(root, name);
  for (const run of foldersIn(lab)) await remove(join(lab, run));
  if (existsSync(lab)) await remove(lab);
}

function foldersIn(path) {
  if (!existsSync(path)) return [];
  const entries = readdirSync(path, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Ends all that runs in a cgroup, and takes it away. */
async function remove(path) {
  for (let tries = 0; tries < 100; tries++) {
    for (const pid of pidsOf(path)) kill(pid);
    try {
      rmdirSync(path);
      return;
    } catch (error) {
      if (error.code === 'ENOENT') return;
      await pause(50);
    }
  }
  throw new Error(`${path} is still in use`);
}

function pidsOf(path) {
  if (!existsSync(path)) return [];
  return readFileSync(join(path, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
}

/** A cgroup with a memory limit, without swap. */
export class Cgroup {
  constructor(hierarchy, name, limitBytes) {
    this.version = hierarchy.version;
    this.path = join(hierarchy.root, LAB, name);
    mkdirSync(dirname(this.path), { recursive: true });
    if (this.version === 2) {
      for (const folder of [hierarchy.root, dirname(this.path)]) {
        appendFileSync(join(folder, 'cgroup.subtree_control'), '+memory');
      }
    }
    mkdirSync(this.path);
    if (this.version === 2) {
      this.write('memory.max', limitBytes);
      if (existsSync(join(this.path, 'memory.swap.max'))) this.write('memory.swap.max', 0);
    } else {
      this.write('memory.limit_in_bytes', limitBytes);
      const swap = 'memory.memsw.limit_in_bytes';
      if (existsSync(join(this.path, swap))) this.write(swap, limitBytes);
    }
  }

  /** The command that enters the cgroup and becomes what follows it, at a low priority. */
  get entry() {
    return ['sh', '-c', 'echo $$ > "$0/cgroup.procs" && exec nice -n 10 "$@"', this.path];
  }

  /** Working set in bytes: usage without inactive file pages, as Kubernetes reckons it. */
  workingSet() {
    const [usage, inactive] =
      this.version === 2 ? ['memory.current', 'inactive_file'] : ['memory.usage_in_bytes', 'total_inactive_file'];
    return Math.max(0, Number(this.read(usage)) - this.entryOf('memory.stat', inactive));
  }

  /** Processes that the kernel has killed for the limit so far. */
  oomKills() {
    return this.entryOf(this.version === 2 ? 'memory.events' : 'memory.oom_control', 'oom_kill');
  }

  remove() {
    return remove(this.path);
  }

  entryOf(file, key) {
    const line = this.read(file)
      .split('\n')
      .find((text) => text.startsWith(`${key} `));
    return Number(line?.split(' ')[1] ?? 0);
  }

  read(file) {
    return readFileSync(join(this.path, file), 'utf8');
  }

  write(file, value) {
    writeFileSync(join(this.path, file), String(value));
  }
}

function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended in between.
  }
}
