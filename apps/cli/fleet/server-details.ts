import { z } from 'zod';
import type { Reading } from './json-reader.js';

/** What a server said about itself; `reason` tells why a value is missing. */
export interface ServerDetails {
  service: string | null;
  /** % as the server gives it. */
  cpu: number | null;
  memory: number | null;
  reason?: string;
}

export const addresses = z.array(z.string().min(1).max(2000)).max(1_000_000);

const percent = z.union([
  z.number().min(0),
  z
    .string()
    .max(40)
    .regex(/^\s*\d+(\.\d+)?\s*%?\s*$/)
    .transform((text) => Number.parseFloat(text)),
]);

const details = z.looseObject({
  service: z.string().min(1).max(255).nullish().catch(null),
  cpu: z.unknown().optional(),
  memory: z.unknown().optional(),
});

/** Reads `{"cpu": "61%", "memory": "4%", "service": "UserService"}`; whatever else it is becomes a reason. */
export function readDetails(reading: Reading): ServerDetails {
  const nothing = { service: null, cpu: null, memory: null };
  if ('reason' in reading) return { ...nothing, reason: reading.reason };
  const parsed = details.safeParse(reading.value);
  if (!parsed.success) return { ...nothing, reason: 'JSON of another shape' };
  const { service, cpu, memory } = parsed.data;
  const read = { cpu: percent.safeParse(cpu), memory: percent.safeParse(memory) };
  const problems = [
    ...(read.cpu.success ? [] : [problem('cpu', cpu)]),
    ...(read.memory.success ? [] : [problem('memory', memory)]),
    ...(service ? [] : [problem('service', parsed.data['service'])]),
  ];
  return {
    service: service ?? null,
    cpu: read.cpu.data ?? null,
    memory: read.memory.data ?? null,
    ...(problems.length > 0 ? { reason: problems.join(', ') } : {}),
  };
}

function problem(key: string, value: unknown): string {
  return value === undefined || value === null ? `no ${key}` : `${key} is ${JSON.stringify(value).slice(0, 40)}`;
}
