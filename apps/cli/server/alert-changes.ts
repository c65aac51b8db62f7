import { type AlarmState, type Alert, escapeForConsole, isoSeconds } from '#domain';
import { consoleLine } from '#alarm';
import { metricOf } from './alert-table.js';

/** Something that happened to an alert, as a line and as what is known of the alert now. */
export interface Happened {
  line: string;
  alert: Alert;
}

/** Follows alerts and tells what is new about them, whichever way it was heard. */
export class AlertChanges {
  private readonly known = new Map<string, Alert>();

  constructor(private readonly coloured: boolean) {}

  /** Open alerts that are known. */
  get ids(): Iterable<string> {
    return this.known.keys();
  }

  /** Takes what is open without a word, as at the start. */
  start(alerts: Alert[]): void {
    for (const alert of alerts) this.known.set(alert.id, alert);
  }

  /** Takes a record and tells of every change of colour since the one before, oldest first. */
  take(alert: Alert, nowMs: number): Happened[] {
    const last = this.known.get(alert.id)?.history.at(-1);
    const from = last
      ? alert.history.findLastIndex(({ time, color }) => time === last.time && color === last.color)
      : -1;
    if (alert.closed === null) this.known.set(alert.id, alert);
    else this.known.delete(alert.id);
    return alert.history.slice(from + 1).map((change, i) => {
      const before = alert.history[from + i] ?? change;
      // How long a host has been silent is known now; all else is told as of its own time.
      const atMs = change.reason === 'no-data' ? nowMs : Date.parse(change.time);
      const action = { kind: 'change' as const, incident: alert, change };
      const line = consoleLine({ ...action, before: { color: before.color, since: before.time } }, atMs, this.coloured);
      return { line, alert };
    });
  }

  /** Takes who keeps alerts quiet, which makes no record, and tells where that changed. */
  takeQuiet(alerts: AlarmState['alerts'], nowMs: number): Happened[] {
    return alerts.flatMap(({ id, acknowledged, silenced }) => {
      const before = this.known.get(id);
      if (!before) return [];
      const alert: Alert = { ...before, acknowledged, silenced };
      this.known.set(id, alert);
      const line = (word: string, what: string) => ({
        line: `${isoSeconds(nowMs)} ${word.padEnd(5)} ${subjectOf(alert)} ${what}`,
        alert,
      });
      return [
        ...told(before.acknowledged, acknowledged, 'acknowledged').map((what) => line('ACK', what)),
        ...told(before.silenced, silenced, 'silenced').map((what) => line('MUTE', what)),
      ];
    });
  }
}

function told(before: Alert['silenced'], now: Alert['silenced'], word: string): string[] {
  if (before?.id === now?.id) return [];
  if (!now) return [`is no longer ${word}`];
  return [`${word} by ${escapeForConsole(now.by)} until ${now.until.slice(0, 19)}Z: ${escapeForConsole(now.why)}`];
}

function subjectOf(alert: Alert): string {
  return `${escapeForConsole(alert.host)} ${escapeForConsole(alert.process ?? alert.unit ?? '(host)')} ${escapeForConsole(metricOf(alert))}`;
}
