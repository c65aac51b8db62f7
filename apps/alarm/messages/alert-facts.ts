import { escapeForConsole, formatDuration, type NotificationItem } from '#domain';
import { growthText, level, percent } from '#alarm';
import { type Chart, trendOf } from './chart.js';

/** A line of a message: `Peak: 99.1 %`. */
export interface Fact {
  label: string;
  text: string;
}

/** What is known of an alert besides its record. */
export interface AlertContext {
  /** ms since the epoch. */
  nowMs: number;
  service: string | null;
  chart?: Chart | undefined;
  /** What the culprits gained in the last hour, in the unit of their share, by name. */
  growth?: ReadonlyMap<string, number> | undefined;
  /** What its rule says of it, such as `summary` and `description`. */
  annotations?: Readonly<Record<string, string>> | undefined;
  labels?: Readonly<Record<string, string>> | undefined;
}

/** Everything that somebody who is woken up asks next, in that order. */
export function factsOf(item: NotificationItem, current: number | null, context: AlertContext): Fact[] {
  const { incident, state } = item;
  const { annotations = {}, service } = context;
  const facts: (Fact | undefined)[] = [
    fact('Note', annotations['description'] ?? annotations['summary']),
    state === 'firing' && incident.metric !== 'data' ? nowFact(current, incident.limit, context.chart) : undefined,
    fact('Peak', typeof incident.peak === 'number' ? percent(incident.peak, incident.limit) : undefined),
    { label: 'Since', text: sinceText(item) },
    programFact(item),
    culpritsFact(item, context.growth),
    fact('Grew', growthText(incident)),
    victimFact(item),
    warningFact(item),
    acknowledgedFact(item),
    fact('Service', service === null ? undefined : escapeForConsole(service)),
    fact('Rule', incident.rule && escapeForConsole(incident.rule)),
  ];
  return facts.filter((one) => one !== undefined);
}

function fact(label: string, text: string | undefined): Fact | undefined {
  return text === undefined || text === '' ? undefined : { label, text };
}

function nowFact(current: number | null, limit: number | null, chart: Chart | undefined): Fact | undefined {
  if (current === null) return undefined;
  const trend = chart && trendOf(chart);
  const signed = trend && `${trend.change < 0 ? '−' : '+'}${Math.abs(trend.change).toFixed(1)}`;
  const moving = trend ? `, ${trend.direction}${trend.direction === 'steady' ? '' : ` (${signed} in 10 min)`}` : '';
  return { label: 'Now', text: `${percent(current, limit)} of a limit of ${level(limit)}${moving}` };
}

function sinceText({ incident, state }: NotificationItem): string {
  const since = utc(incident.since);
  if (state === 'resolved') return `${utc(incident.opened)}, over at ${utc(incident.closed ?? incident.since)}`;
  return incident.opened === incident.since ? since : `${since} (open since ${utc(incident.opened)})`;
}

function programFact({ incident }: NotificationItem): Fact | undefined {
  const { process, count, largest } = incident;
  if (process === null || count === undefined || count < 2) return undefined;
  const most = largest === undefined ? '' : `, the largest ${percent(largest)}`;
  return { label: 'Program', text: `${count} processes${most}` };
}

/** Whom the kernel killed, or would kill: the largest process, which need not be the one that grew. */
function victimFact({ incident: { victim, reason, unit } }: NotificationItem): Fact | undefined {
  if (unit === undefined || victim === undefined) return undefined;
  return { label: reason === 'oom-killed' ? 'Killed' : 'Kernel would kill', text: escapeForConsole(victim) };
}

/** Shares are in the unit that the alert is in: % of all cores or of the memory of the host. */
function culpritsFact({ incident }: NotificationItem, growth: ReadonlyMap<string, number> = new Map()) {
  const { culprits = [], metric } = incident;
  if (culprits.length === 0) return undefined;
  const parts = culprits.map(({ process, count, share }) => {
    const grown = growth.get(process);
    const more = [
      ...(count > 1 ? [`${count} processes`] : []),
      ...(grown !== undefined && grown >= 0.5 ? [`+${grown.toFixed(1)} in an hour`] : []),
    ];
    return `${escapeForConsole(process)} ${percent(share)}${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
  });
  return { label: metric === 'cpu' ? 'Most CPU' : 'Most memory', text: parts.join(', ') };
}

/** `at 20:29:50 for 20:41:50 (20:38:50–20:47:50), 64 % likely; it came 12 min after the warning, as predicted`. */
function warningFact({ warning, incident }: NotificationItem): Fact | undefined {
  if (!warning) return undefined;
  const range = `${clock(warning.from)}–${clock(warning.to)}`;
  const said = `at ${clock(warning.time)} for ${clock(warning.at)} (${range}), ${Math.round(warning.probability * 100)} % likely`;
  const lead = formatDuration(warning.leadMs ?? 0);
  const turnedOut = {
    hit: `; it came ${lead} after the warning, as predicted`,
    early: `; it came ${lead} after the warning, later than predicted`,
    false: '; it did not come',
  };
  const reason = incident.breach ? `: ${escapeForConsole(incident.breach.reason)}` : '';
  return { label: 'Predicted', text: `${said}${warning.outcome ? turnedOut[warning.outcome] : reason}` };
}

function acknowledgedFact({ acknowledged }: NotificationItem): Fact | undefined {
  if (!acknowledged) return undefined;
  return { label: 'Acknowledged', text: `${escapeForConsole(acknowledged.by)}: ${escapeForConsole(acknowledged.why)}` };
}

/** `2026-11-22 20:41:50 UTC` */
export function utc(time: string): string {
  return `${time.slice(0, 10)} ${clock(time)} UTC`;
}

function clock(time: string): string {
  return time.slice(11, 19);
}
