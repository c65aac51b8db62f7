import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { UnitWatch } from './unit-watch.js';

export interface OpenUnitsOptions {
  /** The host's /proc. */
  proc: string;
  /** Where the host's file systems are seen from here. */
  root: string;
  log: { log(text: string): void; warn(text: string): void };
}

/** What watches the units of this system; undefined, and said, where it has no control groups that are seen from here. */
export async function openUnits({ proc, root, log }: OpenUnitsOptions): Promise<UnitWatch | undefined> {
  if (process.platform !== 'linux') {
    log.log('No units: only Linux has control groups');
    return undefined;
  }
  const { GroupMounts } = await import('./group-mounts.js');
  const mounts = new GroupMounts(mountTable(), root);
  if (!mounts.any) {
    log.log('No units: no control groups are mounted here');
    return undefined;
  }
  const { UnitWatch } = await import('./unit-watch.js');
  const { unitDescriptors } = await import('../readers/linux.reader.js');
  const logs = root === '/' ? ['/dev/kmsg'] : [join(root, 'dev/kmsg'), '/dev/kmsg'];
  return new UnitWatch({ proc, root, mounts, logs, maxKept: unitDescriptors(), log });
}

function mountTable(): string {
  try {
    return readFileSync('/proc/self/mountinfo', 'latin1');
  } catch {
    return '';
  }
}
