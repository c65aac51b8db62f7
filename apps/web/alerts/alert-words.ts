import type { Alert, IncidentChange, IncidentReason, PredictionOutcome } from '#domain';
import { untilBreach } from '#domain/breach';
import { bytes, nameText, NONE, percent, shortTime, span } from '../text.js';

/** Why it has its colour, after a colon or a dash. */
export const reasonWords: Record<IncidentReason, string> = {
  'above-limit': 'above its limit',
  'sum-above-limit': 'its processes together are above the limit',
  'oom-killed': 'the kernel killed a process for want of memory',
  'breach-predicted': 'a breach is predicted',
  'below-clear-level': 'back below its clear level',
  'forecast-cleared': 'a breach is no longer predicted',
  ended: 'it has ended',
  'no-data': 'the host sends nothing',
  'data-again': 'the host sends again',
  paused: 'the host is paused',
  forgotten: 'the host was taken off the lists',
};

const outcomes: Record<PredictionOutcome, string> = {
  hit: 'came true in time',
  early: 'came true, later than it said',
  false: 'did not come true',
};

/** `hit: came true in time, 12 min ahead` */
export function outcomeWords(outcome: PredictionOutcome, leadMs: number | undefined): string {
  return `${outcome}: ${outcomes[outcome]}${leadMs === undefined ? '' : `, ${span(leadMs)} ahead`}`;
}

/** `80 % in 12 min (9–17), 83 % likely` */
export function breachWords(
  breach: { at: string; from: string; to: string; probability: number },
  limit: number | null,
  nowMs: number,
): string {
  const what = limit === null ? 'a breach' : level(limit);
  const when = Date.parse(breach.to) > nowMs ? untilBreach(breach, nowMs) : 'by now';
  return `${what} ${when}, ${Math.round(breach.probability * 100)} % likely`;
}

/** A limit without digits that say nothing: `80 %` */
export const level = (limit: number | null | undefined) =>
  limit === null || limit === undefined ? NONE : `${Number(limit.toFixed(1))} %`;

/** The value at the newest tick; of what is over, and where nobody has told it, that of the newest change. */
export function valueNow({ closed, current, value }: Pick<Alert, 'closed' | 'current' | 'value'>): number | null {
  return closed === null && current !== undefined ? current : value;
}

const metrics = { cpu: 'CPU', mem: 'Memory', disk: 'Disk', inodes: 'Inodes of disk', swap: 'Swap' } as const;

/** What it is about, without its host: `CPU of nginx`, `Disk /var`, `No data` */
export function aboutWords({ process, unit, metric, device }: Pick<Alert, 'process' | 'unit' | 'metric' | 'device'>) {
  if (metric === 'data') return 'No data';
  const name = process ?? unit;
  if (name !== undefined) return `${metrics[metric]} of ${nameText(name)}`;
  return device === undefined ? `${metrics[metric]} of the host` : `${metrics[metric]} ${nameText(device)}`;
}

/** What its figures are percentages of. */
export function shareWords({ process, unit, metric }: Pick<Alert, 'process' | 'unit' | 'metric'>): string {
  if (unit !== undefined) return '% of its own limit';
  if (process !== null)
    return metric === 'cpu' ? '% of one core, its largest process' : '% of memory, its largest process';
  return metric === 'cpu' ? '% of all cores' : '%';
}

/** How it stands now, as a sentence; what is predicted is said by `breachWords`. */
export function stateWords(alert: Alert, nowMs: number): string {
  const { color, closed, opened, since, limit, metric, reason, belowSince } = alert;
  const now = percent(valueNow(alert));
  const ago = (time: string) => span(Math.max(0, nowMs - Date.parse(time)));
  if (closed !== null) {
    const lasted = span(Math.max(0, Date.parse(closed) - Date.parse(opened)));
    return `Over since ${shortTime(Date.parse(closed), nowMs)}, after ${lasted}: ${reasonWords[reason]}.`;
  }
  if (metric === 'data')
    return reason === 'paused' ? 'The host is paused.' : `The host has sent nothing for ${ago(since)}.`;
  if (color === 'RED' && reason === 'oom-killed') return `${killedWords(alert)}, RED for ${ago(since)}.`;
  if (color === 'AMBER') return `It is at ${now}; its limit is ${level(limit)}.`;
  if (belowSince !== undefined)
    return `It is at ${now}, back below its limit of ${level(limit)} for ${ago(belowSince)}.`;
  // It stays RED until it is well below, so its newest value may be under its limit.
  const value = valueNow(alert);
  const over = value !== null && limit !== null && value <= limit ? 'it was over' : 'over';
  return `It is at ${now}, ${over} its limit of ${level(limit)}, RED for ${ago(since)}.`;
}

function killedWords({ victim, unit }: Alert): string {
  const where = unit === undefined ? '' : ` in ${nameText(unit)}`;
  return `The kernel killed ${victim === undefined ? 'a process' : nameText(victim)}${where} for want of memory`;
}

/** Colours that it had one after another, and for how long: `AMBER 12 min → RED 8 min`. */
export function courseWords(history: readonly IncidentChange[], endMs: number): string {
  return courseOf(history, endMs)
    .map(({ color, ms }) => `${color} ${span(ms)}`)
    .join(' → ');
}

/** The stretches of one colour, oldest first; what comes after its end is none. */
export function courseOf(history: readonly IncidentChange[], endMs: number) {
  const stretches: { color: 'AMBER' | 'RED'; fromMs: number; ms: number }[] = [];
  for (const [i, { color, time }] of history.entries()) {
    if (color === 'GREEN') continue;
    const fromMs = Date.parse(time);
    const toMs = Date.parse(history[i + 1]?.time ?? '') || endMs;
    const last = stretches.at(-1);
    if (last?.color === color) last.ms = Math.max(0, toMs - last.fromMs);
    else stretches.push({ color, fromMs, ms: Math.max(0, toMs - fromMs) });
  }
  return stretches;
}

/** Its newest warning whose outcome is known. */
export const judgedWarning = (history: readonly IncidentChange[]) =>
  history.findLast(({ outcome }) => outcome !== undefined);

/** What is behind it, as far as that is known: how early it was predicted, and which programs have a share in it. */
export function causeWords({ color, history, culprits = [], grower, growth }: Alert): string {
  const lead = color === 'RED' ? judgedWarning(history)?.leadMs : undefined;
  return [
    ...(lead === undefined ? [] : [`Predicted ${span(lead)} ahead.`]),
    ...(culprits.length === 0
      ? []
      : [`Most of it: ${culprits.map((one) => `${nameText(one.process)} ${percent(one.share)}`).join(', ')}.`]),
    ...(grower === undefined
      ? []
      : [`${nameText(grower)} grew the most${growth ? `, ${bytes(growth.bytesPerMinute)} a minute` : ''}.`]),
  ].join(' ');
}
