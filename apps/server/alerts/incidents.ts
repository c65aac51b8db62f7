import { Injectable, type OnModuleInit } from '@nestjs/common';
import { alertsQuery, colorRank, formatDuration, type AlarmState, type AlertPage, type Incident } from '#domain';
import { Subject } from 'rxjs';
import { StateStore } from '#store';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Heartbeats } from './heartbeats.js';

/** Most hosts that are named one by one, of the silent and of the late ones. */
const MAX_NAMED_HOSTS = 10;
/** Most changes that an incident keeps. */
const MAX_HISTORY = 1000;

/** The incidents as the alarm records them: all in the state store, the open ones at hand. */
@Injectable()
export class Incidents implements OnModuleInit {
  /** Every record as it is taken, for the live stream. */
  readonly changes = new Subject<Incident>();
  private readonly open = new Map<string, Incident>();

  constructor(
    private readonly store: StateStore,
    private readonly heartbeats: Heartbeats,
    private readonly hosts: HostRegistry,
  ) {}

  async onModuleInit(): Promise<void> {
    for await (const incident of this.store.everyIncident({ state: 'open' })) this.open.set(incident.id, incident);
  }

  async put(incidents: Incident[]): Promise<void> {
    await this.store.putIncidents(incidents);
    for (const incident of incidents) {
      if (incident.closed === null) this.open.set(incident.id, incident);
      else this.open.delete(incident.id);
      this.changes.next(incident);
    }
  }

  /** Closes whatever is open on a host that was taken away. */
  async forget(host: string, nowMs: number): Promise<void> {
    const time = new Date(nowMs).toISOString();
    const closed = [...this.open.values()]
      .filter((incident) => incident.host === host)
      .map((incident): Incident => {
        const { breach: _, ...kept } = incident;
        const { value, limit, history } = kept;
        const end = { color: 'GREEN' as const, value, limit, reason: 'forgotten' as const };
        const changes = [...history, { time, ...end }].slice(-MAX_HISTORY);
        return { ...kept, ...end, since: time, closed: time, history: changes };
      });
    if (closed.length > 0) await this.put(closed);
  }

  async list(query: z.infer<typeof alertsQuery>): Promise<AlertPage> {
    const { incidents, next } = await this.store.incidents(query);
    return { alerts: incidents, next };
  }

  /** An open incident. */
  find(id: string): Incident | undefined {
    return this.open.get(id);
  }

  state(nowMs: number): AlarmState {
    const open = [...this.open.values()].sort(
      (a, b) => colorRank[b.color] - colorRank[a.color] || (a.since < b.since ? -1 : 1),
    );
    return {
      color: open[0]?.color ?? 'GREEN',
      alerts: open.map(({ id, host, process, metric, device, color, value, limit, since, reason, breach }) => ({
        id,
        host,
        process,
        metric,
        device,
        color,
        value,
        limit,
        since,
        reason,
        ...(breach && {
          breachAt: breach.at,
          breachFrom: breach.from,
          breachTo: breach.to,
          probability: breach.probability,
        }),
      })),
      blind: this.blind(nowMs),
    };
  }

  private blind(nowMs: number): string[] {
    const services = this.heartbeats
      .list(nowMs)
      .filter(({ status }) => status !== 'ok')
      .map(({ service, status, lastSeen }) => {
        if (status === 'catching up' || status === 'paused') return `${service} is ${status}`;
        return `${service} is silent${lastSeen ? ` since ${lastSeen}` : ''}`;
      });
    const silent = this.hosts.silent(nowMs).map((host) => `host ${host} is silent`);
    const late = this.hosts
      .late(nowMs)
      .map(({ host, ageMs }) => `host ${host} sends samples that are ${formatDuration(ageMs)} old`);
    return [...services, ...named(silent, 'are silent'), ...named(late, 'send samples that are old')];
  }
}

function named(reasons: string[], what: string): string[] {
  if (reasons.length <= MAX_NAMED_HOSTS) return reasons;
  return [...reasons.slice(0, MAX_NAMED_HOSTS), `${reasons.length - MAX_NAMED_HOSTS} more hosts ${what}`];
}
