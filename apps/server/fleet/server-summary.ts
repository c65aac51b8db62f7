import type { HostState, SampleBatch } from '#domain';
import { z } from 'zod';

export const serverSummary = z
  .strictObject({
    cpu: z.string().describe("The host's own CPU usage such as 61%"),
    memory: z.string().describe('Share of its memory that is used, likewise'),
    service: z.string(),
  })
  .meta({ id: 'ServerSummary' });
export type ServerSummary = z.infer<typeof serverSummary>;

/**
 * One line on a host, or why there is none: the clients of the older systems take whatever they get for a number. Where
 * a host sends its programs alone, they are added up.
 *
 * @param batch its newest one
 */
export function summaryOf(host: HostState, batch: SampleBatch | undefined): ServerSummary | { error: string } {
  if (host.status !== 'ok') {
    const why = host.status === 'paused' ? 'is paused' : 'is silent';
    return { error: `${host.host} ${why} since ${host.lastSeen}` };
  }
  const cores = host.usage?.cores;
  const cpuSum = totalOf(batch?.cpu);
  const cpu = host.usage?.cpu ?? (cpuSum === null || cores === undefined ? null : cpuSum / cores);
  const memory = host.usage?.mem ?? totalOf(batch?.mem);
  if (cpu === null || memory === null) {
    return { error: `${host.host} does not say what it uses of its ${cpu === null ? 'CPU' : 'memory'}` };
  }
  return { cpu: percent(cpu), memory: percent(memory), service: host.service ?? 'unknown' };
}

function totalOf(column: (number | null)[] | undefined): number | null {
  const values = (column ?? []).filter((value) => value !== null);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

/** Pages that programs share are counted for each, so their sum may be more than there is. */
function percent(value: number): string {
  return `${Math.round(Math.min(100, value))}%`;
}
