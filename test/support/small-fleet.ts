import type { AmberwatchClient } from '#client';
import type { Incident, SampleBatch } from '#domain';

let batches = 0;

/** Puts one tick of hosts that need no other for an hour, each with its own more. */
export async function report(client: AmberwatchClient, hosts: Record<string, Partial<SampleBatch>>): Promise<void> {
  const time = new Date().toISOString();
  const usage = { names: ['nginx', 'java'], count: [1, 1], cpu: [12.5, 3], cpuMax: [12.5, 3], mem: [1, 2] };
  for (const [host, more] of Object.entries(hosts)) {
    await client.putSamples({ id: `fleet-batch-${++batches}`, host, time, intervalMs: 3_600_000, ...usage, ...more });
  }
}

/** Alarm and prediction are there: what they are silent about is well. */
export async function beat(client: AmberwatchClient): Promise<void> {
  for (const service of ['alarm', 'prediction'] as const) {
    await client.heartbeat(service, { instance: 'test', version: '0', follows: true });
  }
}

/** An open alert in RED on the cpu of a program, unless told otherwise. */
export function openAlert(id: string, host: string, more: Partial<Incident> = {}): Incident {
  const time = new Date().toISOString();
  const reached = { color: 'RED', value: 93.1, limit: 80, reason: 'above-limit' } as const;
  const times = { opened: time, since: time, closed: null };
  const whole: Incident = { id, host, process: 'nginx', metric: 'cpu', ...reached, ...times, history: [], ...more };
  const { color, value, limit, reason } = whole;
  return { ...whole, history: [{ time, color, value, limit, reason }] };
}
