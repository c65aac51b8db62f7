import type { Notification, NotificationItem } from '#domain';
import type { AmberwatchClient } from '#client';
import { readChart, readGrowth } from './alert-history.js';
import type { AlertContext } from './alert-facts.js';
import { sampleChart } from './chart.js';
import { alertMessage, type Message, messageOf } from './message.js';

/** A message goes without its charts where the server has not answered within this time. */
const HISTORY_LIMIT_MS = 2_000;
/** Alerts of one message that get a chart, the worst ones. */
const CHARTS = 3;

export interface ComposerOptions {
  /** Without one there are no charts. */
  client?: Pick<AmberwatchClient, 'history' | 'hostMetrics' | 'unitHistory'>;
  serviceOf: (host: string) => string | null;
  /** What a rule's file says of a rule. */
  ruleDetails?: (rule: string) => Pick<AlertContext, 'labels' | 'annotations'> | undefined;
  /** Address of the dashboard. */
  publicUrl?: string | undefined;
  /** Longest wait for the history, ms. */
  limitMs?: number;
}

/** Puts notifications into words, once for all channels. */
export class Composer {
  private readonly made = new WeakMap<Notification, Promise<Message>>();

  constructor(private readonly options: ComposerOptions) {}

  /** Never rejects: what can't be read in time is left out. */
  compose(notification: Notification): Promise<Message> {
    let message = this.made.get(notification);
    if (!message) this.made.set(notification, (message = this.make(notification)));
    return message;
  }

  private async make(notification: Notification): Promise<Message> {
    const { publicUrl, limitMs = HISTORY_LIMIT_MS } = this.options;
    const signal = AbortSignal.timeout(limitMs);
    const { items, time, kind } = notification;
    const nowMs = Date.parse(time);
    const alerts = items.map(async (item, i) => {
      const context = await this.contextOf(item, nowMs, i < CHARTS && kind !== 'test' ? signal : undefined);
      const sample = kind === 'test' ? { chart: sampleChart(nowMs, item.incident) } : {};
      return alertMessage(item, { ...context, ...sample }, publicUrl);
    });
    return messageOf(notification, await Promise.all(alerts), publicUrl);
  }

  private async contextOf({ incident }: NotificationItem, nowMs: number, signal?: AbortSignal): Promise<AlertContext> {
    const { client, serviceOf, ruleDetails } = this.options;
    const known = { nowMs, service: serviceOf(incident.host), ...ruleDetails?.(incident.rule ?? 'default') };
    if (client === undefined || signal === undefined) return known;
    const none = () => undefined;
    const [chart, growth] = await Promise.all([
      readChart(client, incident, nowMs, signal).catch(none),
      incident.culprits ? readGrowth(client, incident, nowMs, signal).catch(none) : undefined,
    ]);
    return { ...known, chart, growth };
  }
}
