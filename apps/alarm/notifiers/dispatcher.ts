import { randomUUID } from 'node:crypto';
import type { ChannelResult, Incident, Notification, Silence } from '#domain';
import { type Judged, muteOf, NotificationPlan, type Route, type Told } from '#alarm';
import { type Log, Once, pause } from '#runtime';
import type { Message } from '../messages/message.js';
import type { AlertmanagerChannel } from './alertmanager.js';
import { ChannelQueue } from './channel-queue.js';
import type { Notifier } from './notifier.js';
import type { Outbox, ToldTo } from './outbox.js';
import { QuietNews } from './quiet-news.js';
import { type Addressed, Recipients } from './recipients.js';
import { sendSample } from './sample.js';

/** How long changes of a host without a RED wait after its last message. */
const GROUP_INTERVAL_MS = 5 * 60_000;
const STOP_LIMIT_MS = 3_000;

export interface DispatcherOptions {
  notifiers: Notifier[];
  alertmanager?: AlertmanagerChannel;
  outbox: Outbox;
  /** Puts a notification into words. */
  compose: (notification: Notification) => Promise<Message>;
  log: Log;
  /** Services of hosts, which this keeps up to date for whoever words the messages. */
  services: Map<string, string | null>;
  /** Who judges; without it, what was said last holds. */
  judged?: Judged;
  /** Who is told of what; none: all channels of everything. */
  routes?: () => Route[];
  waitMs: number;
  repeatMs: number;
  /** ms since the epoch. */
  now: () => number;
}

/** Tells the channels what changed: plans, keeps the plan, and lets each channel deliver in its own time. */
export class Dispatcher {
  readonly queues: ChannelQueue[];
  private readonly plan: NotificationPlan;
  private readonly abort = new AbortController();
  private readonly working = new Set<Promise<void>>();
  private readonly disk: Once;
  private readonly quiet = new QuietNews();
  private readonly recipients: Recipients;
  private silences: Silence[] = [];
  private readonly silentHosts = new Set<string>();

  constructor(private readonly options: DispatcherOptions) {
    const { notifiers, outbox, compose, log, judged, waitMs, repeatMs } = options;
    this.disk = new Once((text) => log.warn(text));
    const waits = { waitMs, repeatMs, groupIntervalMs: GROUP_INTERVAL_MS };
    this.plan = new NotificationPlan({ ...waits, judged, newId: randomUUID, maxItems: Infinity });
    this.recipients = new Recipients({
      names: this.names,
      routes: options.routes ?? (() => []),
      serviceOf: this.serviceOf,
      told: outbox.told,
    });
    this.queues = notifiers.map((notifier) => {
      const done = (id: string) => this.durably(() => outbox.done(id, notifier.name));
      return new ChannelQueue({ notifier, compose, log, done });
    });
  }

  readonly serviceOf = (host: string): string | null => this.options.services.get(host) ?? null;

  /** Names of the channels. */
  get names(): string[] {
    const { notifiers, alertmanager } = this.options;
    return [...notifiers, ...(alertmanager ? [alertmanager] : [])].map(({ name }) => name);
  }

  get isEmpty(): boolean {
    return this.queues.length === 0 && this.options.alertmanager === undefined;
  }

  get refusedByAlertmanager(): number {
    return this.options.alertmanager?.refused ?? 0;
  }

  /** Hosts with alerts that people were told of and that are not open any more. */
  toldHosts(open: Incident[]): string[] {
    const isOpen = new Set(open.map(({ id }) => id));
    const told = [...this.options.outbox.told.values()].filter(({ id }) => !isOpen.has(id));
    return [...new Set(told.map(({ host }) => host))];
  }

  /** What an earlier run left: messages to be sent, and what people know. `closed` are incidents that ended since. */
  restore(open: Incident[], closed: Incident[]): void {
    const { outbox, now } = this.options;
    const names = new Set(this.queues.map(({ name }) => name));
    for (const { notification, channels } of outbox.pending.values()) {
      for (const queue of this.queues) if (channels.has(queue.name)) queue.add(notification);
      // A channel that was taken out of the settings gets nothing any more.
      for (const channel of channels) if (!names.has(channel)) outbox.done(notification.id, channel);
    }
    const ended = new Map(closed.map((incident) => [incident.id, incident]));
    this.plan.restore([...outbox.told.values()], open, now(), ({ id }: Told) => ended.get(id));
    this.forgetUnknown(open, ended);
    const isOpen = new Set(open.map(({ id }) => id));
    this.durably(() => outbox.forgetThreads((id) => isOpen.has(id) || outbox.told.has(id)));
    for (const incident of closed) this.quiet.note(incident, outbox.told.has(incident.id));
    for (const incident of open) this.note(incident);
  }

  /** What people were told of but the server never recorded was judged again under another id. */
  private forgetUnknown(open: Incident[], ended: ReadonlyMap<string, Incident>): void {
    const isOpen = new Set(open.map(({ id }) => id));
    const unknown = [...this.options.outbox.told.values()].filter(({ id }) => !isOpen.has(id) && !ended.has(id));
    if (unknown.length === 0) return;
    const over = unknown.map(({ id, host }) => ({ id, host, color: 'GREEN' as const }));
    this.durably(() => this.options.outbox.plan([], [], over));
  }

