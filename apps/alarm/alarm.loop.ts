import { randomUUID } from 'node:crypto';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { type Color, HEARTBEAT_EVERY_MS } from '#domain';
import { type AlarmAction, type AlarmEngine, type AlarmEvent, consoleLine, defaultRules } from '#alarm';
import { type AmberwatchClient, ServiceControl } from '#client';
import { type Log, Loop, type Reading } from '#runtime';
import type { SchedulerRegistry } from '@nestjs/schedule';
import { alarmReadings } from './alarm-readings.js';
import { CatchUp } from './catch-up.js';
import { ChannelRequests } from './channel-requests.js';
import { FleetWatch } from './fleet-watch.js';
import type { JudgedMark } from './judged-mark.js';
import { LimitsSender } from './limits-sender.js';
import type { Dispatcher } from './notifiers/dispatcher.js';
import { Recorder } from './recorder.js';
import type { RulesFile } from './rules-file.js';
import { SampleFollower } from './sample-follower.js';
import { ValueSender } from './value-sender.js';

const TICK_MS = 1_000;
const WATCH_MS = 10_000;
const SILENCES_MS = 3_000;
const VALUES_MS = 10_000;

export interface AlarmLoopOptions {
  client: AmberwatchClient;
  engine: AlarmEngine;
  dispatcher: Dispatcher;
  log: Log;
  version: string;
  /** Where the engine's rules came from, to read them again. */
  rules?: RulesFile;
  /** Up to when an earlier run judged. */
  mark?: JudgedMark;
  /** Takes a finished console line. */
  print: (line: string) => void;
  coloured: boolean;
  registry?: SchedulerRegistry;
  /** ms since the epoch. */
  now?: () => number;
}

/** Judges the samples as they come, says what changed and records it. It never ends because the server is away. */
export class AlarmLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly recorder: Recorder;
  private readonly changes: Record<Color, number> = { GREEN: 0, AMBER: 0, RED: 0 };
  private readonly now: () => number;
  private readonly catchUp: CatchUp;
  private readonly control: ServiceControl;
  private readonly fleet: FleetWatch;
  private readonly requests: ChannelRequests;
  private readonly follower: SampleFollower;
  private readonly values: ValueSender;
  private readonly limits: LimitsSender;
  private readonly instance = randomUUID();
  private readonly abort = new AbortController();
  private readonly loops: Loop[];
  private following: Promise<void> | undefined;

  constructor(private readonly options: AlarmLoopOptions) {
    const { client, dispatcher, engine, log, mark } = options;
    const now = (this.now = options.now ?? Date.now);
    const take = (event: AlarmEvent) => this.take(event);
    this.recorder = new Recorder(client, log, now);
    this.values = new ValueSender({ client, engine, waiting: () => this.recorder.waiting, now });
    this.limits = new LimitsSender({ client, rules: () => engine.rules, now });
    this.catchUp = new CatchUp({ client, log, now, take });
    this.fleet = new FleetWatch({ client, dispatcher, log, now, take });
    this.requests = new ChannelRequests(client, dispatcher, () => options.rules?.current ?? defaultRules, now);
    this.control = new ServiceControl({
      client,
      service: 'alarm',
      setLogLevel: (level) => log.setLevel(level),
      stop: () => process.kill(process.pid, 'SIGTERM'),
      say: (sentence) => log.log(sentence),
    });
    const { control, requests, fleet, catchUp, recorder } = this;
    const onChange = () => {
      this.limits.renew();
      void Promise.all([this.beat(this.abort.signal), this.limits.send(this.abort.signal)]).catch(this.quiet);
    };
    const parts = { control, dispatcher, requests, fleet, catchUp, recorder, mark };
    this.follower = new SampleFollower({ client, ...parts, log, now, take, onChange });
    this.loops = this.createLoops();
  }

  onApplicationBootstrap(): void {
    for (const loop of this.loops) loop.start();
    this.following = this.follower.run(this.abort.signal);
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort(new Error('stopped'));
    await Promise.all([...this.loops.map((loop) => loop.stop()), this.following]);
    await this.catchUp.stop();
    await this.recorder.flush(AbortSignal.timeout(3_000));
    this.follower.keepMark();
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
      judged: () => this.follower.judged,
      unreadable: () => this.follower.unreadable,
      changes: () => this.changes,
      isCatchingUp: () => this.catchUp.busy,
    });
  }

  /** From now on the rules of the file decide; the old ones go on where it is broken. */
  reloadRules(): void {
    const rules = this.options.rules?.reload();
    if (!rules) return;
    this.take({ kind: 'rules', rules });
    void this.limits.send(this.abort.signal).catch(this.quiet);
  }

  private createLoops(): Loop[] {
    const { log, registry } = this.options;
    const loop = (name: string, periodMs: number, run: (signal: AbortSignal) => Promise<void>) =>
      new Loop({ name, periodMs, run, onError: this.quiet, registry });
    return [
      new Loop({
        name: 'alarm tick',
        periodMs: TICK_MS,
        run: () => this.tick(),
        onError: (error) => log.error(error),
        registry,
      }),
      loop('heartbeat', HEARTBEAT_EVERY_MS, (signal) => this.beat(signal)),
      loop('silences', SILENCES_MS, (signal) => this.requests.read(signal)),
      loop('watch', WATCH_MS, async (signal) => {
        if (!this.follower.restored) return;
        await this.limits.send(signal);
        await this.fleet.look(signal);
      }),
      loop('values', VALUES_MS, (signal) => this.values.send(signal)),
    ];
  }

  /** What fails every few seconds while the server is away has already been logged once. */
  private readonly quiet = (error: unknown) => this.options.log.debug(error instanceof Error ? error.message : error);

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

  private tick(): void {
    if (!this.follower.restored) return;
    this.take({ kind: 'tick' });
    this.options.dispatcher.tick();
    // Not waited for: a server that hangs must hold up neither the judging nor the channels.
    if (!this.recorder.busy) void this.recorder.flush(this.abort.signal);
  }

  private async beat(signal: AbortSignal): Promise<void> {
    const { client, version } = this.options;
    const follows = this.follower.follows && !this.catchUp.busy;
    if (this.follower.knowsEarlierRun)
      await client.heartbeat('alarm', { instance: this.instance, version, follows }, { signal });
    this.follower.keepMark();
    await this.control.poll();
  }
}
