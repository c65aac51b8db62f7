import { randomUUID } from 'node:crypto';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { CodedError, type Color, HEARTBEAT_EVERY_MS, type HostState } from '#domain';
import { type AlarmAction, type AlarmEngine, type AlarmEvent, consoleLine } from '#alarm';
import { type AmberwatchClient, ServiceControl } from '#client';
import { Backoff, type Log, Loop, pause, type Reading } from '#runtime';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { alarmReadings } from './alarm-readings.js';
import { CatchUp } from './catch-up.js';
import type { Dispatcher } from './notifiers/dispatcher.js';
import { Recorder } from './recorder.js';
import type { RulesFile } from './rules-file.js';
import { allAlerts, allForecasts, allHosts, closedSince } from './whole-lists.js';

/** A server that hangs is noticed before its silence could be taken for that of all hosts. */
const POLL_SECONDS = 10;
const TICK_MS = 1_000;
const WATCH_MS = 10_000;
const SILENCES_MS = 3_000;
/** The newest samples that were judged may be older than the moment in which they came. */
const OVERLAP_MS = 60_000;
/** After a start, how long the prediction may take to be there before it is called silent. */
const PREDICTION_GRACE_MS = 20_000;

export interface AlarmLoopOptions {
  client: AmberwatchClient;
  engine: AlarmEngine;
  dispatcher: Dispatcher;
  log: Log;
  version: string;
  /** Where the engine's rules came from, to read them again. */
  rules?: RulesFile;
  /** Takes a finished console line. */
  print: (line: string) => void;
  coloured: boolean;
  registry?: SchedulerRegistry;
  /** ms since the epoch. */
  now?: () => number;
}

