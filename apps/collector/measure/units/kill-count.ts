import { KeptFile } from '../host/kept-file.js';
import { GroupFile, type GroupReader } from './group-file.js';
import type { Group } from './group.js';

const OOM_KILL = Buffer.from('oom_kill ');
const HOST_KILLS = '\noom_kill ';

/** Kills that the host has counted since its boot; while it stands still no group need be asked. */
export class HostKills {
  private readonly file: KeptFile;

  constructor(proc: string) {
    this.file = new KeptFile(`${proc}/vmstat`);
  }

  /** NaN where the kernel does not say (before 4.13). */
  read(): number {
    try {
      const text = this.file.text();
      const at = text.indexOf(HOST_KILLS);
      return at < 0 ? Number.NaN : Number.parseInt(text.slice(at + HOST_KILLS.length), 10);
    } catch {
      return Number.NaN;
    }
  }

  close(): void {
    this.file.close();
  }
}

/**
 * Kills of processes of this very group; those of groups within are theirs. NaN where the kernel does not say.
 *
 * @param isLeaf whether no other group lies in it: before 5.2 version 2 only has a count that holds theirs, too
 */
export function killsOf(group: Group, reader: GroupReader, isLeaf: boolean): number {
  const { memory, unified } = group.folders;
  if (memory !== undefined) return killsIn(reader, `${memory}/memory.oom_control`);
  if (unified === undefined) return Number.NaN;
  const own = killsIn(reader, `${unified}/memory.events.local`);
  return Number.isNaN(own) && isLeaf ? killsIn(reader, `${unified}/memory.events`) : own;
}

function killsIn(reader: GroupReader, path: string): number {
  const file = new GroupFile(reader, path);
  const kills = file.read() > 0 ? reader.after(OOM_KILL) : Number.NaN;
  file.close();
  return Number.isSafeInteger(kills) ? kills : Number.NaN;
}
