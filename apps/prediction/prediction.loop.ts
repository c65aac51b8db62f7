import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { performance } from 'node:perf_hooks';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { AmberwatchClient, ServiceControl, trustOf, UnreachableError } from '#client';
import { CodedError, escapeForConsole, HEARTBEAT_EVERY_MS } from '#domain';
import { Backoff, Log, Loop, Once, pause, type Reading, VERSION } from '#runtime';
import { FalseBudget } from '#prediction';
import { ClaimRecord } from './claim-record.js';
import { SETTINGS, type PredictionSettings } from './prediction.config.js';
import { predictionReadings } from './prediction-readings.js';
import { SampleIntake, type Now } from './sample-intake.js';
import { SeriesPredictors } from './series-predictors.js';
import { readSnapshotFile, writeSnapshotFile } from './snapshot-file.js';
import { isBare, type Tick } from './tick.js';
import { TimeOrder } from './time-order.js';

const FORGET_EVERY_MS = 60_000;
const SNAPSHOT_EVERY_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** A history that takes longer to read than this is told. */
const SLOW_MS = 5_000;

export function clientOf(settings: PredictionSettings): AmberwatchClient {
  const { AMBERWATCH_SERVER_URL: baseUrl, AMBERWATCH_TOKEN: token } = settings;
  return new AmberwatchClient({ baseUrl, token, trust: trustOf(settings) });
}

