import { readFileSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostUsage } from '#domain';

/** File systems that hold people's data; all others are made up by the kernel, or always full (squashfs). */
const REAL = new Set(
  'ext2 ext3 ext4 xfs btrfs zfs f2fs jfs reiserfs bcachefs vfat exfat msdos ntfs ntfs3 fuseblk hfsplus ufs'.split(' '),
);
/** How full a disk is changes slowly. */
const FRESH_MS = 10_000;

export type Disks = NonNullable<HostUsage['disks']>;

export interface Mount {
  device: string;
  path: string;
  type: string;
  /** rw or ro. */
  mode: string;
}

/** How full the host's file systems are: used ÷ (used + available to everybody), and inodes, as `df` gives it. */
export class DiskReader {
  private last: Disks = [];
  private readAtMs = -Infinity;

  constructor(
    private readonly mountsFile: string,
    /** Where the host's root folder is seen from here. */
    private readonly root: string,
  ) {}

  /** @param nowMs milliseconds of a clock that never jumps */
  read(nowMs: number): Disks {
    if (nowMs - this.readAtMs < FRESH_MS) return this.last;
    this.readAtMs = nowMs;
    this.last = this.mounts().flatMap(({ path }) => {
      const fullness = fullnessOf(join(this.root, path));
      return fullness ? [{ path, ...fullness }] : [];
    });
    return this.last;
  }

  private mounts(): Mount[] {
    try {
      return realMounts(readFileSync(this.mountsFile, 'utf8'));
    } catch {
      return [];
    }
  }
}

/** The mounts worth watching of a mount table (fstab(5)), each device once, under its shortest path. */
export function realMounts(table: string): Mount[] {
  const byDevice = new Map<string, Mount>();
  for (const line of table.split('\n')) {
    const [device, path, type, options] = line.split(' ').map(unescapeOctal);
    if (!device || !path || !type) continue;
    if (!REAL.has(type) && !(type === 'overlay' && path === '/')) continue;
    const known = byDevice.get(device);
    if (!known || path.length < known.path.length) {
      byDevice.set(device, { device, path, type, mode: options?.split(',').includes('ro') ? 'ro' : 'rw' });
    }
  }
  return [...byDevice.values()];
}

/** Spaces, tabs, newlines and backslashes stand as `\040` and so on in a mount table. */
function unescapeOctal(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function fullnessOf(path: string): Omit<Disks[number], 'path'> | undefined {
  try {
    const { blocks, bfree, bavail, files, ffree } = statfsSync(path);
    const used = blocks - bfree;
    if (used + bavail <= 0) return undefined;
    const usedPercent = percent(used, used + bavail);
    // btrfs and vfat, among others, have no number of inodes.
    return files > 0 ? { usedPercent, inodesPercent: percent(files - ffree, files) } : { usedPercent };
  } catch {
    return undefined;
  }
}

function percent(part: number, whole: number): number {
  return Math.min(100, Math.max(0, Math.round((part / whole) * 100_000) / 1000));
}
