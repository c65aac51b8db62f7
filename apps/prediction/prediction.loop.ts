import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { SchedulerRegistry } from '@nestjs/schedule';
import { AmberwatchClient } from '#client';
import { CodedError, DEFAULT_LIMIT, HEARTBEAT_EVERY_MS, TrendPredictor } from '#domain';
import { Backoff, Loop, Once, pause, VERSION } from '#runtime';
import { fieldOf, metrics, SeriesBoard } from './series-board.js';
import { SETTINGS, type PredictionSettings } from './prediction.config.js';

/** How far back a service without any state reads the history, and how finely. */
const CATCH_UP_MS = 2 * 3_600_000;
const CATCH_UP_STEP_MS = 10_000;
const SERIES_A_PAGE = 500;
const FORGET_EVERY_MS = 60_000;

/** Follows the samples by cursor and tells the server which breaches are to be expected. */
@Injectable()
export class PredictionLoop implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger('prediction');
  private readonly trouble = new Once((text) => this.logger.warn(text));
  private readonly client: AmberwatchClient;
  private readonly board = new SeriesBoard(DEFAULT_LIMIT, () => new TrendPredictor(DEFAULT_LIMIT));
  private readonly abort = new AbortController();
  private readonly backoff = new Backoff({ firstMs: 500, maxMs: 10_000 });
  private readonly instance = randomUUID();
  private readonly beat: Loop;
  private readonly forget: Loop;
  private cursor: string | undefined;
  private following: Promise<void> | undefined;

  constructor(@Inject(SETTINGS) settings: PredictionSettings, scheduler: SchedulerRegistry) {
    this.client = new AmberwatchClient({ baseUrl: settings.AMBERWATCH_SERVER_URL, token: settings.AMBERWATCH_TOKEN });
    this.beat = new Loop({
      name: 'prediction.heartbeat',
      periodMs: HEARTBEAT_EVERY_MS,
      run: (signal) =>
        this.client.heartbeat(
          'prediction',
          { instance: this.instance, version: VERSION, follows: this.cursor !== undefined },
          { signal },
        ),
      // The follower says what is wrong; a missed heartbeat shows on the server.
      onError: () => undefined,
      registry: scheduler,
    });
    this.forget = new Loop({
      name: 'prediction.forget',
      periodMs: FORGET_EVERY_MS,
      run: () => this.board.forget(Date.now()),
      onError: (error) => this.logger.error(String(error)),
      registry: scheduler,
    });
  }

  onApplicationBootstrap(): void {
    this.beat.start();
    this.forget.start(FORGET_EVERY_MS);
    this.following = this.follow();
  }

  async onApplicationShutdown(): Promise<void> {
    this.abort.abort();
    await Promise.all([this.beat.stop(), this.forget.stop(), this.following]);
  }

  private async follow(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        if (this.cursor === undefined) await this.join(signal);
        else await this.next(this.cursor, signal);
        this.backoff.reset();
        if (this.trouble.clear()) this.logger.log('The server answers again');
      } catch (error) {
        if (signal.aborted) return;
        // A cursor of another run of the server, or one that is too old: join anew.
        if (error instanceof CodedError && error.code === 'CURSOR_GONE') {
          this.cursor = undefined;
          continue;
        }
        this.trouble.warn((error as Error).message);
        await pause(this.backoff.nextMs(), signal);
      }
    }
  }

  /** Takes the newest cursor first, then reads what came before it, so that nothing falls in between. */
  private async join(signal: AbortSignal): Promise<void> {
    const { cursor } = await this.client.feed(undefined, { signal });
    await this.catchUp(signal);
    const update = this.board.takeChanges(true);
    if (update) await this.client.putForecasts(update, { signal });
    this.cursor = cursor;
    this.logger.log(`Prediction follows ${this.board.size} series`);
  }

  private async next(cursor: string, signal: AbortSignal): Promise<void> {
    const page = await this.client.feed(cursor, { signal });
    for (const batch of page.batches) this.board.take(batch);
    const update = this.board.takeChanges(false);
    // A failed update is made good by the full one of the next join.
    if (update) {
      await this.client.putForecasts(update, { signal }).catch((error: unknown) => {
        this.cursor = undefined;
        throw error;
      });
    }
    this.cursor = page.cursor;
  }

  private async catchUp(signal: AbortSignal): Promise<void> {
    const known = this.board.newestMs();
    const fromMs = Math.max(known, Date.now() - CATCH_UP_MS);
    for (const metric of metrics) {
      let next: string | undefined;
      do {
        const page = await this.client.history(
          {
            metric: fieldOf(metric),
            from: new Date(fromMs).toISOString(),
            step: `${CATCH_UP_STEP_MS}ms`,
            limit: SERIES_A_PAGE,
            cursor: next,
          },
          { signal },
        );
        for (const { host, process, points } of page.series) {
          for (const [time, value] of points) this.board.update({ host, process, metric }, Date.parse(time), value);
        }
        next = page.next;
      } while (next !== undefined && !signal.aborted);
    }
  }
}
