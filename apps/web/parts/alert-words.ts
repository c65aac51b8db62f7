import type { AlarmState } from '#domain';
import { untilBreach } from '#domain/breach';
import { NONE, percent, span, subjectText } from '../text.js';

export type OpenAlert = AlarmState['alerts'][number];

/** An open alert in one line, as the console tells it: `nginx cpu 93.1 % > 80 %`, `java mem 71 % → 80 % in 12 min (9–17)`. */
export function alertWords(alert: OpenAlert, nowMs: number): string {
  if (alert.reason === 'paused') return `paused for ${span(nowMs - Date.parse(alert.since))}`;
  if (alert.metric === 'data') return `no data for ${span(nowMs - Date.parse(alert.since))}`;
  const subject = subjectText(alert);
  if (alert.reason === 'oom-killed') return `${subject}: killed for memory`;
  const value = alert.current ?? alert.value;
  const { color, limit, breachAt: at, breachFrom: from, breachTo: to } = alert;
  if (color === 'AMBER' && at !== undefined && from !== undefined && to !== undefined) {
    const when = Date.parse(at) > nowMs ? untilBreach({ at, from, to }, nowMs) : 'by now';
    return `${subject} ${percent(value)} → ${limitText(limit)} ${when}`;
  }
  if (limit === null) return `${subject} ${percent(value)}`;
  // It stays RED until it is well below, so its newest value may be under its limit.
  const under = value !== null && value <= limit;
  return `${subject} ${percent(value)} ${under ? 'again under' : '>'} ${limitText(limit)}`;
}

/** As it was set: `80 %`, `92.5 %`. */
const limitText = (limit: number | null) => (limit === null ? NONE : `${Number(limit.toFixed(2))} %`);

/** Of each host the alert that is told first: the worst, and of these the oldest. */
export function worstOfHosts(alarm: AlarmState | undefined): Map<string, OpenAlert> {
  const worst = new Map<string, OpenAlert>();
  for (const alert of alarm?.alerts ?? []) if (!worst.has(alert.host)) worst.set(alert.host, alert);
  return worst;
}
