import type { Incident } from '#domain';
import { alertText, itemOf, type Mute } from '#alarm';
import { Backoff, type Log, Once } from '#runtime';
import { type AlertContext, factsOf } from '../messages/alert-facts.js';
import { linkOf } from '../messages/message.js';
import { postJson } from './http-post.js';
import { RefusedError } from './notifier.js';

/** How often open alerts are sent again; Alertmanager ends those that nobody renewed before their `endsAt`. */
const RENEW_MS = 60_000;
const VALID_MS = 4 * RENEW_MS;
const CHUNK = 1_000;

/** An alert as Alertmanager's API v2 takes it (openapi.yaml of Alertmanager, `postableAlert`). */
interface PostableAlert {
  labels: Record<string, string>;
  annotations: Record<string, string>;
  startsAt: string;
  endsAt: string;
  generatorURL?: string;
}

/** Why an alert is not sent now. */
type Unsent = (incident: Incident) => Mute | 'held back' | undefined;

interface Round {
  nowMs: number;
  /** Whether all that are open are sent again. */
  renew: boolean;
  unsent: Unsent;
  signal?: AbortSignal;
}

interface Kept {
  incident: Incident;
  /** As first sent: with others it would be another alert there, and this one would not end. */
  labels?: Record<string, string>;
  /** Set once it is over: to be sent until it is taken. */
  endsAt?: string;
}

export interface AlertmanagerOptions {
  url: string;
  allowPrivate: boolean;
  /** Address of the dashboard. */
  link?: string | undefined;
  serviceOf: (host: string) => string | null;
  /** What a rule's file says of a rule, by its name. */
  ruleDetails: (rule: string | undefined) => Pick<AlertContext, 'labels' | 'annotations'>;
}

/**
 * Tells Alertmanager what is open, as Prometheus does: all open alerts each minute, a change at once. It groups, routes
 * and repeats by itself, so that nothing waits here but a RED that has to hold first; its warning stands until then. What
 * is muted is left out and so ends there.
 */
export class AlertmanagerChannel {
  readonly name: string;
  /** Alerts that it refused for good. */
  refused = 0;
  private readonly alerts = new Map<string, Kept>();
  private readonly urgent = new Set<string>();
  private readonly backoff = new Backoff({ firstMs: 1_000, maxMs: 30_000 });
  private readonly trouble: Once;
  private readonly refusal: Once;
  /** Why it refuses alerts that it still has to take, by their key. */
  private readonly refusals = new Map<string, string>();
  private renewAtMs = 0;
  private notBeforeMs = 0;
  private sending = false;

  constructor(
    private readonly options: AlertmanagerOptions,
    private readonly log: Pick<Log, 'log' | 'warn'>,
  ) {
    this.name = 'alertmanager';
    this.trouble = new Once((text) => log.warn(text));
    this.refusal = new Once((text) => log.warn(text));
  }

  /** Takes an incident as it is now. A new colour is another alert there, because the severity is one of its labels. */
  change(incident: Incident): void {
    for (const color of ['AMBER', 'RED'] as const) {
      const key = `${incident.id} ${color}`;
      const kept = this.alerts.get(key);
      if (incident.color === color) this.alerts.set(key, { incident, ...(kept?.labels && { labels: kept.labels }) });
      else if (kept && kept.endsAt === undefined) this.alerts.set(key, { ...kept, endsAt: incident.since });
      else continue;
      this.urgent.add(key);
    }
  }

  /** Its alert goes on as that of another incident, which has the same labels. */
  forget(id: string): void {
    for (const key of [`${id} AMBER`, `${id} RED`]) {
      this.alerts.delete(key);
      this.urgent.delete(key);
    }
  }

  /** Sends what is due; never rejects, and never two requests at once. */
  async tick(nowMs: number, unsent: Unsent, signal?: AbortSignal): Promise<void> {
    const renew = nowMs >= this.renewAtMs;
    if (this.sending || nowMs < this.notBeforeMs || (!renew && this.urgent.size === 0)) return;
    this.sending = true;
    const round = { nowMs, renew, unsent, signal };
    const keys = renew ? [...this.alerts.keys()] : [...this.urgent];
    if (renew) this.renewAtMs = nowMs + RENEW_MS;
    try {
      for (let i = 0; i < keys.length; i += CHUNK) await this.send(keys.slice(i, i + CHUNK), round);
      this.backoff.reset();
      if (this.trouble.clear()) this.log.log('Alertmanager takes alerts again');
    } catch (error) {
      for (const key of keys) if (this.alerts.has(key)) this.urgent.add(key);
      this.notBeforeMs = nowMs + this.backoff.nextMs();
      this.trouble.warn(`Alertmanager can't be told yet: ${(error as Error).message}`);
    } finally {
      this.sending = false;
    }
  }

  /** Posts a sample that ends at once. */
  async test(incident: Incident, nowMs: number, signal: AbortSignal): Promise<void> {
    await this.post([this.alertOf({ incident, endsAt: new Date(nowMs + 1_000).toISOString() }, nowMs)], signal);
  }

