import { z } from 'zod';
import { escapeForConsole } from '#domain';
import type { Reading } from './json-reader.js';

/** A server at this many percent or more counts as over. */
const OVER_FROM = 50;

export interface Utilisation {
  /** Name, safe for a terminal, and its percentage. */
  servers: [string, number][];
  /** Servers whose value is no percentage, with that value as JSON; they count neither as under nor as over. */
  strange: [string, string][];
  under: number;
  over: number;
  /** Why nothing could be read. */
  reason?: string;
}

const percentage = z.number().min(0).max(100);

/** Counts the servers of `{"server0": 19, …}`: 0–49 under, 50–100 over. */
export function readUtilisation(reading: Reading): Utilisation {
  const result: Utilisation = { servers: [], strange: [], under: 0, over: 0 };
  if ('reason' in reading) return { ...result, reason: reading.reason };
  const { value } = reading;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ...result, reason: 'JSON of another shape' };
  }
  for (const [name, entry] of Object.entries(value)) {
    const shown = escapeForConsole(name);
    const parsed = percentage.safeParse(entry);
    if (!parsed.success) {
      result.strange.push([shown, escapeForConsole(JSON.stringify(entry).slice(0, 40))]);
      continue;
    }
    result.servers.push([shown, parsed.data]);
    if (parsed.data < OVER_FROM) result.under++;
    else result.over++;
  }
  return result;
}
