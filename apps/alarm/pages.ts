import type { Forecast, HostState, Incident } from '#domain';
import type { AmberwatchClient } from '#client';

/** Entries a request: large pages, because all of them are wanted. */
const PAGE = 5_000;

export async function allAlerts(client: AmberwatchClient, signal: AbortSignal): Promise<Incident[]> {
  return collect(async (cursor) => {
    const { alerts, next } = await client.alerts({ state: 'open', limit: PAGE, cursor }, { signal });
    return { items: alerts, next };
  });
}

/**
 * Incidents that are closed: the newest of all hosts, for what may break again, and those of the hosts that people
 * were told of, so that nobody waits for the end of something that ended while the alarm was away.
 */
export async function closedSince(client: AmberwatchClient, hosts: string[], signal: AbortSignal): Promise<Incident[]> {
  const found = new Map<string, Incident>();
  for (const host of [undefined, ...hosts]) {
    const { alerts } = await client.alerts({ state: 'closed', host, limit: 1_000 }, { signal });
    for (const incident of alerts) found.set(incident.id, incident);
  }
  return [...found.values()];
}

export async function allHosts(client: AmberwatchClient, signal: AbortSignal): Promise<HostState[]> {
  return collect(async (cursor) => {
    const { hosts, next } = await client.hosts({ limit: PAGE, cursor }, { signal });
    return { items: hosts, next };
  });
}

export async function allForecasts(client: AmberwatchClient, signal: AbortSignal): Promise<Forecast[]> {
  return collect(async (cursor) => {
    const { forecasts, next } = await client.forecasts({ limit: PAGE, cursor }, { signal });
    return { items: forecasts, next };
  });
}

async function collect<Item>(
  page: (cursor: string | undefined) => Promise<{ items: Item[]; next?: string }>,
): Promise<Item[]> {
  const all: Item[] = [];
  let cursor: string | undefined;
  do {
    const { items, next } = await page(cursor);
    for (const item of items) all.push(item);
    cursor = next;
  } while (cursor !== undefined);
  return all;
}