/** Follows the samples by cursor and tells the server which breaches are to be expected. */
@Injectable()
export class PredictionLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('prediction');
  private readonly trouble = new Once((text) => this.logger.warn(text));
  private readonly claims: ClaimRecord;
  private readonly full = new Once((text) => this.logger.warn(text));
  private readonly strange = new Once((text) => this.logger.warn(text));
  private unreadable = 0;
  private readonly series: SeriesPredictors;
  private readonly order: TimeOrder;
  private readonly intake: SampleIntake;
  private readonly client: AmberwatchClient;
  private readonly control: ServiceControl;
  private readonly abort = new AbortController();
  private readonly backoff = new Backoff({ firstMs: 500, maxMs: 10_000 });
  private readonly instance = randomUUID();
  private readonly loops: Loop[];
  private cursor: string | undefined;
  /** Time up to which the history is known, milliseconds since the epoch. */
  private knownMs = 0;
  private countedHour = 0;
  /** The limits that were asked for last, as JSON. */
  private askedText = '[]';
  private following: Promise<void> | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: PredictionSettings,
    scheduler: SchedulerRegistry,
    log: Log,
  ) {
    this.client = clientOf(settings);
    const budget = new FalseBudget(settings.AMBERWATCH_FALSE_A_WEEK);
    this.claims = new ClaimRecord(budget);
    this.series = new SeriesPredictors({
      onOutcome: (host, outcome) => this.claims.add(host, outcome),
      budget,
      maxSeries: settings.AMBERWATCH_MAX_SERIES,
    });
    this.order = new TimeOrder({
      onTick: (tick) => this.series.take(tick),
      onClockSet: (tick, byMs) => this.setClock(tick, byMs),
    });
    this.intake = new SampleIntake(this.client, this.series, this.order, (text) => this.logger.warn(text));
    this.control = new ServiceControl({
      client: this.client,
      service: 'prediction',
      setLogLevel: (level) => log.setLevel(level),
      stop: () => process.kill(process.pid, 'SIGTERM'),
      say: (sentence) => this.logger.log(sentence),
    });
    const loop = (
      name: string,
      periodMs: number,
      run: (signal: AbortSignal) => Promise<void> | void,
      onError: (error: unknown) => void,
    ) => new Loop({ name: `prediction.${name}`, periodMs, run, onError, registry: scheduler });
    const warn = (error: unknown) => this.trouble.warn((error as Error).message);
    this.loops = [
      // The follower says what is wrong; a missed heartbeat shows on the server.
      loop(
        'heartbeat',
        HEARTBEAT_EVERY_MS,
        (signal) => this.beat(signal),
        () => undefined,
      ),
      loop('forget', FORGET_EVERY_MS, () => this.forget(), warn),
      loop('snapshot', SNAPSHOT_EVERY_MS, () => this.save(), warn),
      loop('calibrate', FORGET_EVERY_MS, (signal) => this.calibrate(signal), warn),
    ];
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.load();
    const aWeek = this.settings.AMBERWATCH_FALSE_A_WEEK;
    if (aWeek !== undefined)
      this.logger.log(`Warnings are as strict as ${aWeek} false ones a week and host need (AMBERWATCH_FALSE_A_WEEK)`);
    for (const loop of this.loops) loop.start(loop === this.loops[0] ? 0 : loop.period);
    this.following = this.follow();
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort();
    await Promise.all([...this.loops.map((loop) => loop.stop()), this.following]);
    await this.save().catch((error: Error) => this.logger.warn(error.message));
  }

  /** What the service tells Prometheus of itself. */
  readings(): Reading[] {
    const { series, order, claims } = this;
    return predictionReadings({
      series,
      order,
      claims,
      follows: () => this.follows,
      unreadable: () => this.unreadable,
    });
  }

  private get follows(): boolean {
    return this.cursor !== undefined && !this.control.paused;
  }

  private async beat(signal: AbortSignal): Promise<void> {
    const { instance, follows } = this;
    await this.client.heartbeat('prediction', { instance, version: VERSION, follows }, { signal });
    await this.askLimits(signal);
    await this.control.poll();
  }

  /** What the rules of the alarm ask to be predicted beside the usual limits. */
  private async askLimits(signal: AbortSignal): Promise<void> {
    const { limits } = await this.client.forecastLimits({ signal });
    const text = JSON.stringify(limits);
    if (text === this.askedText) return;
    this.askedText = text;
    this.series.ask(limits);
  }

  private async follow(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        await this.control.whenRunning(signal);
        if (this.cursor === undefined) await this.join(signal);
        else await this.next(this.cursor, signal);
        this.backoff.reset();
        if (this.trouble.clear()) this.logger.log('The server answers again');
      } catch (error) {
        if (signal.aborted) return;
        // A cursor of another run of the server, or one that is too old: join again.
        if (error instanceof CodedError && error.code === 'CURSOR_GONE') {
          this.cursor = undefined;
          continue;
        }
        this.trouble.warn((error as Error).message, error instanceof UnreachableError ? error.name : undefined);
        await pause(this.backoff.nextMs(), signal);
      }
    }
  }

  /** Takes the newest cursor first, then reads what came before it, so that nothing falls in between. */
  private async join(signal: AbortSignal): Promise<void> {
    const { cursor } = await this.client.feed(undefined, { signal });
    await this.askLimits(signal);
    const joined = now();
    const slow = setTimeout(() => this.logger.log('Prediction reads the history before it follows'), SLOW_MS);
    try {
      await this.intake.catchUp(this.knownMs, joined, signal);
    } finally {
      clearTimeout(slow);
    }
    const update = this.series.takeChanges(true);
    if (update) await this.client.putForecasts(update, { signal });
    this.cursor = cursor;
    this.knownMs = joined.ms;
    await this.beat(signal);
    this.logger.log(`Prediction follows ${this.series.size} series`);
  }

  private async next(cursor: string, signal: AbortSignal): Promise<void> {
    const page = await this.client.feed(cursor, { signal });
    // Ordered to pause while it waited: this page is asked for again when it goes on.
    if (this.control.paused) return;
    await this.intake.take(page.batches, now(), signal);
    this.stepOver(page.unreadable);
    const update = this.series.takeChanges(false);
    if (update) {
      await this.client.putForecasts(update, { signal }).catch((error: unknown) => {
        // What was not taken is made good by the full update of the next join.
        this.cursor = undefined;
        throw error;
      });
    }
    this.cursor = page.cursor;
    this.knownMs = Date.now();
  }

  private stepOver(unreadable: string[] = []): void {
    this.unreadable += unreadable.length;
    if (unreadable.length > 0) {
      this.strange.warn(`Samples that this version can't read are not predicted: ${unreadable[0]}`, 'unreadable');
    }
  }

  private setClock(tick: Tick, byMs: number): void {
    const { host } = tick;
    this.series.moveClock(host, byMs, isBare(tick) ? 'host' : undefined);
    this.logger.warn(
      `The clock of ${escapeForConsole(host)} was set back; its series go on ${(byMs / 1000).toFixed(1)} s earlier`,
    );
  }

  private forget(): void {
    this.series.forget(Date.now());
    if (this.series.counts.unpredicted === 0) return;
    this.full.warn(
      `There is no room for new series (AMBERWATCH_MAX_SERIES is ${this.settings.AMBERWATCH_MAX_SERIES}); they are not predicted`,
    );
  }

  /** Once an hour, and after a start: what a claimed probability is worth here, and how many claims were false. */
  private async calibrate(signal: AbortSignal): Promise<void> {
    const hour = Math.floor(Date.now() / HOUR_MS);
    if (hour === this.countedHour || this.cursor === undefined) return;
    const { knots, report } = this.claims.count(Date.now());
    this.series.calibration = knots;
    await this.client.putCalibration(report, { signal });
    this.countedHour = hour;
  }

  private async load(): Promise<void> {
    try {
      const loaded = await readSnapshotFile(this.settings.AMBERWATCH_DATA, this.series);
      if (!loaded) return;
      this.knownMs = loaded.savedMs;
      this.claims.outcomes = loaded.outcomes;
      this.claims.budget.restore(loaded.budget);
      this.series.calibration = this.claims.count(Date.now()).knots;
      this.logger.log(
        `Prediction goes on from its snapshot of ${new Date(loaded.savedMs).toISOString()}: ${loaded.restored} series`,
      );
      if (loaded.noRoom > 0)
        this.logger.warn(`${loaded.noRoom} series of the snapshot have no room (AMBERWATCH_MAX_SERIES)`);
      if (loaded.damaged > 0)
        this.logger.warn(
          `${loaded.damaged} series of the snapshot were damaged or of another version; they start over`,
        );
    } catch (error) {
      this.logger.warn(`The snapshot can't be read, so every series starts over: ${(error as Error).message}`);
    }
  }

  private async save(): Promise<void> {
    if (this.knownMs === 0) return;
    const folder = this.settings.AMBERWATCH_DATA;
    try {
      await mkdir(folder, { recursive: true });
      await writeSnapshotFile(folder, this.series, {
        savedMs: this.knownMs,
        outcomes: this.claims.outcomes,
        budget: this.claims.budget.snapshot(),
      });
    } catch (error) {
      throw new Error(
        `The snapshot can't be written to ${folder}, so a restart reads the history instead: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}

function now(): Now {
  return { ms: Date.now(), steadyMs: performance.now() };
}
