import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './processes.js';

/** A small ext4 in a file that is mounted, as a disk of the machine. */
export class LoopDisk {
  readonly path: string;

  private constructor(folder: string) {
    this.path = join(folder, 'disk');
  }

  /** Undefined, with a word on it, where this user may mount none. */
  static make(bytes: number): LoopDisk | undefined {
    const folder = temporaryFolder();
    const image = join(folder, 'image');
    const disk = new LoopDisk(folder);
    mkdirSync(disk.path);
    writeFileSync(image, '');
    truncateSync(image, bytes);
    const made = run('mkfs.ext4', ['-q', '-F', '-m', '0', image]) && run('mount', ['-o', 'loop', image, disk.path]);
    if (made) return disk;
    process.stderr.write('SKIPPED-SUITE: a disk that fills (this user may not mount one)\n');
    return undefined;
  }

  remove(): void {
    run('umount', ['-l', this.path]);
    rmSync(join(this.path, '..'), { recursive: true, force: true });
  }
}

function run(command: string, parameters: string[]): boolean {
  return spawnSync(command, parameters, { stdio: 'ignore' }).status === 0;
}
