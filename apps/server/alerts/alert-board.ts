import { Injectable } from '@nestjs/common';
import {
  type AlarmState,
  type Alert,
  type AlertPage,
  type alertsQuery,
  type Color,
  colorRank,
  isWorse,
  type HostState,
  type Incident,
  matches,
  matchesHost,
  type Matcher,
  quietOf,
  type Silence,
  type SilencePreview,
} from '#domain';
import type { z } from 'zod';
import { HostRegistry } from '../hosts/host-registry.js';
import { Silences } from '../silences/silences.js';
import { Incidents } from './incidents.js';
import { Sight } from './sight.js';

/** Most alerts and hosts that a preview names. */
const MAX_PREVIEWED = 100;

/** The incidents as they are shown: with who keeps them quiet, and the colours that follow from them. */
@Injectable()
export class AlertBoard {
  constructor(
    private readonly incidents: Incidents,
    private readonly silences: Silences,
    private readonly sight: Sight,
    private readonly hosts: HostRegistry,
  ) {}

  async list(query: z.infer<typeof alertsQuery>, nowMs: number): Promise<AlertPage> {
    const { incidents, next } = await this.incidents.list(query);
    return { alerts: this.shown(incidents, nowMs), next };
  }

  async find(id: string, nowMs: number): Promise<Alert> {
    const incident = await this.incidents.find(id);
    return this.shown([incident], nowMs)[0] as Alert;
  }

  /** Incidents with who keeps them quiet now; nobody is told of closed ones anyway. */
  shown(incidents: Iterable<Incident>, nowMs: number): Alert[] {
    const silences = this.silences.holding(nowMs);
    return [...incidents].map((one) => (one.closed === null ? { ...one, ...this.quiet(one, silences) } : one));
  }

  state(nowMs: number): AlarmState {
    const alerts = this.shown(this.incidents.open, nowMs).sort(
      (a, b) => colorRank[b.color] - colorRank[a.color] || (a.since < b.since ? -1 : 1),
    );
    return {
      ...this.summary(nowMs),
      alerts: alerts.map(({ breach, ...alert }) => ({
        id: alert.id,
        host: alert.host,
        process: alert.process,
        unit: alert.unit,
        metric: alert.metric,
        device: alert.device,
        color: alert.color,
        value: alert.value,
        limit: alert.limit,
        current: alert.current,
        peak: alert.peak,
        belowSince: alert.belowSince,
        flapping: alert.flapping,
        acknowledged: alert.acknowledged,
        silenced: alert.silenced,
        since: alert.since,
        reason: alert.reason,
        ...(breach && {
          breachAt: breach.at,
          breachFrom: breach.from,
          breachTo: breach.to,
          probability: breach.probability,
        }),
      })),
    };
  }

  /** The worst colour of all open alerts, never GREEN where not all can be seen, and why it can't. */
  summary(nowMs: number): Pick<AlarmState, 'color' | 'blind'> {
    const blind = this.sight.reasons(nowMs);
    let color: Color = blind.length > 0 ? 'AMBER' : 'GREEN';
    for (const incident of this.incidents.open) color = worse(color, incident.color);
    return { color, blind };
  }

  /** Hosts with the worst colour of their alerts, and never GREEN where that can't be known. */
  colored(hosts: HostState[], nowMs: number): HostState[] {
    const worst = new Map<string, Color>();
    for (const { host, color } of this.incidents.open) worst.set(host, worse(worst.get(host) ?? 'GREEN', color));
    const blind = this.sight.blindSpots(nowMs);
    return hosts.map((state) => {
      const least = blind.all || blind.hosts.has(state.host) ? 'AMBER' : 'GREEN';
      return { ...state, color: worse(worst.get(state.host) ?? 'GREEN', least) };
    });
  }

  /** What a silence would keep quiet now. */
  preview(match: Matcher, nowMs: number): SilencePreview {
    const alerts = this.shown(this.incidents.open, nowMs).filter((alert) =>
      matches(match, { ...alert, service: this.serviceOf(alert.host) }),
    );
    const hosts = this.hosts.list(nowMs).filter(({ host, service }) => matchesHost(match, host, service));
    return {
      alertCount: alerts.length,
      alerts: alerts.slice(0, MAX_PREVIEWED).map(({ id, host, process, unit, metric, device, color }) => ({
        id,
        host,
        process,
        unit,
        metric,
        device,
        color,
      })),
      hostCount: hosts.length,
      hosts: hosts.slice(0, MAX_PREVIEWED).map(({ host }) => host),
    };
  }

  private quiet(incident: Incident, silences: Silence[]): Pick<Alert, 'acknowledged' | 'silenced'> {
    if (silences.length === 0) return {};
    const { acknowledged, silenced } = quietOf(incident, this.serviceOf(incident.host), silences);
    return {
      ...(acknowledged && { acknowledged: quietness(acknowledged) }),
      ...(silenced && { silenced: quietness(silenced) }),
    };
  }

  private serviceOf(host: string): string | null {
    return this.hosts.serviceOf(host);
  }
}

function quietness({ id, by, why, until }: Silence): NonNullable<Alert['silenced']> {
  return { id, by, why, until };
}

function worse(a: Color, b: Color): Color {
  return isWorse(b, a) ? b : a;
}