/** Follows the samples, judges them, says what changed and records it. It never ends because the server is away. */
export class AlarmLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly recorder: Recorder;
  private judged = 0;
  private readonly changes: Record<Color, number> = { GREEN: 0, AMBER: 0, RED: 0 };
  private readonly catchUp: CatchUp;
  private readonly control: ServiceControl;
  private readonly instance = randomUUID();
  private readonly abort = new AbortController();
  private readonly loops: Loop[];
  private readonly backoff = new Backoff({ firstMs: 500, maxMs: 5_000 });
  /** Why the server can't be asked, as a code: how a connection breaks may change from try to try. */
  private away: string | undefined;
  private readonly now: () => number;
  private readonly startedMs: number;
  private following: Promise<void> | undefined;
  private follows = false;
  private restored = false;
  private cursor: string | undefined;
  /** Up to when samples were judged, ms since the epoch: by an earlier run at first, null where there was none. */
  private judgedMs: number | null | undefined;
  private forecastVersion: number | undefined;
  private blind = false;
  private readonly tested = new Set<string>();

  constructor(private readonly options: AlarmLoopOptions) {
    const { client, log, registry } = options;
    this.now = options.now ?? Date.now;
    this.startedMs = this.now();
    this.recorder = new Recorder(client, log, this.now);
    this.catchUp = new CatchUp({ client, log, now: this.now, take: (event) => this.take(event) });
    this.control = new ServiceControl({
      client,
      service: 'alarm',
      setLogLevel: (level) => log.setLevel(level),
      stop: () => process.kill(process.pid, 'SIGTERM'),
      say: (sentence) => log.log(sentence),
    });
    const { quiet } = this;
    this.loops = [
      new Loop({
        name: 'alarm tick',
        periodMs: TICK_MS,
        run: () => this.tick(),
        onError: (error) => log.error(error),
        registry,
      }),
      new Loop({
        name: 'heartbeat',
        periodMs: HEARTBEAT_EVERY_MS,
        run: (signal) => this.beat(signal),
        onError: quiet,
        registry,
      }),
      new Loop({
        name: 'silences',
        periodMs: SILENCES_MS,
        run: (signal) => this.readSilences(signal),
        onError: quiet,
        registry,
      }),
      new Loop({ name: 'watch', periodMs: WATCH_MS, run: (signal) => this.watch(signal), onError: quiet, registry }),
    ];
  }

  onApplicationBootstrap(): void {
    for (const loop of this.loops) loop.start();
    this.following = this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort(new Error('stopped'));
    await Promise.all([...this.loops.map((loop) => loop.stop()), this.following]);
    await this.catchUp.stop();
    await this.recorder.flush(AbortSignal.timeout(3_000));
    await this.options.dispatcher.stop();
  }

  /** What is counted, for Prometheus. */
  readings(): Reading[] {
    const { engine, dispatcher } = this.options;
    const { recorder } = this;
    return alarmReadings({
      engine,
      dispatcher,
      recorder,
      judged: () => this.judged,
      changes: () => this.changes,
      isCatchingUp: () => this.catchUp.busy,
    });
  }

  /** From now on the rules judge that the file has now; the old ones where it is broken. */
  reloadRules(): void {
    const rules = this.options.rules?.reload();
    if (rules) this.take({ kind: 'rules', rules });
  }

  /** What fails every few seconds while the server is away has been said once already. */
  private readonly quiet = (error: unknown) => this.options.log.debug(error instanceof Error ? error.message : error);

  private async run(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        if (this.control.paused) {
          this.setFollowing(false);
          await this.control.whenRunning(signal);
        }
        if (!this.restored) await this.restore(signal);
        await this.follow(signal);
        this.backoff.reset();
        if (this.away !== undefined) this.options.log.log('The server is back; following its samples again');
        this.away = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.setFollowing(false);
        const code = error instanceof CodedError ? error.code : 'unreachable';
        if (code !== this.away) this.options.log.warn(`${(error as Error).message}. Trying again until it is there.`);
        this.away = code;
        await pause(this.backoff.nextMs(), signal);
      }
    }
  }

  /** Where to follow from comes first: what is accepted while the state is read back is judged after it. */
  private async restore(signal: AbortSignal): Promise<void> {
    const { client } = this.options;
    // Before the first heartbeat of this run takes the place of the last one of the run before.
    if (this.judgedMs === undefined) this.judgedMs = await lastBeatMs(client, signal);
    const { cursor, forecastVersion } = await client.feed(undefined, { signal });
    const open = await allAlerts(client, signal);
    const closed = await closedSince(client, this.options.dispatcher.toldHosts(open), signal);
    const hosts = await allHosts(client, signal);
    const forecasts = await allForecasts(client, signal);
    this.cursor = cursor;
    this.forecastVersion = forecastVersion;
    const judgedMs = this.judgedMs ?? this.now();
    this.take({ kind: 'restored', incidents: [...open, ...closed], judgedMs });
    const { dispatcher } = this.options;
    if (!dispatcher.isEmpty) dispatcher.setSilences((await client.silences({}, { signal })).silences);
    dispatcher.restore(open, closed);
    this.takeHosts(hosts);
    this.take({ kind: 'forecasts', forecasts });
    this.restored = true;
    if (this.judgedMs !== null) this.catchUp.start(this.judgedMs);
    this.setFollowing(true);
    this.options.log.log(`Alarm follows ${hosts.length} hosts; ${open.length} alerts are open from before`);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { client, log } = this.options;
    try {
      const { cursor, forecastVersion } = this;
      const page = await client.feed(cursor, { signal, waitSeconds: POLL_SECONDS, forecastVersion });
      // Ordered to pause while it waited: this page is asked for again when it goes on.
      if (this.control.paused) return;
      if (cursor === undefined && this.judgedMs != null) this.catchUp.start(this.judgedMs - OVERLAP_MS);
      this.cursor = page.cursor;
      this.setFollowing(true);
      for (const batch of page.batches) this.take({ kind: 'samples', batch });
      this.judged += page.batches.length;
      this.judgedMs = this.now();
      if (page.forecastVersion !== this.forecastVersion) {
        const forecasts = await allForecasts(client, signal);
        this.forecastVersion = page.forecastVersion;
        this.take({ kind: 'forecasts', forecasts });
      }
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'CURSOR_GONE') throw error;
      log.log('The server no longer has the samples since the newest one that was judged; reading their history');
      this.cursor = undefined;
      this.forecastVersion = undefined;
    }
    await this.recorder.flush(signal);
  }

  /** Acts first; the record follows with the next flush. */
  private take(event: AlarmEvent): void {
    const nowMs = this.now();
    for (const action of this.options.engine.apply(event, nowMs)) this.act(action, nowMs);
  }

  private act(action: AlarmAction, nowMs: number): void {
    if (action.kind === 'change') {
      this.options.print(`${consoleLine(action, nowMs, this.options.coloured)}\n`);
      this.changes[action.change.color] += 1;
    }
    this.options.dispatcher.change(action.incident, action.insteadOf);
    this.recorder.add(action.incident);
  }

  private takeHosts(hosts: HostState[]): void {
    this.options.dispatcher.setServices(hosts.map(({ host, service }) => [host, service]));
    this.take({ kind: 'hosts', hosts });
  }

  private setFollowing(following: boolean): void {
    const changed = following !== this.follows;
    this.follows = following;
    if (changed && following) this.beat(this.abort.signal).catch(this.quiet);
    this.take({ kind: 'following', following });
  }

  private tick(): void {
    if (!this.restored) return;
    this.take({ kind: 'tick' });
    this.options.dispatcher.tick();
    // Not waited for: a server that hangs must hold up neither the judging nor the channels.
    if (!this.recorder.busy) void this.recorder.flush(this.abort.signal);
  }

  private async beat(signal: AbortSignal): Promise<void> {
    const { client, version } = this.options;
    const follows = this.follows && !this.catchUp.busy;
    if (this.judgedMs !== undefined)
      await client.heartbeat('alarm', { instance: this.instance, version, follows }, { signal });
    await this.control.poll();
  }

  /** What the samples do not tell: hosts that were paused, and whether anybody predicts. */
  private async watch(signal: AbortSignal): Promise<void> {
    const { client, log } = this.options;
    if (!this.restored) return;
    this.takeHosts(await allHosts(client, signal));
    const { services } = await client.heartbeats({ signal });
    const status = services.find(({ service }) => service === 'prediction')?.status ?? 'silent';
    this.take({ kind: 'prediction', alive: status === 'ok' });
    if (status === 'silent' && !this.blind && this.now() - this.startedMs > PREDICTION_GRACE_MS) {
      this.blind = true;
      log.warn('The prediction is silent: there is no AMBER until it is back');
    } else if (status === 'ok' && this.blind) {
      this.blind = false;
      log.log('The prediction is back');
    }
  }

  /** Who wants to hear nothing of what, and who wants a sample. */
  private async readSilences(signal: AbortSignal): Promise<void> {
    const { client, dispatcher } = this.options;
    // Silences first, so that a sample that was answered shows that they were read too.
    if (!dispatcher.isEmpty) dispatcher.setSilences((await client.silences({}, { signal })).silences);
    const { tests } = await client.notifyTests({ signal });
    for (const { id, results } of tests) {
      if (results !== null || this.tested.has(id)) continue;
      this.tested.add(id);
      await client.putNotifyTestResults(id, { results: await dispatcher.test() }, { signal });
    }
  }
}

/** When the server last heard of an alarm, ms since the epoch; null where it never did. */
async function lastBeatMs(client: AmberwatchClient, signal: AbortSignal): Promise<number | null> {
  const { services } = await client.heartbeats({ signal });
  const lastSeen = services.find(({ service }) => service === 'alarm')?.lastSeen;
  return lastSeen ? Date.parse(lastSeen) : null;
}
