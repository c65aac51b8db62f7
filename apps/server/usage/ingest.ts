import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  CodedError,
  isoToMicros,
  MAX_AHEAD_MS,
  microsToIso,
  MIN_INTERVAL_MS,
  type Accepted,
  type SampleBatch,
} from '#domain';
import { Once } from '#runtime';
import { answerOf, UsageStore, type WriteResult } from '#store';
import { HostClocks } from '../hosts/host-clocks.js';
import { HostRegistry } from '../hosts/host-registry.js';
import { ServerMetrics } from '../operation/server-metrics.js';
import { SETTINGS, type ServerSettings } from '../server.config.js';
import { HostCap } from './host-cap.js';
import { OTHER, ProgramCap } from './program-cap.js';
import { SampleFeed } from './sample-feed.js';
import { UnitCap } from './unit-cap.js';

/** How long the id of an acknowledged batch is remembered. After that, its samples still replace themselves. */
const REMEMBER_MS = 60 * 60_000;
/** Most samples that may wait for the store at once. */
const MAX_PENDING_SAMPLES = 500_000;
/** Hosts whose samples are not stored that are named, with each reason. */
const MAX_REASONS = 10_000;

type Taken = Pick<Accepted, 'accepted' | 'expired'>;

interface Known {
  atMs: number;
  done: Promise<Taken>;
}

/**
 * Takes batches in: once each, at the time that they have by the server's clock, within the limits, and acknowledged
 * only after the store has them. Everybody who reads samples reads them as they leave here.
 */
@Injectable()
export class Ingest {
  private readonly logger = new Logger('ingest');
  private readonly trouble = new Once((text) => this.logger.warn(text));
  /** Hosts whose programs are added up, whose units are left out and, with the reason, whose samples are not stored: each is named once. */
  private readonly limited = new Set<string>();
  private readonly unitless = new Set<string>();
  private readonly notStored = new Set<string>();
  private readonly known = new Map<string, Known>();
  private readonly cap: ProgramCap;
  private readonly units: UnitCap;
  private readonly hostCap: HostCap;
  private pendingSamples = 0;

  constructor(
    private readonly store: UsageStore,
    private readonly feed: SampleFeed,
    private readonly hosts: HostRegistry,
    private readonly clocks: HostClocks,
    private readonly metrics: ServerMetrics,
    @Inject(SETTINGS) private readonly settings: ServerSettings,
  ) {
    const limits = {
      perHost: settings.AMBERWATCH_MAX_PROGRAMS_PER_HOST,
      inAll: settings.AMBERWATCH_MAX_PROGRAMS,
    };
    this.cap = new ProgramCap(limits);
    this.units = new UnitCap(limits);
    this.hostCap = new HostCap(hosts, settings.AMBERWATCH_MAX_HOSTS);
    metrics.gauge('amberwatch_programs', 'Programs of all hosts that have a place of their own', () => this.cap.size);
    metrics.gauge('amberwatch_units', 'Units of all hosts that have a place of their own', () => this.units.size);
    metrics.gauge('amberwatch_hosts', 'Hosts that are known', () => hosts.size);
    metrics.gauge('amberwatch_host_clocks_off', 'Hosts whose clock is off and corrected', () => clocks.corrected);
  }

  /** @param batches all of one request, of one host and with one id */
  async take(id: string, batches: SampleBatch[]): Promise<Accepted> {
    const nowMs = Date.now();
    this.forgetOld(nowMs);
    const key = `${batches[0]?.host} ${id}`;
    const before = this.known.get(key);
    if (before) {
      const result = await before.done;
      this.metrics.repeatedBatches.inc();
      return { ...result, repeated: true };
    }
    for (const batch of batches) refuseFuture(batch, nowMs);
    const leave = this.hostCap.enter(batches[0]?.host ?? '');
    const done = this.accept(batches, nowMs).finally(leave);
    this.known.set(key, { atMs: nowMs, done });
    try {
      const taken = await done;
      if (this.trouble.clear()) this.logger.log('The store takes samples again');
      return { ...taken, repeated: false };
    } catch (error) {
      this.known.delete(key);
      this.trouble.warn(`Samples are not taken: ${(error as Error).message}`);
      throw error;
    }
  }

  /** What is known of a host that was taken away is gone. */
  forget(host: string): void {
    this.cap.forget(host);
    this.units.forget(host);
    this.limited.delete(host);
    this.unitless.delete(host);
    for (const key of this.notStored) if (key.startsWith(`${host} `)) this.notStored.delete(key);
  }

  private async accept(batches: SampleBatch[], nowMs: number): Promise<Taken> {
    const right = await this.atServerTime(batches, nowMs);
    const oldest = (nowMs - this.settings.AMBERWATCH_RETENTION) * 1000;
    const tooOld = right.filter(({ time }) => isoToMicros(time) < oldest);
    const fresh = right.filter(({ time }) => isoToMicros(time) >= oldest).map((batch) => this.withinCap(batch, nowMs));
    const samples = countSamples(fresh);
    const result = await this.write(fresh, samples);
    const late = countSamples(tooOld) + result.expired;
    this.count(fresh.length, { ...result, expired: late }, batches[0]?.host);
    this.metrics.acceptedUnits.inc(fresh.reduce((sum, { units }) => sum + (units?.length ?? 0), 0));
    this.hosts.seen([...tooOld, ...fresh], nowMs);
    // Which samples the database refused is not known, so what it took a part of is handed on whole.
    if (samples === 0 || result.stored > 0) this.feed.append(fresh.map((batch) => this.withInterval(batch)));
    return { accepted: result.stored, expired: late + result.refused };
  }

