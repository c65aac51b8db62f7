import {
  type Color,
  escapeForConsole,
  formatBytes,
  formatDuration,
  type Incident,
  type IncidentChange,
  isoSeconds,
  untilBreach,
} from '#domain';
import type { ChangeAction } from './actions.js';

const ansi: Record<Color, string> = { RED: '\u001b[31;1m', AMBER: '\u001b[33m', GREEN: '\u001b[32m' };
const ansiEnd = '\u001b[0m';

/** Shown in place of a process where the alert is on the host itself. */
const HOST_ITSELF = '(host)';

/**
 * One line for one change, whatever is in the names: `2026-11-22T20:41:50Z RED   web-1 nginx cpu 93.1 % > 80 %`.
 * An alert on a unit has the unit in place of the process, and the values of its memory are `of its 512 MiB`. One on the
 * host itself has `(host)`; a process or unit of that very name is shown as `\(host)`.
 * A space in a host's name is `\x20`, so that the third column is the host and nothing else.
 *
 * @param nowMs when the change was decided, the line's time
 * @param coloured with ANSI colours around the colour's name, for terminals
 */
export function consoleLine({ incident, change, before }: ChangeAction, nowMs: number, coloured = false): string {
  const name = change.color.padEnd(5);
  const shown = coloured ? `${ansi[change.color]}${name}${ansiEnd}` : name;
  return `${isoSeconds(nowMs)} ${shown} ${bodyOf(incident, change, before, nowMs)}`;
}

/** What the newest line of an incident says, without time and colour: `web-1 nginx cpu 93.1 % > 80 %`. */
export function alertText(incident: Incident, nowMs: number): string {
  const change = incident.history.at(-1);
  if (!change) return subject(incident);
  const before = incident.history.at(-2) ?? change;
  return bodyOf(incident, change, { color: before.color, since: before.time }, nowMs);
}

function bodyOf(incident: Incident, change: IncidentChange, before: ChangeAction['before'], nowMs: number): string {
  const host = escapeForConsole(incident.host).replaceAll(' ', '\\x20');
  return `${host} ${subject(incident)} ${detail(incident, change, before, nowMs)}`;
}

function subject({ process, unit, metric, device }: Incident): string {
  const name = process ?? unit;
  if (name === undefined) {
    if (metric === 'data') return HOST_ITSELF;
    return `${HOST_ITSELF} ${metric}${device === undefined ? '' : ` ${escapeForConsole(device)}`}`;
  }
  const escaped = escapeForConsole(name);
  return `${escaped === HOST_ITSELF ? `\\${escaped}` : escaped} ${metric}`;
}

function detail(incident: Incident, change: IncidentChange, before: ChangeAction['before'], nowMs: number): string {
  const { color, value, limit, reason, breach } = change;
  if (color === 'GREEN') {
    const was = incident.metric === 'data' ? 'no data' : before.color;
    const lasted = formatDuration(Math.max(0, Date.parse(change.time) - Date.parse(before.since)));
    return `${greenText(change, incident)} (was ${was} for ${lasted})`;
  }
  const more = incident.flapping ? ' (flapping: quiet until calm for 10 min)' : '';
  if (reason === 'no-data') return `no data for ${formatDuration(Math.max(0, nowMs - Date.parse(change.time)))}${more}`;
  if (reason === 'oom-killed') return `${killedText(incident, value)}${predicted(change)}${more}`;
  const share = ofLimit(incident);
  if (breach) {
    const why = growthText(incident) ?? escapeForConsole(breach.reason);
    const likely = `${Math.round(breach.probability * 100)} % likely: ${why}${nextText(incident)}`;
    return `${percent(value)}${share} → ${level(limit)} ${untilBreach(breach, nowMs)}, ${likely}${more}`;
  }
  const over = `${percent(value, limit)}${share} > ${level(limit)}`;
  return `${over}${predicted(change)}${blamed(incident)}${grown(incident)}${more}`;
}

/** What the values of an alert on a unit are shares of: ` of its 512 MiB`. */
export function ofLimit({ unit, metric, limitBytes }: Pick<Incident, 'unit' | 'metric' | 'limitBytes'>): string {
  if (unit === undefined) return '';
  if (metric === 'cpu') return ' of its quota';
  return ` of its ${limitBytes === undefined ? 'limit' : formatBytes(limitBytes)}`;
}

/** `OOM: the kernel killed java (98.2 % of its 512 MiB, it grew 3.1 MiB/min since 20:12)`. */
function killedText(incident: Incident, value: number | null): string {
  const { victim } = incident;
  const details = [
    ...(value === null ? [] : [`${percent(value)}${ofLimit(incident)}`]),
    ...[growthText(incident)].filter((text) => text !== undefined),
  ];
  const killed = victim === undefined ? 'a process' : escapeForConsole(victim);
  return `OOM: the kernel killed ${killed}${details.length === 0 ? '' : ` (${details.join(', ')})`}`;
}

type Grown = Pick<Incident, 'grower' | 'growth'>;

/** `java grew 3.1 MiB/min since 20:12`; undefined where nothing grew. */
export function growthText({ grower, growth }: Grown): string | undefined {
  if (grower === undefined || growth === undefined) return undefined;
  return `${escapeForConsole(grower)} grew ${formatBytes(growth.bytesPerMinute)}/min since ${growth.since.slice(11, 16)}`;
}

/** Which process the kernel would kill, where that is not the one that grew. */
function nextText({ unit, victim, grower }: Incident): string {
  if (unit === undefined || victim === undefined || victim === grower) return '';
  return `; the kernel would kill ${escapeForConsole(victim)}`;
}

function grown(incident: Incident): string {
  const text = growthText(incident);
  return text === undefined ? '' : ` (${text}${nextText(incident)})`;
}

function predicted({ leadMs }: IncidentChange): string {
  return leadMs === undefined ? '' : ` (predicted ${formatDuration(leadMs)} before)`;
}

function blamed({ culprits = [] }: Incident): string {
  if (culprits.length === 0) return '';
  return ` (${culprits.map(({ process, share }) => `${escapeForConsole(process)} ${percent(share)}`).join(', ')})`;
}

function greenText({ reason, value }: IncidentChange, incident: Incident): string {
  if (reason === 'ended') return 'ended';
  if (reason === 'data-again') return 'data again';
  if (reason === 'paused') return 'paused';
  if (reason === 'forgotten') return 'forgotten';
  if (reason === 'below-clear-level' && value === null) return 'no further OOM kill';
  return value === null ? 'no breach predicted' : `${percent(value)}${ofLimit(incident)}`;
}

/** One digit, or as many as it takes to see that the value is over its limit. */
export function percent(value: number | null, limit: number | null = null): string {
  if (value === null) return '?';
  for (const digits of [1, 2, 3]) {
    const text = value.toFixed(digits);
    if (limit === null || Number(text) !== limit) return `${text} %`;
  }
  return `${value} %`;
}

export function level(limit: number | null): string {
  return limit === null ? '?' : `${Number(limit.toFixed(1))} %`;
}
