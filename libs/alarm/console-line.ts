import {
  type Color,
  escapeForConsole,
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
 * An alert on the host itself has `(host)` in place of the process; a process of that very name is shown as `\(host)`.
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

function subject({ process, metric, device }: Incident): string {
  if (process === null) {
    if (metric === 'data') return HOST_ITSELF;
    return `${HOST_ITSELF} ${metric}${device === undefined ? '' : ` ${escapeForConsole(device)}`}`;
  }
  const escaped = escapeForConsole(process);
  return `${escaped === HOST_ITSELF ? `\\${escaped}` : escaped} ${metric}`;
}

function detail(incident: Incident, change: IncidentChange, before: ChangeAction['before'], nowMs: number): string {
  const { color, value, limit, reason, breach } = change;
  if (color === 'GREEN') {
    const was = incident.metric === 'data' ? 'no data' : before.color;
    const lasted = formatDuration(Math.max(0, Date.parse(change.time) - Date.parse(before.since)));
    return `${greenText(change)} (was ${was} for ${lasted})`;
  }
  const more = incident.flapping ? ' (flapping: quiet until calm for 10 min)' : '';
  if (reason === 'no-data') return `no data for ${formatDuration(Math.max(0, nowMs - Date.parse(change.time)))}${more}`;
  if (breach) return `${percent(value)} → ${level(limit)} ${untilBreach(breach, nowMs)}, ${likely(breach)}${more}`;
  return `${percent(value, limit)} > ${level(limit)}${predicted(change)}${blamed(incident)}${more}`;
}

/** `64 % likely: rising 0.7 %/min since 20:12`, the reason that weighed most. */
function likely({ probability, reason }: NonNullable<IncidentChange['breach']>): string {
  return `${Math.round(probability * 100)} % likely: ${escapeForConsole(reason)}`;
}

function predicted({ leadMs }: IncidentChange): string {
  return leadMs === undefined ? '' : ` (predicted ${formatDuration(leadMs)} before)`;
}

function blamed({ culprits = [] }: Incident): string {
  if (culprits.length === 0) return '';
  return ` (${culprits.map(({ process, share }) => `${escapeForConsole(process)} ${percent(share)}`).join(', ')})`;
}

function greenText({ reason, value }: IncidentChange): string {
  if (reason === 'ended') return 'ended';
  if (reason === 'data-again') return 'data again';
  if (reason === 'paused') return 'paused';
  if (reason === 'forgotten') return 'forgotten';
  return value === null ? 'no breach predicted' : percent(value);
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