  private count(batches: number, { stored, expired, refused, reason }: WriteResult, host = ''): void {
    this.metrics.acceptedBatches.inc(batches);
    this.metrics.acceptedSamples.inc(stored);
    this.metrics.expiredSamples.inc(expired);
    this.metrics.refusedSamples.inc(refused);
    if (expired > 0) this.tellNotStored(host, 'they are older than AMBERWATCH_RETENTION');
    if (refused > 0) this.tellNotStored(host, `the database refuses them for good: ${reason ?? 'it gives no reason'}`);
  }

  private tellNotStored(host: string, reason: string): void {
    // What the database says may hold the line itself, with another time in each.
    const key = `${host} ${reason.replace(/\d+/g, '')}`;
    if (this.notStored.has(key) || this.notStored.size >= MAX_REASONS) return;
    this.notStored.add(key);
    this.logger.warn(`Samples of ${JSON.stringify(host)} are not stored: ${reason}`);
  }

  private async atServerTime(batches: SampleBatch[], nowMs: number): Promise<SampleBatch[]> {
    const newest = batches.at(-1);
    if (!newest) return batches;
    const { host, time } = newest;
    const offsetMs = await this.clocks.judge(host, {
      arrivalMs: nowMs,
      timeMs: isoToMicros(time) / 1000,
      intervalMs: newest.intervalMs ?? this.hosts.intervalOf(host),
      backlog: (newest.backlog ?? 0) > 0,
    });
    if (offsetMs === 0) return batches;
    this.metrics.correctedSamples.inc(countSamples(batches));
    return batches.map((batch) => ({ ...batch, time: microsToIso(isoToMicros(batch.time) - offsetMs * 1000) }));
  }

  private withinCap(given: SampleBatch, nowMs: number): SampleBatch {
    const batch = this.withinUnitCap(given, nowMs);
    const fitted = this.cap.fit(batch, nowMs);
    if (fitted.joined > 0) {
      this.metrics.joinedSamples.inc(fitted.joined);
      if (this.limited.has(batch.host)) return fitted.batch;
      this.limited.add(batch.host);
      this.logger.warn(
        `Programs of ${JSON.stringify(batch.host)} are added up as "${OTHER}": it has more than ` +
          `AMBERWATCH_MAX_PROGRAMS_PER_HOST (${this.settings.AMBERWATCH_MAX_PROGRAMS_PER_HOST}), or all hosts together more than ` +
          `AMBERWATCH_MAX_PROGRAMS (${this.settings.AMBERWATCH_MAX_PROGRAMS})`,
      );
    }
    return fitted.batch;
  }

  private withinUnitCap(given: SampleBatch, nowMs: number): SampleBatch {
    const { batch, dropped } = this.units.fit(given, nowMs);
    if (dropped === 0) return batch;
    this.metrics.droppedUnits.inc(dropped);
    if (this.unitless.has(batch.host)) return batch;
    this.unitless.add(batch.host);
    this.logger.warn(
      `Units of ${JSON.stringify(batch.host)} are left out: like programs, it may have AMBERWATCH_MAX_PROGRAMS_PER_HOST ` +
        `(${this.settings.AMBERWATCH_MAX_PROGRAMS_PER_HOST}) of them, and all hosts together AMBERWATCH_MAX_PROGRAMS ` +
        `(${this.settings.AMBERWATCH_MAX_PROGRAMS})`,
    );
    return batch;
  }

  /** Who follows the samples hears of a host's interval what was learnt of it. */
  private withInterval(batch: SampleBatch): SampleBatch {
    if (batch.intervalMs !== undefined) return batch;
    const intervalMs = this.hosts.intervalOf(batch.host);
    return intervalMs === null ? batch : { ...batch, intervalMs: Math.max(MIN_INTERVAL_MS, Math.round(intervalMs)) };
  }

  private async write(batches: SampleBatch[], samples: number): Promise<WriteResult> {
    if (batches.length === 0) return { stored: 0, expired: 0, refused: 0 };
    if (this.pendingSamples > 0 && this.pendingSamples + samples > MAX_PENDING_SAMPLES) {
      throw new CodedError('TOO_MANY_REQUESTS', `${this.pendingSamples} samples wait for the store already.`);
    }
    this.pendingSamples += samples;
    const stop = this.metrics.writeSeconds.startTimer();
    try {
      return await this.store.write(batches);
    } catch (error) {
      this.metrics.storeFailures.inc({ answer: answerOf(error) });
      throw error;
    } finally {
      stop();
      this.pendingSamples -= samples;
    }
  }

  private forgetOld(nowMs: number): void {
    for (const [key, { atMs }] of this.known) {
      if (nowMs - atMs < REMEMBER_MS) return;
      this.known.delete(key);
    }
  }
}

function countSamples(batches: SampleBatch[]): number {
  return batches.reduce((sum, { names }) => sum + names.length, 0);
}

function refuseFuture(batch: SampleBatch, nowMs: number): void {
  if (isoToMicros(batch.time) / 1000 <= nowMs + MAX_AHEAD_MS) return;
  const serverTime = new Date(nowMs).toISOString();
  throw new CodedError(
    'CLOCK_AHEAD',
    `The time ${batch.time} lies over 10 minutes ahead of the server's clock (${serverTime}).`,
    { serverTime },
  );
}
