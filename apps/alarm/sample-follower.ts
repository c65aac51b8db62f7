import { CodedError } from '#domain';
import { type AlarmEvent, JUDGED_AGAIN_MS } from '#alarm';
import type { AmberwatchClient, ServiceControl } from '#client';
import { Backoff, type Log, Once, pause } from '#runtime';
import type { CatchUp } from './catch-up.js';
import type { ChannelRequests } from './channel-requests.js';
import type { FleetWatch } from './fleet-watch.js';
import type { JudgedMark } from './judged-mark.js';
import type { Dispatcher } from './notifiers/dispatcher.js';
import type { Recorder } from './recorder.js';
import { allAlerts, allForecasts, allHosts, closedSince } from './whole-lists.js';

/** A hanging server is noticed before its silence could be taken for that of all hosts. */
const POLL_SECONDS = 10;

interface SampleFollowerOptions {
  client: AmberwatchClient;
  control: ServiceControl;
  dispatcher: Dispatcher;
  requests: ChannelRequests;
  fleet: FleetWatch;
  catchUp: CatchUp;
  recorder: Recorder;
  /** What is kept of an earlier run; undefined where nothing is. */
  mark?: JudgedMark | undefined;
  log: Log;
  take: (event: AlarmEvent) => void;
  /** Called when it begins to follow. */
  onChange: () => void;
  /** ms since the epoch. */
  now: () => number;
}

/** Takes over what an earlier run recorded, then follows the samples for as long as it is not stopped. */
export class SampleFollower {
  /** Batches that were judged as they arrived. */
  judged = 0;
  /** Batches that could not be read and were stepped over. */
  unreadable = 0;
  /** Whether samples can arrive. */
  follows = false;
  /** Whether the state of an earlier run has been read back. */
  restored = false;
  private readonly backoff = new Backoff({ firstMs: 500, maxMs: 5_000 });
  /** Why the server can't be asked, as a code: how a connection breaks may change from try to try. */
  private away: string | undefined;
  private cursor: string | undefined;
  /** Up to when samples were judged, ms since the epoch; at first by an earlier run, null where there was none. */
  private judgedMs: number | null | undefined;
  private forecastVersion: number | undefined;

  private readonly strange = new Once((text) => this.options.log.warn(text));

  constructor(private readonly options: SampleFollowerOptions) {}

  /** Whether it is known when an earlier run was last heard of; a heartbeat of this run would hide that. */
  get knowsEarlierRun(): boolean {
    return this.judgedMs !== undefined;
  }

  /** Keeps up to when samples were judged, for the next run. Only where all that they led to is recorded. */
  keepMark(): void {
    const { mark, catchUp, recorder } = this.options;
    if (this.judgedMs != null && this.restored && !catchUp.busy && recorder.waiting === 0) mark?.write(this.judgedMs);
  }

  /** Resolves once the signal is aborted; it never ends because the server is away. */
  async run(signal: AbortSignal): Promise<void> {
    const { control, log } = this.options;
    while (!signal.aborted) {
      try {
        if (control.paused) {
          this.setFollowing(false);
          await control.whenRunning(signal);
        }
        if (!this.restored) await this.restore(signal);
        await this.follow(signal);
        this.backoff.reset();
        if (this.away !== undefined) log.log('The server is back; following its samples again');
        this.away = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.setFollowing(false);
        const code = error instanceof CodedError ? error.code : 'unreachable';
        if (code !== this.away) log.warn(`${(error as Error).message}. Trying again until it is there.`);
        this.away = code;
        await pause(this.backoff.nextMs(), signal);
      }
    }
  }

  /** Where to follow from comes first: what is accepted while the state is read back is judged after it. */
  private async restore(signal: AbortSignal): Promise<void> {
    const { client, dispatcher, requests, fleet, catchUp, mark, take, log, now } = this.options;
    // Before the first heartbeat of this run takes the place of the last one of the run before.
    if (this.judgedMs === undefined) this.judgedMs = mark?.read() ?? (await lastBeatMs(client, signal));
    const { cursor, forecastVersion } = await client.feed(undefined, { signal });
    const open = await allAlerts(client, signal);
    const closed = await closedSince(client, dispatcher.toldHosts(open), signal);
    const hosts = await allHosts(client, signal);
    const forecasts = await allForecasts(client, signal);
    this.cursor = cursor;
    this.forecastVersion = forecastVersion;
    take({ kind: 'restored', incidents: [...open, ...closed], judgedMs: this.judgedMs ?? now() });
    await requests.readSilences(signal);
    dispatcher.restore(open, closed);
    fleet.takeHosts(hosts);
    take({ kind: 'forecasts', forecasts });
    this.restored = true;
    if (this.judgedMs !== null) catchUp.start(this.judgedMs - JUDGED_AGAIN_MS);
    this.setFollowing(true);
    log.log(`Alarm follows ${hosts.length} hosts; ${open.length} alerts are open from before`);
  }

  private async follow(signal: AbortSignal): Promise<void> {
    const { client, control, recorder, log, take, now } = this.options;
    try {
      const { cursor, forecastVersion } = this;
      const page = await client.feed(cursor, { signal, waitSeconds: POLL_SECONDS, forecastVersion });
      // Ordered to pause while it waited: this page is asked for again when it goes on.
      if (control.paused) return;
      if (cursor === undefined) await this.catchUpTo(signal);
      this.cursor = page.cursor;
      this.setFollowing(true);
      for (const batch of page.batches) take({ kind: 'samples', batch });
      this.judged += page.batches.length;
      this.stepOver(page.unreadable);
      this.judgedMs = now();
      if (page.forecastVersion !== this.forecastVersion) {
        const forecasts = await allForecasts(client, signal);
        this.forecastVersion = page.forecastVersion;
        take({ kind: 'forecasts', forecasts });
      }
    } catch (error) {
      if (!(error instanceof CodedError) || error.code !== 'CURSOR_GONE') throw error;
      log.log('The server no longer has the samples since the newest one that was judged; reading their history');
      this.cursor = undefined;
      this.forecastVersion = undefined;
    }
    await recorder.flush(signal);
  }

  private stepOver(unreadable: string[] = []): void {
    this.unreadable += unreadable.length;
    if (unreadable.length > 0) {
      this.strange.warn(`Samples that this version can't read are not judged: ${unreadable[0]}`, 'unreadable');
    }
  }

  /** The samples between the last ones that were judged and the new cursor can only be read from the history. */
  private async catchUpTo(signal: AbortSignal): Promise<void> {
    const { fleet, catchUp } = this.options;
    // Hosts that came in the gap have a history too.
    await fleet.readHosts(signal);
    if (this.judgedMs != null) catchUp.start(this.judgedMs - JUDGED_AGAIN_MS);
  }

  private setFollowing(following: boolean): void {
    const changed = following !== this.follows;
    this.follows = following;
    if (changed && following) this.options.onChange();
    this.options.take({ kind: 'following', following });
  }
}

/** When the server last heard of an alarm, ms since the epoch; null where it never did. */
async function lastBeatMs(client: AmberwatchClient, signal: AbortSignal): Promise<number | null> {
  const { services } = await client.heartbeats({ signal });
  const lastSeen = services.find(({ service }) => service === 'alarm')?.lastSeen;
  return lastSeen ? Date.parse(lastSeen) : null;
}
