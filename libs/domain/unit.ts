import { z } from 'zod';
import { percentOfCore } from './metric.js';
import { nameSchema, processName } from './text.js';

/** What the kernel accounts for and limits together: a service or scope of systemd, a container, a pod, or another control group. */
export const unitKind = z.enum(['service', 'scope', 'slice', 'container', 'pod', 'cgroup']);
export type UnitKind = z.infer<typeof unitKind>;

export const unitName = nameSchema().describe(
  'Name of a unit on its host, such as checkout.service, a container, or a pod as namespace/pod/container: 1–255 characters',
);

/** Most units of one batch. */
export const MAX_UNITS = 5000;
/** Largest counter or number of bytes of a unit; as a whole number it fits the databases' 64 bits. */
const MAX_COUNT = Number.MAX_SAFE_INTEGER;

const share = z.number().min(0).max(100);
const count = z.int().min(0).max(MAX_COUNT);

/** One of the largest processes of a unit. */
export const unitProcess = z.object({
  process: processName,
  pid: z.int().min(0).max(MAX_COUNT),
  rssBytes: count,
  oomScore: z.int().min(0).max(10_000).optional().describe('/proc/PID/oom_score: the kernel takes the highest first'),
});
export type UnitProcess = z.infer<typeof unitProcess>;

/** What one unit used at one tick. Left out or null: it is not known, or there is no such limit. */
export const unitSample = z
  .object({
    unit: unitName,
    kind: unitKind,
    processes: z.int().min(0).max(10_000_000),
    cpu: percentOfCore.nullable().describe('% of one core'),
    cpuLimit: percentOfCore.nullable().describe('CPU quota, % of one core; null: none'),
    throttled: share.optional().describe('Periods of the tick in which it was held back, %'),
    memBytes: count.nullable().describe('Working set: usage less inactive file pages, bytes'),
    memLimitBytes: count.nullable().describe('Memory limit, bytes; null: none'),
    oomKills: count.describe('Processes that the kernel killed within this tick, as the limit was reached'),
    victim: processName.optional().describe('The newest one that it killed'),
    pids: count.optional().describe('Tasks, as the pids limit counts them'),
    pidsLimit: count.optional(),
    cpuPressure: share.optional().describe('Share of the last 10 s in which some task waited for CPU (PSI), %'),
    memPressure: share.optional().describe('The same for memory'),
    ioPressure: share.optional().describe('The same for disks'),
    largest: z.array(unitProcess).max(3).optional().describe('Its largest processes, the largest first'),
  })
  .meta({ id: 'UnitSample' });
export type UnitSample = z.infer<typeof unitSample>;

/** Memory of a unit, % of its own limit; null where it has none, or its memory is not known. */
export function shareOfLimit({
  memBytes,
  memLimitBytes,
}: Pick<UnitSample, 'memBytes' | 'memLimitBytes'>): number | null {
  return memBytes === null || !memLimitBytes ? null : (memBytes / memLimitBytes) * 100;
}

/** CPU of a unit, % of its own quota; null where it has none, or its CPU is not known. */
export function shareOfQuota({ cpu, cpuLimit }: Pick<UnitSample, 'cpu' | 'cpuLimit'>): number | null {
  return cpu === null || !cpuLimit ? null : (cpu / cpuLimit) * 100;
}
