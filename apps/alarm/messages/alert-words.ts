import { escapeForConsole, formatDuration, type NotificationItem, untilBreach } from '#domain';
import { level, ofLimit, percent } from '#alarm';
import type { Trend } from './chart.js';

type Shown = NotificationItem['incident'];

/** What an alert is about, in words that stay the same over its life: `CPU of java on web-1`. */
export function subjectOf({ host, process, unit, metric, device }: Shown): string {
  const on = escapeForConsole(host);
  if (metric === 'data') return `No data from ${on}`;
  if (metric === 'disk') return `Disk ${escapeForConsole(device ?? '?')} of ${on}`;
  if (metric === 'inodes') return `Inodes of disk ${escapeForConsole(device ?? '?')} of ${on}`;
  const what = { cpu: 'CPU', mem: 'Memory', swap: 'Swap' }[metric];
  const name = process ?? unit;
  return name === undefined ? `${what} of ${on}` : `${what} of ${escapeForConsole(name)} on ${on}`;
}

/**
 * What is wrong, as a sentence without its full stop:
 * `CPU of java on web-1 is 97.2 %, over its limit of 80 %, for 4 min and rising`.
 *
 * @param current newest value, %
 */
export function headlineOf(item: NotificationItem, current: number | null, trend: Trend | undefined, nowMs: number) {
  const { incident } = item;
  if (item.state === 'resolved') return resolvedText(item, nowMs);
  const open = incident.metric === 'data' ? silentText(incident, nowMs) : openText(incident, current, trend, nowMs);
  return incident.flapping ? `${open}; it flaps, and is quiet until it has been calm for 10 min` : open;
}

function silentText({ host, reason, since }: Shown, nowMs: number): string {
  const on = escapeForConsole(host);
  return reason === 'paused' ? `${on} is paused` : `${on} has sent nothing for ${ago(since, nowMs)}`;
}

function openText(incident: Shown, current: number | null, trend: Trend | undefined, nowMs: number): string {
  const { limit, breach, since, belowSince, color, value, reason } = incident;
  if (color === 'RED' && reason === 'oom-killed') return killedText(incident, nowMs);
  const now = `${subjectOf(incident)} is ${percent(current, limit)}${ofLimit(incident)}`;
  if (color === 'AMBER' && breach) {
    const likely = `${Math.round(breach.probability * 100)} % likely`;
    return `${now} and will pass ${level(limit)} ${untilBreach(breach, nowMs)}, ${likely}`;
  }
  if (belowSince !== undefined) {
    return `${now}, back below its limit of ${level(limit)} for ${ago(belowSince, nowMs)} (it was ${percent(value, limit)})`;
  }
  const over = current !== null && limit !== null && current <= limit ? 'it was over' : 'over';
  const moving = trend && trend.direction !== 'steady' ? ` and ${trend.direction}` : '';
  return `${now}, ${over} its limit of ${level(limit)}, for ${ago(since, nowMs)}${moving}`;
}

function killedText({ host, unit, victim, since }: Shown, nowMs: number): string {
  const what = victim === undefined ? 'a process' : escapeForConsole(victim);
  const where = unit === undefined ? '' : ` in ${escapeForConsole(unit)}`;
  return `The kernel killed ${what}${where} on ${escapeForConsole(host)} for want of memory, RED for ${ago(since, nowMs)}`;
}

function resolvedText({ incident, before }: NotificationItem, nowMs: number): string {
  const { host, metric, process, unit, value, limit, reason } = incident;
  const [on, subject] = [escapeForConsole(host), subjectOf(incident)];
  const endMs = Date.parse(incident.closed ?? incident.since);
  const lasted = formatDuration(Math.max(0, (Number.isNaN(endMs) ? nowMs : endMs) - Date.parse(incident.opened)));
  if (reason === 'forgotten') return `${on} was taken off the lists; this was open for ${lasted}`;
  if (reason === 'paused') return `${on} is paused; this was open for ${lasted}`;
  if (metric === 'data') return `${on} sends again, after ${lasted} without data`;
  const name = process ?? unit;
  if (reason === 'ended' && name !== undefined) {
    return `${subject} is over: ${escapeForConsole(name)} has ended; this was open for ${lasted}`;
  }
  if (before?.color === 'AMBER') return `${subject} is not predicted to pass ${level(limit)} any more, after ${lasted}`;
  if (value === null) return `${subject} had no further OOM kill, after ${lasted}`;
  return `${subject} is back at ${percent(value)}${ofLimit(incident)}, after ${lasted}`;
}

function ago(time: string, nowMs: number): string {
  return formatDuration(Math.max(0, nowMs - Date.parse(time)));
}
