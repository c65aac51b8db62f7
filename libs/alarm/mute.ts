import { holdsAt, type Incident, quietOf, type Silence } from '#domain';

/** Why nobody is told of an alert, or why one channel is not. */
export type Mute = 'silenced' | 'acknowledged' | 'inhibited' | 'routed elsewhere';

export interface MuteContext {
  silences: Silence[];
  /** Service of a host, where it has one. */
  serviceOf: (host: string) => string | null;
  /** Hosts that are silent themselves: alerts on their processes say nothing new. */
  silentHosts: ReadonlySet<string>;
}

/** The reason for which nobody is told of the alert now, if there is one. */
export function muteOf(incident: Incident, context: MuteContext, nowMs: number): Mute | undefined {
  const holding = context.silences.filter((one) => holdsAt(one, nowMs));
  const { acknowledged, silenced } = quietOf(incident, context.serviceOf(incident.host), holding);
  if (acknowledged) return 'acknowledged';
  if (silenced) return 'silenced';
  if (incident.closed === null && incident.metric !== 'data' && context.silentHosts.has(incident.host))
    return 'inhibited';
  return undefined;
}