  /** @param insteadOf the incident that this one was taken for until now */
  change(incident: Incident, insteadOf?: string): void {
    this.plan.change(incident, this.options.now(), insteadOf);
    if (insteadOf !== undefined) {
      this.options.alertmanager?.forget(insteadOf);
      this.quiet.forget(insteadOf);
      this.durably(() => this.options.outbox.rename(insteadOf, incident.id));
    }
    this.note(incident);
  }

  setSilences(silences: Silence[]): void {
    this.silences = silences;
    const nowMs = this.options.now();
    this.sendQuietly(this.quiet.ofSilences(silences, nowMs), nowMs);
  }

  setServices(services: Iterable<readonly [string, string | null]>): void {
    this.options.services.clear();
    for (const [host, service] of services) this.options.services.set(host, service);
  }

  /** Plans and delivers what is due. Returns at once; a slow channel delays nobody. */
  tick(): void {
    const { now, alertmanager } = this.options;
    const nowMs = now();
    const context = {
      silences: this.silences,
      silentHosts: this.silentHosts,
      serviceOf: this.serviceOf,
    };
    const mute = (incident: Incident) => muteOf(incident, context, nowMs);
    if (this.queues.length > 0) {
      const planned = this.plan.tick(nowMs, mute);
      const addressed = planned.notifications.flatMap((one) => this.recipients.divide(one, nowMs));
      const quiet = this.quiet.ofPlan(planned, addressed, nowMs);
      const told = this.recipients.told(planned, nowMs);
      this.sendQuietly(quiet, nowMs);
      this.send(addressed, told);
    }
    for (const queue of this.queues) this.work(queue.run(now, this.abort.signal));
    if (!alertmanager) return;
    const unsent = (incident: Incident) =>
      mute(incident) ??
      (this.recipients.of(incident, nowMs).includes(alertmanager.name) ? undefined : 'routed elsewhere') ??
      (this.plan.isHeldBack(incident, nowMs) ? 'held back' : undefined);
    this.work(alertmanager.tick(nowMs, unsent, this.abort.signal));
  }

  /** Sends a sample on every channel and says how each one went. */
  test(): Promise<ChannelResult[]> {
    return sendSample(this.options, this.abort.signal);
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.race([Promise.all(this.working), pause(STOP_LIMIT_MS)]);
    this.options.outbox.close();
  }

  private sendQuietly(notifications: Notification[], nowMs: number): void {
    const open = new Set(this.queues.filter((one) => one.takesAcknowledgements).map(({ name }) => name));
    const addressed = notifications.flatMap((one) => this.recipients.divide(one, nowMs));
    const kept = addressed.map(({ notification, channels }) => ({
      notification,
      channels: channels.filter((name) => open.has(name)),
    }));
    this.send(kept, []);
  }

  /** Durable before anything is sent; that it was told comes last, so that a crash repeats and loses nothing. */
  private send(addressed: Addressed[], told: ToldTo[]): void {
    const queues = new Map(this.queues.map((queue) => [queue.name, queue]));
    const own = addressed
      .map(({ notification, channels }) => ({ notification, channels: channels.filter((name) => queues.has(name)) }))
      .filter(({ channels }) => channels.length > 0);
    const { outbox } = this.options;
    for (const [channels, notifications] of byChannels(own))
      this.durably(() => outbox.plan(notifications, channels, []));
    if (told.length > 0) this.durably(() => outbox.plan([], [], told));
    for (const { notification, channels } of own) for (const name of channels) queues.get(name)?.add(notification);
  }

  /** A full disk stops no message; only a crash would repeat or lose one then. */
  private durably(write: () => void): void {
    try {
      write();
      if (this.disk.clear()) this.options.log.log('The outbox can be written again');
    } catch (error) {
      this.disk.warn(`The outbox can't be written: ${(error as Error).message}. A crash may lose notifications.`);
    }
  }

  private note(incident: Incident): void {
    if (incident.metric === 'data') {
      if (incident.closed === null) this.silentHosts.add(incident.host);
      else this.silentHosts.delete(incident.host);
    }
    this.quiet.note(incident, this.options.outbox.told.has(incident.id));
    this.options.alertmanager?.change(incident);
  }

  private work(task: Promise<void>): void {
    const kept = task.finally(() => this.working.delete(kept));
    this.working.add(kept);
  }
}

/** Messages that go to the same channels are written together. */
function byChannels(addressed: Addressed[]): [channels: string[], notifications: Notification[]][] {
  const groups = new Map<string, [string[], Notification[]]>();
  for (const { notification, channels } of addressed) {
    const group = groups.get(channels.join(' '));
    if (group) group[1].push(notification);
    else groups.set(channels.join(' '), [channels, [notification]]);
  }
  return [...groups.values()];
}
