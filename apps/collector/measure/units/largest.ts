import { readFileSync } from 'node:fs';
import { shareOfLimit, type UnitSample } from '#domain/unit';
import type { ProcessEntry } from '../readers/process-reader.js';
import type { Group } from './group.js';
import type { Unit } from './unit.js';

/** Below this share of the limit, in %, nobody asks who is the largest. */
const WATCHED_ABOVE = 50;
const MOST = 3;

/**
 * Names the largest processes of the units that have used more than half of their memory limit.
 *
 * @param isDue whether it is the turn of their scores, which change slowly
 */
export function addLargest(
  samples: UnitSample[],
  units: Unit[],
  processes: readonly ProcessEntry[],
  { proc, isDue }: { proc: string; isDue: (group: Group) => boolean },
): void {
  const largest = new Map<Group, ProcessEntry[]>();
  for (const [at, unit] of units.entries()) {
    const share = shareOfLimit(samples[at] as UnitSample);
    if (share !== null && share > WATCHED_ABOVE) largest.set(unit.group, []);
  }
  if (largest.size === 0) return;
  for (const process of processes) {
    for (let group = process.unit as Group | null | undefined; group; group = group.parent) {
      const list = largest.get(group);
      if (list) enter(list, process);
    }
  }
  for (const [at, { group, scores }] of units.entries()) {
    const list = largest.get(group);
    if (!list?.length) continue;
    if (isDue(group) || scores.size > MOST) scores.clear();
    (samples[at] as UnitSample).largest = list.map(({ program, pid, rssBytes }) => {
      if (!scores.has(pid)) scores.set(pid, scoreOf(`${proc}/${pid}/oom_score`));
      const oomScore = scores.get(pid);
      return { process: program, pid, rssBytes, ...(oomScore === undefined ? {} : { oomScore }) };
    });
  }
}

/** The largest first; one that came earlier stays before one of the same size. */
function enter(list: ProcessEntry[], process: ProcessEntry): void {
  const at = list.findIndex(({ rssBytes }) => process.rssBytes > rssBytes);
  if (at < 0) list.push(process);
  else list.splice(at, 0, process);
  if (list.length > MOST) list.pop();
}

function scoreOf(path: string): number | undefined {
  try {
    const text = readFileSync(path, 'latin1').trim();
    return /^\d{1,4}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}