  private async send(keys: string[], { nowMs, renew, unsent, signal }: Round): Promise<void> {
    const sent = new Map<string, Kept>();
    for (const key of keys) {
      const kept = this.alerts.get(key);
      if (!kept) continue;
      const why = unsent(kept.incident);
      if (why === 'held back') {
        // The end of a warning whose RED has to hold first.
        if (renew && kept.endsAt !== undefined) sent.set(key, { ...kept, endsAt: undefined });
      } else if (kept.endsAt !== undefined || why === undefined) sent.set(key, kept);
      else this.urgent.delete(key);
    }
    for (const key of keys) this.refusals.delete(key);
    await this.postAll([...sent.values()], nowMs, signal);
    this.sayRefusals();
    for (const [key, kept] of sent) {
      // What changed while it was under way is sent once more.
      if (this.alerts.get(key) !== kept) continue;
      this.urgent.delete(key);
      if (kept.endsAt !== undefined) {
        this.alerts.delete(key);
        this.refusals.delete(key);
      }
    }
  }

  /** Logs once, until the number or the reason changes. */
  private sayRefusals(): void {
    const [reason] = [...this.refusals.values()].sort();
    if (reason === undefined) this.refusal.clear();
    else this.refusal.warn(`Alertmanager refuses ${this.refusals.size} of the alerts: ${reason}`);
  }

  /** A refused request is halved until the bad alert is found. */
  private async postAll(kept: Kept[], nowMs: number, signal?: AbortSignal): Promise<void> {
    if (kept.length === 0) return;
    try {
      await this.post(
        kept.map((one) => this.alertOf(one, nowMs)),
        signal,
      );
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      const half = kept.length >> 1;
      if (half > 0) {
        await this.postAll(kept.slice(0, half), nowMs, signal);
        return this.postAll(kept.slice(half), nowMs, signal);
      }
      this.refused += 1;
      for (const { incident } of kept) this.refusals.set(`${incident.id} ${incident.color}`, error.message);
    }
  }

  private async post(alerts: PostableAlert[], signal?: AbortSignal): Promise<void> {
    const url = `${this.options.url.replace(/\/+$/, '')}/api/v2/alerts`;
    await postJson(url, JSON.stringify(alerts), { allowPrivate: this.options.allowPrivate, signal });
  }

  private alertOf(kept: Kept, nowMs: number): PostableAlert {
    const { incident, endsAt } = kept;
    const { link, serviceOf, ruleDetails } = this.options;
    const service = serviceOf(incident.host);
    kept.labels ??= this.labelsOf(incident, service);
    return {
      labels: kept.labels,
      annotations: { ...annotationsOf(incident, service, nowMs), ...ruleDetails(incident.rule).annotations },
      ...span(Date.parse(incident.since), endsAt, nowMs),
      ...(link !== undefined && { generatorURL: linkOf(link, incident.id) }),
    };
  }

  private labelsOf({ host, process, unit, metric, device, color, rule }: Incident, service: string | null) {
    return {
      ...this.options.ruleDetails(rule).labels,
      alertname: `Amberwatch${metric === 'data' ? 'NoData' : metric[0]?.toUpperCase() + metric.slice(1)}`,
      severity: color === 'RED' ? 'critical' : 'warning',
      host,
      metric,
      ...(service !== null && { service }),
      ...(process !== null && { process }),
      ...(unit !== undefined && { unit }),
      ...(device !== undefined && { device }),
      ...(rule !== undefined && { rule }),
    };
  }
}

/** Under the names that dashboards and templates of Prometheus look for; the rule's own words win. */
function annotationsOf(incident: Incident, service: string | null, nowMs: number): Record<string, string> {
  const { value, limit, breach, reason, runbook, id } = incident;
  const facts = factsOf(itemOf(incident, nowMs), value, { nowMs, service });
  return {
    summary: alertText(incident, nowMs),
    description: facts.map(({ label, text }) => `${label}: ${text}`).join('\n'),
    reason,
    incident: id,
    ...(runbook !== undefined && { runbook_url: runbook }),
    ...(value !== null && { value: `${value}` }),
    ...(limit !== null && { limit: `${limit}` }),
    ...(breach && { breach_at: breach.at }),
  };
}

/**
 * From when to when, on our clock. An end that lies ahead, as that of a host whose clock is fast, would not end the
 * alert: Alertmanager then keeps the later one of the ends that it was told.
 */
function span(sinceMs: number, endsAt: string | undefined, nowMs: number) {
  const startMs = Math.min(sinceMs, nowMs - 1);
  const endMs = endsAt === undefined ? nowMs + VALID_MS : Math.max(startMs, Math.min(Date.parse(endsAt), nowMs));
  return { startsAt: new Date(startMs).toISOString(), endsAt: new Date(endMs).toISOString() };
}
