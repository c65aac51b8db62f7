import { type Color, escapeForConsole, isWorse, type Notification, type NotificationItem } from '#domain';
import { type AlertContext, type Fact, factsOf } from './alert-facts.js';
import { headlineOf, subjectOf } from './alert-words.js';
import { type Chart, trendOf } from './chart.js';
import { acknowledgeCommand, silenceCommand } from './commands.js';

/** Characters of an id that name it; the server takes any unique beginning. */
const SHORT_ID = 8;

/** One alert as every channel tells it; all text is one line each, with invisible characters of names made visible. */
export interface AlertMessage {
  id: string;
  shortId: string;
  color: Color;
  state: NotificationItem['state'];
  /** What is wrong, in words. */
  headline: string;
  /** What it is about; the same over the whole life of the alert. */
  subject: string;
  facts: Fact[];
  /** What to type; undefined where there is nothing to keep quiet. */
  commands: { acknowledge: string; silence: string } | undefined;
  runbook: string | undefined;
  /** Where the dashboard shows it. */
  link: string | undefined;
  chart: Chart | undefined;
  service: string | null;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

/** A notification in words. */
export interface Message {
  notification: Notification;
  /** The worst colour in it. */
  color: Color;
  /** `RED CPU of java on web-1 is …`, or counts where there are several. */
  title: string;
  /** Stays the same as long as it is about the same alerts. */
  subject: string;
  alerts: AlertMessage[];
  /** Alerts that it does not list. */
  unlisted: number;
  link: string | undefined;
}

/** @param publicUrl address of the dashboard */
export function alertMessage(item: NotificationItem, context: AlertContext, publicUrl?: string): AlertMessage {
  const { incident, state } = item;
  const { chart, nowMs, service, labels = {}, annotations = {} } = context;
  const current = currentOf(item, chart);
  const shortId = incident.id.slice(0, SHORT_ID);
  return {
    id: incident.id,
    shortId,
    color: incident.color,
    state,
    headline: headlineOf(item, current, chart && trendOf(chart), nowMs),
    subject: subjectOf(incident),
    facts: factsOf(item, current, context),
    commands:
      state === 'firing' ? { acknowledge: acknowledgeCommand(shortId), silence: silenceCommand(incident) } : undefined,
    runbook: incident.runbook,
    link: publicUrl === undefined ? undefined : linkOf(publicUrl, incident.id),
    chart,
    service,
    labels,
    annotations,
  };
}

/** The newest of what is known: the record's, else the end of the chart where that is newer than the change. */
function currentOf({ incident }: NotificationItem, chart: Chart | undefined): number | null {
  if (typeof incident.current === 'number') return incident.current;
  const [timeMs, value] = chart?.points.at(-1) ?? [0, null];
  return timeMs > Date.parse(incident.since) ? value : incident.value;
}

export function messageOf(notification: Notification, alerts: AlertMessage[], publicUrl?: string): Message {
  const { counts, items } = notification;
  const total = counts.red + counts.amber + counts.resolved;
  const color = items.reduce<Color>(
    (worst, { incident }) => (isWorse(incident.color, worst) ? incident.color : worst),
    'GREEN',
  );
  const [first] = alerts;
  const alone = total === 1 && first ? first : undefined;
  return {
    notification,
    color,
    title: `${prefixOf(notification)}${alone ? `${alone.color} ${alone.headline}` : countsText(notification)}`,
    subject: alone?.subject ?? groupSubject(notification, total),
    alerts,
    unlisted: total - items.length,
    link: alone?.link ?? publicUrl,
  };
}

/** `3 RED, 1 AMBER on web-1`. */
function countsText({ counts, host }: Notification): string {
  const parts = [
    counts.red > 0 ? `${counts.red} RED` : '',
    counts.amber > 0 ? `${counts.amber} AMBER` : '',
    counts.resolved > 0 ? `${counts.resolved} resolved` : '',
  ].filter(Boolean);
  return `${parts.join(', ')} on ${host === null ? `${counts.hosts} hosts` : escapeForConsole(host)}`;
}

function groupSubject({ host, counts }: Notification, total: number): string {
  return `${total} alerts on ${host === null ? `${counts.hosts} hosts` : escapeForConsole(host)}`;
}

function prefixOf({ repeat, kind }: Notification): string {
  return repeat ? 'still ' : kind === 'test' ? 'TEST ' : '';
}

export function linkOf(publicUrl: string, id: string): string {
  const url = new URL(publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`);
  url.searchParams.set('alert', id);
  return url.href;
}
