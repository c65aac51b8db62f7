import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { isoToMicros, microsToIso, silentAfterMs, type ControlReport, type HostState, type SampleBatch } from '#domain';
import { Loop } from '#runtime';
import { StateStore, type StoredHost, UsageStore } from '#store';
import { ServiceRules } from './service-rules.js';

const SAVE_EVERY_MS = 30_000;

interface Known extends StoredHost {
  lastSeenMs: number;
  /** Its collector says that it is paused, and has sent nothing since. */
  paused?: boolean;
  /** The newest batch, for what the host uses now. */
  batch?: SampleBatch;
  dirty: boolean;
}

/** Every host that ever sent a batch, when it was last heard of, and its newest batch. */
@Injectable()
export class HostRegistry implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('hosts');
  private readonly hosts = new Map<string, Known>();
  private readonly saver: Loop;

  constructor(
    private readonly state: StateStore,
    private readonly store: UsageStore,
    private readonly rules: ServiceRules,
    scheduler: SchedulerRegistry,
  ) {
    this.saver = new Loop({
      name: 'hosts.save',
      periodMs: SAVE_EVERY_MS,
      run: () => this.save(),
      onError: (error) => this.logger.warn(`Hosts could not be saved: ${(error as Error).message}`),
      registry: scheduler,
    });
  }

  async onModuleInit(): Promise<void> {
    for (const record of await this.state.hosts()) {
      this.hosts.set(record.host, { ...record, lastSeenMs: Date.parse(record.lastSeen), dirty: false });
    }
    // A database that is away at the start fills this in as batches come.
    await this.addStored().catch((error: Error) =>
      this.logger.warn(`Hosts could not be read from the store: ${error.message}`),
    );
    this.saver.start(SAVE_EVERY_MS);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.saver.stop();
    await this.save();
  }

  seen(batches: SampleBatch[], nowMs: number): void {
    for (const batch of batches) {
      const lastSeen = new Date(nowMs).toISOString();
      const known = this.hosts.get(batch.host);
      const newer = !known?.batch || isoToMicros(batch.time) >= isoToMicros(known.batch.time);
      this.hosts.set(batch.host, {
        host: batch.host,
        service: (newer ? batch.service : known?.service) ?? null,
        firstSeen: known?.firstSeen ?? lastSeen,
        lastSeen,
        lastSeenMs: nowMs,
        lastTime: newer ? batch.time : (known?.lastTime ?? batch.time),
        intervalMs: (newer ? batch.intervalMs : known?.intervalMs) ?? null,
        batch: newer ? batch : known?.batch,
        dirty: true,
      });
    }
  }

  /** Takes what a collector says beside its samples, so that a paused host is known to be alive. */
  reported(host: string, status: ControlReport['status'], nowMs: number): void {
    const known = this.hosts.get(host);
    if (!known) return;
    known.paused = status === 'paused';
    known.lastSeenMs = nowMs;
    known.lastSeen = new Date(nowMs).toISOString();
    known.dirty = true;
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

  /** All hosts in the order of their names. */
  list(nowMs: number): HostState[] {
    const names = [...this.hosts.keys()].sort();
    return names.map((name) => this.toState(this.hosts.get(name) as Known, nowMs));
  }

  /** Hosts that should have reported by now. */
  silent(nowMs: number): string[] {
    return [...this.hosts.values()].filter((known) => isSilent(known, nowMs)).map((known) => known.host);
  }

  private toState(known: Known, nowMs: number): HostState {
    const { host, firstSeen, lastSeen, lastTime, intervalMs, batch } = known;
    return {
      host,
      service: known.service ?? this.rules.serviceOf(host),
      status: isSilent(known, nowMs) ? 'no data' : known.paused ? 'paused' : 'ok',
      firstSeen,
      lastSeen,
      lastTime,
      intervalMs,
      programs: batch?.names.length ?? 0,
      ...(batch?.backlog ? { backlog: batch.backlog } : {}),
      usage: batch?.hostUsage ?? null,
    };
  }

  private async addStored(): Promise<void> {
    for (const { host, lastTime } of await this.store.hosts()) {
      if (this.hosts.has(host)) continue;
      const iso = microsToIso(lastTime);
      const record = { host, service: null, firstSeen: iso, lastSeen: iso, lastTime: iso, intervalMs: null };
      this.hosts.set(host, { ...record, lastSeenMs: lastTime / 1000, dirty: true });
    }
  }

  private async save(): Promise<void> {
    const dirty = [...this.hosts.values()].filter((known) => known.dirty);
    if (dirty.length === 0) return;
    for (const known of dirty) known.dirty = false;
    try {
      await this.state.putHosts(
        dirty.map(({ host, service, firstSeen, lastSeen, lastTime, intervalMs }) => ({
          host,
          service,
          firstSeen,
          lastSeen,
          lastTime,
          intervalMs,
        })),
      );
    } catch (error) {
      for (const known of dirty) known.dirty = true;
      throw error;
    }
  }
}

function isSilent(known: Known, nowMs: number): boolean {
  return nowMs - known.lastSeenMs > silentAfterMs(known.intervalMs);
}
