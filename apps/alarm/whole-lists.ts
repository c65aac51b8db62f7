import type { Alert, Forecast, HostState, Incident } from '#domain';
import { allPages, type AmberwatchClient } from '#client';

/** Entries a request: large pages, because all of them are wanted. */
const PAGE = 5_000;

export async function allAlerts(client: AmberwatchClient, signal: AbortSignal): Promise<Incident[]> {
  return allPages(
    (cursor) => client.alerts({ state: 'open', limit: PAGE, cursor }, { signal }),
    (page) => page.alerts.map(recordOf),
    Infinity,
  );
}

/**
 * Incidents that are closed: the newest of all hosts, for what may break again, and those of the hosts that people
 * were told of, so that nobody waits for the end of something that ended while the alarm was away.
 */
export async function closedSince(client: AmberwatchClient, hosts: string[], signal: AbortSignal): Promise<Incident[]> {
  const found = new Map<string, Incident>();
  for (const host of [undefined, ...hosts]) {
    const { alerts } = await client.alerts({ state: 'closed', host, limit: 1_000 }, { signal });
    for (const incident of alerts) found.set(incident.id, recordOf(incident));
  }
  return [...found.values()];
}

export async function allHosts(client: AmberwatchClient, signal: AbortSignal): Promise<HostState[]> {
  return allPages(
    (cursor) => client.hosts({ limit: PAGE, cursor }, { signal }),
    (page) => page.hosts,
    Infinity,
  );
}

export async function allForecasts(client: AmberwatchClient, signal: AbortSignal): Promise<Forecast[]> {
  return allPages(
    (cursor) => client.forecasts({ limit: PAGE, cursor }, { signal }),
    (page) => page.forecasts,
    Infinity,
  );
}

/** An alert as it is recorded, without what the server adds to show it. */
function recordOf({ acknowledged: _acknowledged, silenced: _silenced, ...incident }: Alert): Incident {
  return incident;
}
