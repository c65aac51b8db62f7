import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { isoToMicros, microsToIso, type ControlReport, type HostState, type SampleBatch } from '#domain';
import { Loop } from '#runtime';
import { StateMap, StateStore, UsageStore } from '#store';
import { HostClocks } from './host-clocks.js';
import { HostInterval } from './host-interval.js';
import { type HostRecord, hostRecord, type Tombstone, tombstone } from './host-record.js';
import { isOverdue, isSilent, type Known, knownOf, lateness } from './known-host.js';
import { ServiceRules } from './service-rules.js';

const SAVE_EVERY_MS = 30_000;
/** A time further ahead than this is none that a sample can have after its clock was corrected. */
const AHEAD_MS = 5_000;

/** The longest retention: once its samples have expired, nothing is left that could bring a host back. */
const KEEP_TOMBSTONE_MS = 400 * 86_400_000;

/** Every host that ever sent a batch and was not forgotten, when it was last heard of, and its newest batch. */
@Injectable()
export class HostRegistry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('hosts');
  private readonly hosts = new Map<string, Known>();
  private readonly saver: Loop;
  private records!: StateMap<HostRecord>;
  private forgotten!: StateMap<Tombstone>;

  constructor(
    private readonly state: StateStore,
    private readonly store: UsageStore,
    private readonly rules: ServiceRules,
    private readonly clocks: HostClocks,
    scheduler: SchedulerRegistry,
  ) {
    this.saver = new Loop({
      name: 'hosts.save',
      periodMs: SAVE_EVERY_MS,
      run: () => this.records.flush(),
      onError: (error) => this.logger.warn(`Hosts could not be saved: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  async onModuleInit(): Promise<void> {
    this.records = await StateMap.load(this.state, { prefix: 'host/', schema: hostRecord });
    const nowMs = Date.now();
    for (const record of this.records.values()) this.hosts.set(record.host, knownOf(record, nowMs));
    this.forgotten = await StateMap.load(this.state, { prefix: 'forgotten/', schema: tombstone });
    await this.dropOldTombstones(nowMs);
    // A database that is away at the start fills this in as batches come.
    await this.addStored(nowMs).catch((error: Error) =>
      this.logger.warn(`Hosts could not be read from the store: ${error.message}`),
    );
    this.saver.start(SAVE_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.saver.stop();
    await this.records.flush();
  }

  get size(): number {
    return this.hosts.size;
  }

  has(host: string): boolean {
    return this.hosts.has(host);
  }

  /** Takes note of batches that were accepted, whose times are corrected already. */
  seen(batches: SampleBatch[], nowMs: number): void {
    for (const batch of batches) {
      const timeMs = isoToMicros(batch.time) / 1000;
      const known = this.hosts.get(batch.host);
      const interval = known?.interval ?? new HostInterval();
      const newer = !known || timeMs >= known.lastTimeMs || known.lastTimeMs > nowMs + AHEAD_MS;
      if (newer) interval.add(timeMs);
      const before = known?.record;
      const lastSeen = new Date(nowMs).toISOString();
      const record: HostRecord = {
        host: batch.host,
        service: (newer ? batch.service : before?.service) ?? null,
        firstSeen: before?.firstSeen ?? lastSeen,
        lastSeen,
        lastTime: newer ? batch.time : (before?.lastTime ?? batch.time),
        intervalMs: newer ? (batch.intervalMs ?? interval.ms) : (before?.intervalMs ?? null),
        backlog: newer ? batch.backlog : before?.backlog,
      };
      const lastTimeMs = newer ? timeMs : known.lastTimeMs;
      this.hosts.set(batch.host, {
        record,
        interval,
        lastSeenMs: nowMs,
        lastTimeMs,
        awaitedFromMs: nowMs,
        lagMs: nowMs - lastTimeMs,
        batch: newer ? batch : (known.batch ?? batch),
      });
      this.records.defer(batch.host, record);
    }
  }

  /** Takes what a collector says beside its samples, so that a paused host is known to be alive. */
  reported(host: string, status: ControlReport['status'], nowMs: number): void {
    const known = this.hosts.get(host);
    if (!known) return;
    known.paused = status === 'paused';
    if (known.paused) known.awaitedFromMs = nowMs;
    known.lastSeenMs = nowMs;
    known.record = { ...known.record, lastSeen: new Date(nowMs).toISOString() };
    this.records.defer(host, known.record);
  }

  /** The host is none from now on, until it sends again; what the store has of it does not bring it back. */
  async forget(host: string, nowMs: number): Promise<void> {
    await this.forgotten.set(host, { host, forgottenAt: new Date(nowMs).toISOString() });
    this.hosts.delete(host);
    await this.records.delete(host);
    await this.clocks.forget(host);
  }

  /** The host of that exact name, else the one that is meant by dashes in place of dots. */
  resolve(name: string): string | undefined {
    if (this.hosts.has(name)) return name;
    const dotted = name.replaceAll('-', '.');
    return this.hosts.has(dotted) ? dotted : undefined;
  }

  get(host: string, nowMs: number): HostState | undefined {
    const known = this.hosts.get(host);
    return known && this.toState(known, nowMs);
  }

  newestBatch(host: string): SampleBatch | undefined {
    return this.hosts.get(host)?.batch;
  }

  serviceOf(host: string): string | null {
    return this.hosts.get(host)?.record.service ?? this.rules.serviceOf(host);
  }

  /** What a host says of its interval, else what was learnt, milliseconds; null while it is not known. */
  intervalOf(host: string): number | null {
    return this.hosts.get(host)?.record.intervalMs ?? null;
  }

  /** All hosts in the order of their names. */
  list(nowMs: number): HostState[] {
    const names = [...this.hosts.keys()].sort();
    return names.map((name) => this.toState(this.hosts.get(name) as Known, nowMs));
  }

  /** All hosts, in no order. */
  all(nowMs: number): HostState[] {
    return [...this.hosts.values()].map((known) => this.toState(known, nowMs));
  }

  /** Hosts that should have reported by now. */
  silent(nowMs: number): string[] {
    return [...this.hosts.values()].filter((known) => isSilent(known, nowMs)).map(({ record }) => record.host);
  }

  /** Hosts whose collector says that it is paused. */
  paused(nowMs: number): string[] {
    return [...this.hosts.values()]
      .filter((known) => known.paused && !isSilent(known, nowMs))
      .map(({ record }) => record.host);
  }

  /**
   * Hosts that are alive and yet can't be judged: their newest sample was too old already when it arrived, or they say
   * that they run and send no batch. How old that sample was, or is.
   */
  late(nowMs: number): { host: string; ageMs: number }[] {
    return [...this.hosts.values()]
      .filter((known) => !known.paused && !isSilent(known, nowMs))
      .map((known) => ({ host: known.record.host, ageMs: lateness(known, nowMs) }))
      .filter(({ ageMs }) => ageMs > 0);
  }

  /**
   * Hosts that were last heard of longer ago than that, and could have been since the server started: what it missed
   * while it was away is no silence.
   */
  silentFor(ms: number, nowMs: number): string[] {
    return [...this.hosts.values()]
      .filter((known) => nowMs - known.lastSeenMs > ms && isOverdue(known, nowMs))
      .map(({ record }) => record.host);
  }

  private toState(known: Known, nowMs: number): HostState {
    const { host, firstSeen, lastSeen, lastTime, intervalMs, service, backlog } = known.record;
    return {
      host,
      service: service ?? this.rules.serviceOf(host),
      status: isSilent(known, nowMs) ? 'no data' : known.paused ? 'paused' : 'ok',
      firstSeen,
      lastSeen,
      lastTime,
      intervalMs: intervalMs === null ? null : Math.round(intervalMs),
      clockOffsetMs: this.clocks.offsetOf(host),
      programs: known.batch?.names.length ?? 0,
      ...(backlog ? { backlog } : {}),
      usage: known.batch?.hostUsage ?? null,
    };
  }

  private async addStored(nowMs: number): Promise<void> {
    for (const { host, lastTime } of await this.store.hosts()) {
      if (this.hosts.has(host) || this.isForgotten(host, lastTime / 1000)) continue;
      const iso = microsToIso(lastTime);
      const record = hostRecord.safeParse({
        host,
        service: null,
        firstSeen: iso,
        lastSeen: iso,
        lastTime: iso,
        intervalMs: null,
      });
      // A database that others write to may hold names that are none here.
      if (record.success) this.hosts.set(host, knownOf(record.data, nowMs));
    }
  }

  private isForgotten(host: string, lastTimeMs: number): boolean {
    const grave = this.forgotten.get(host);
    return grave !== undefined && lastTimeMs <= Date.parse(grave.forgottenAt) + AHEAD_MS;
  }

  private async dropOldTombstones(nowMs: number): Promise<void> {
    for (const { host, forgottenAt } of this.forgotten.values()) {
      if (nowMs - Date.parse(forgottenAt) > KEEP_TOMBSTONE_MS) await this.forgotten.delete(host);
    }
  }
}
