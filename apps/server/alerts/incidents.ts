import { Injectable, type OnModuleInit } from '@nestjs/common';
import { type alertsQuery, CodedError, type Incident, type IncidentValues } from '#domain';
import { Subject } from 'rxjs';
import { type IncidentPage, StateStore } from '#store';
import type { z } from 'zod';
import { idOf, MIN_PREFIX } from '../http/id-prefix.js';

/** Most changes that an incident keeps. */
const MAX_HISTORY = 1000;
/** Most records that are looked through for the beginning of an id. */
const MAX_LIKE = 100;

/** The incidents as the alarm records them: all in the state store, the open ones at hand with their newest values. */
@Injectable()
export class Incidents implements OnModuleInit {
  /** Every record as it is taken, for the live stream. */
  readonly changes = new Subject<Incident>();
  /** Values of open incidents as they come, likewise. */
  readonly newValues = new Subject<IncidentValues['values']>();
  private readonly byId = new Map<string, Incident>();

  constructor(private readonly store: StateStore) {}

  async onModuleInit(): Promise<void> {
    for await (const incident of this.store.everyIncident({ state: 'open' })) this.byId.set(incident.id, incident);
  }

  /** The open ones. */
  get open(): Iterable<Incident> {
    return this.byId.values();
  }

  /** The host of an open one. */
  hostOf(id: string): string | undefined {
    return this.byId.get(id)?.host;
  }

  async put(incidents: Incident[]): Promise<void> {
    await this.store.putIncidents(incidents);
    for (const incident of incidents) {
      if (incident.closed === null) this.byId.set(incident.id, this.withValues(incident));
      else this.byId.delete(incident.id);
      this.changes.next(this.byId.get(incident.id) ?? incident);
    }
  }

  /** Takes the newest values of open incidents; those of others came too late, and are left out. */
  putValues(values: IncidentValues['values']): void {
    const known = values.filter(({ id }) => this.byId.has(id));
    for (const { id, current, currentTime, peak, belowSince } of known) {
      this.byId.set(id, { ...(this.byId.get(id) as Incident), current, currentTime, peak, belowSince });
    }
    if (known.length > 0) this.newValues.next(known);
  }

  /** Closes whatever is open on a host that was taken away. */
  async forget(host: string, nowMs: number): Promise<void> {
    const time = new Date(nowMs).toISOString();
    const closed = [...this.open]
      .filter((incident) => incident.host === host)
      .map((incident): Incident => {
        const { breach: _, current: _current, currentTime: _time, belowSince: _below, ...kept } = incident;
        const { value, limit, history } = kept;
        const end = { color: 'GREEN' as const, value, limit, reason: 'forgotten' as const };
        const changes = [...history, { time, ...end }].slice(-MAX_HISTORY);
        return { ...kept, ...end, since: time, closed: time, history: changes };
      });
    if (closed.length > 0) await this.put(closed);
  }

  async list(query: z.infer<typeof alertsQuery>): Promise<IncidentPage> {
    const { incidents, next } = await this.store.incidents(query);
    return { incidents: incidents.map((incident) => this.byId.get(incident.id) ?? incident), next };
  }

  /** An open incident by its id or the beginning of it. @throws CodedError NOT_FOUND, or INVALID where several begin so */
  findOpen(text: string): Incident {
    const id = idOf(text, this.byId.keys());
    const incident = id === undefined ? undefined : this.byId.get(id);
    if (!incident) throw new CodedError('NOT_FOUND', `No open alert has the id "${text.slice(0, 64)}".`);
    return incident;
  }

  /** Any incident, an open one first. @throws CodedError as `findOpen` does */
  async find(text: string): Promise<Incident> {
    const open = idOf(text, this.byId.keys());
    if (open !== undefined) return this.byId.get(open) as Incident;
    const like = text.length < MIN_PREFIX ? [] : await this.store.incidentsLike(text, MAX_LIKE);
    const id = idOf(
      text,
      like.map((incident) => incident.id),
    );
    const incident = like.find((one) => one.id === id);
    if (!incident) throw new CodedError('NOT_FOUND', `No alert has the id "${text.slice(0, 64)}".`);
    return incident;
  }

  /** A record that says nothing of the newest value keeps what is known of it. */
  private withValues(incident: Incident): Incident {
    const before = this.byId.get(incident.id);
    if (!before || incident.currentTime !== undefined) return incident;
    const { current, currentTime, peak, belowSince } = before;
    return { ...incident, current, currentTime, peak, belowSince };
  }
}
