import { type AmberwatchClient, type ClientOptions, UnreachableError } from '#client/amberwatch-client';
import { allPages } from '#client/all-pages';
import { openLiveStream } from '#client/live-stream';
import { type Alert, CodedError, colorRank } from '#domain';
import { exitStatus } from '../command.js';
import { delay } from '../delay.js';
import type { Terminal } from '../terminal.js';
import { AlertChanges, type Happened } from './alert-changes.js';
import { alertsTable } from './alert-table.js';
import { blindFor, blindLines } from './blindness.js';
import { shortIds } from './short-ids.js';

const RETRY_MS = [1000, 2000, 5000, 10_000];

export interface Watched {
  host?: string;
  color?: string;
  json: boolean;
}

/** The open alerts, then a line for each change until Ctrl-C; a stream that breaks is opened again, and nothing is missed. */
export async function watchAlerts(
  client: AmberwatchClient,
  server: ClientOptions,
  watched: Watched,
  terminal: Terminal,
): Promise<number> {
  const stop = terminal.untilStopped();
  const view = new WatchView(client, watched, terminal);
  let tries = 0;
  for (let opened = 0; !stop.aborted;) {
    let why = 'The server closed the live stream';
    try {
      const events = await openLiveStream(server, stop);
      if (tries > 0) terminal.err('The live stream is back.\n');
      await view.catchUp(opened === 0);
      [opened, tries] = [opened + 1, 0];
      for await (const event of events) {
        if (event.type === 'alert') view.heard(event.alert);
        else if (event.type === 'ping') await view.look();
        else view.unreadable();
      }
    } catch (error) {
      if (stop.aborted) break;
      const passing = error instanceof UnreachableError || (error instanceof CodedError && error.retryable);
      if (opened === 0 || !passing) throw error;
      why = error.message;
    }
    if (stop.aborted) break;
    if (tries === 0) terminal.err(`${why}; trying again.\n`);
    await delay(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] as number, stop);
    tries++;
  }
  return exitStatus.fine;
}

class WatchView {
  private readonly changes: AlertChanges;
  private blind = '';
  private toldUnreadable = false;

  constructor(
    private readonly client: AmberwatchClient,
    private readonly watched: Watched,
    private readonly terminal: Terminal,
  ) {
    this.changes = new AlertChanges(terminal.color);
  }

  /** What is open, as a table at the start; later only what changed meanwhile. */
  async catchUp(atStart: boolean): Promise<void> {
    const query = { host: this.watched.host, limit: 1000 };
    const open = await allPages(
      (cursor) => this.client.alerts({ ...query, cursor }),
      (page) => page.alerts,
    );
    if (atStart) this.start(open);
    else {
      const stillOpen = new Set(open.map(({ id }) => id));
      const gone = [...this.changes.ids].filter((id) => !stillOpen.has(id));
      for (const alert of [...(await Promise.all(gone.map((id) => this.client.alert(id)))), ...open]) this.heard(alert);
    }
    await this.look();
  }

  heard(alert: Alert): void {
    if (this.watched.host !== undefined && alert.host !== this.watched.host) return;
    this.tell(this.changes.take(alert, Date.now()));
  }

  /** What makes no record: who keeps alerts quiet, and whether the alarm sees all. */
  async look(): Promise<void> {
    const state = await this.client.alarmState();
    this.tell(this.changes.takeQuiet(state.alerts, Date.now()));
    const reasons = blindFor(state, this.watched.host);
    // A host that is named differs from ping to ping by how old its samples are; the same reasons are told once.
    const blind = reasons.map((reason) => reason.replaceAll(/\d+ (s|min|h)\b/g, '')).join('\n');
    if (blind === this.blind) return;
    this.blind = blind;
    if (this.watched.json) this.terminal.out(`${JSON.stringify({ blind: reasons })}\n`);
    else this.terminal.out(reasons.length > 0 ? blindLines(reasons, this.terminal) : 'The alarm sees all again.\n');
  }

  unreadable(): void {
    if (this.toldUnreadable) return;
    this.toldUnreadable = true;
    this.terminal.err("The server sends alerts that this version can't read; they are left out.\n");
  }

  private start(open: Alert[]): void {
    this.changes.start(open);
    const shown = open.filter((alert) => this.wants(alert));
    if (this.watched.json) for (const alert of shown) this.terminal.out(`${JSON.stringify(alert)}\n`);
    else if (shown.length > 0) {
      const sorted = shown.toSorted((a, b) => colorRank[b.color] - colorRank[a.color]);
      this.terminal.out(alertsTable(sorted, shortIds(open.map(({ id }) => id)), Date.now(), this.terminal));
    } else this.terminal.out('No alerts.\n');
  }

  private wants(alert: Alert): boolean {
    return this.watched.color === undefined || alert.color === this.watched.color;
  }

  private tell(happened: Happened[]): void {
    for (const { line, alert } of happened) {
      if (!this.wants(alert)) continue;
      this.terminal.out(this.watched.json ? `${JSON.stringify(alert)}\n` : `${line}\n`);
    }
  }
}
