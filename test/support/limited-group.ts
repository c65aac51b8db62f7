import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningApp, startProcess, temporaryFolder, waitUntil } from './processes.js';

/** Where the kernel keeps the memory of control groups, by version, and the names of its files there. */
const versions = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes', swappiness: 'memory.swappiness' },
  { root: '/sys/fs/cgroup', limit: 'memory.max', swap: 'memory.swap.max' },
];

/** Whether this user may make control groups that limit memory. */
export const hasLimitedGroups = versionHere() !== undefined;
if (!hasLimitedGroups) process.stderr.write('SKIPPED-SUITE: memory of control groups (this user may not limit any)\n');

function versionHere() {
  return versions.find(({ root, limit }) => {
    const folder = join(root, `awtest-probe-${process.pid}`);
    try {
      mkdirSync(folder);
      const there = existsSync(join(folder, limit));
      rmdirSync(folder);
      return there;
    } catch {
      return false;
    }
  });
}

/** A control group of this machine with a limit on its memory, without swap. */
export class LimitedGroup {
  private readonly folder: string;

  constructor(name: string, limitBytes: number) {
    const version = versionHere();
    if (!version) throw new Error('no control group can be made here');
    this.folder = join(version.root, name);
    mkdirSync(this.folder);
    writeFileSync(join(this.folder, version.limit), String(limitBytes));
    // So that pages can't go elsewhere and the kernel has to kill.
    if (version.swap && existsSync(join(this.folder, version.swap))) this.write(version.swap, '0');
    if (version.swappiness) this.write(version.swappiness, '0');
  }

  /** Runs a text of Node under that name in the group; it is in there before the text begins. */
  async run(title: string, text: string): Promise<RunningApp> {
    const procs = join(this.folder, 'cgroup.procs');
    const enter = `process.title = ${JSON.stringify(title)}; require('fs').writeFileSync(${JSON.stringify(procs)}, String(process.pid));`;
    const app = startProcess(process.execPath, ['-e', `${enter} console.log('in'); ${text}`], {}, temporaryFolder());
    await app.waitFor(/in/);
    return app;
  }

  /** Ends what is in it, and the group. */
  async remove(): Promise<void> {
    await waitUntil('the group is empty', () => {
      const pids = readFileSync(join(this.folder, 'cgroup.procs'), 'latin1').split('\n').filter(Boolean);
      for (const pid of pids) process.kill(Number(pid), 'SIGKILL');
      return pids.length === 0;
    });
    rmdirSync(this.folder);
  }

  private write(file: string, value: string): void {
    writeFileSync(join(this.folder, file), value);
  }
}
