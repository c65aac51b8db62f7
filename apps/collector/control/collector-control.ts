import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { ControlFollower } from '#client/control-follower';
import { parseAnswer } from '#client/parse-answer';
import { type ControlAnswer, controlOrder, type ControlOrder, type ControlReport } from '#domain/control';
import { type Log, Once } from '#runtime/log';
import { Loop } from '#runtime/loop';
import type { ControlMemory, Remembered } from './control-memory.js';

/** Longest pause between two questions to the server while paused: a host that says nothing for 30 s is silent. */
const ASK_EVERY_MS = 10_000;

export interface CollectorControlParts {
  /** The ticks. */
  loop: Loop;
  /** Changes the time between two ticks. */
  setInterval: (intervalMs: number) => void;
  memory: ControlMemory;
  /** Brings a report to the server; rejects where that is away. */
  send: (report: ControlReport) => Promise<ControlAnswer>;
  metadata: () => Promise<Record<string, string>>;
  /** Ends this process cleanly. */
  stop: () => void;
  log: Log;
}

/**
 * Pause, resume, stop and interval at run time, from the control port or from the server, remembered over restarts. The
 * server is told of every change, and asked while no batch goes to it.
 */
export class CollectorControl implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly follower: ControlFollower;
  private readonly asking: Loop;
  private readonly trouble: Once;
  private remembered: Remembered;
  /** The server has not heard of the newest change yet. */
  private untold = true;

  constructor(private readonly parts: CollectorControlParts) {
    this.trouble = new Once((text) => parts.log.warn(text));
    this.remembered = parts.memory.read();
    this.follower = new ControlFollower({
      target: {
        state: () => ({ status: this.paused ? 'paused' : 'running', intervalMs: this.intervalMs }),
        obey: (order) => this.obey(order),
        stop: parts.stop,
      },
      send: async (report) => {
        const metadata = await parts.metadata();
        const answer = await parts.send(Object.keys(metadata).length > 0 ? { ...report, metadata } : report);
        this.untold = false;
        return answer;
      },
      revision: this.remembered.revision,
    });
    this.asking = new Loop({
      name: 'collector.control',
      periodMs: Math.min(ASK_EVERY_MS, parts.loop.period),
      run: () => this.ask(),
      onError: (error) => this.trouble.warn(`The server can't be told of this collector: ${(error as Error).message}`),
    });
  }

  get paused(): boolean {
    return this.parts.loop.isPaused;
  }

  get intervalMs(): number {
    return this.parts.loop.period;
  }

  /** Goes on as before the last end. */
  onApplicationBootstrap(): void {
    const { loop, log } = this.parts;
    if (this.remembered.paused) {
      loop.pause();
      log.warn('Paused, as it was ordered before the last end; resume by `amberwatch resume` or the control port');
    }
    this.asking.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.asking.stop();
  }

  pause(): void {
    this.change(() => this.parts.loop.pause(), 'Paused');
  }

  resume(): void {
    this.change(() => this.parts.loop.resume(), 'Goes on');
  }

  setInterval(intervalMs: number): void {
    this.change(() => this.parts.setInterval(intervalMs), `Interval is ${intervalMs / 1000} s from now on`);
    this.remember({ intervalMs });
  }

  /** Ends the process, after the caller has its answer. */
  end(): void {
    this.parts.log.log('Stops, as it was ordered');
    void this.follower.end();
  }

  /** Carries out what came with the answer to a batch. */
  async take(order: unknown): Promise<void> {
    const parsed = parseAnswer(controlOrder, order);
    if (!parsed.success) return;
    await this.follower.take(parsed.data).catch((error: Error) => {
      this.untold = true;
      this.trouble.warn(`The server can't be told of this collector: ${error.message}`);
    });
  }

  private obey(order: ControlOrder): void {
    if (order.intervalMs !== undefined) this.setInterval(order.intervalMs);
    if (order.logLevel !== undefined) this.parts.log.setLevel(order.logLevel);
    if (order.status === 'pause') this.pause();
    if (order.status === 'resume') this.resume();
    if (order.status === 'stop') this.parts.log.log('Stops, as the server ordered');
    this.remember({ revision: order.revision });
  }

  private change(apply: () => void, sentence: string): void {
    apply();
    this.parts.log.log(sentence);
    this.untold = true;
    this.remember({ paused: this.paused });
  }

  private remember(change: Partial<Remembered>): void {
    this.remembered = { ...this.remembered, ...change };
    this.parts.memory.write(this.remembered);
  }

  private async ask(): Promise<void> {
    if (!this.untold && !this.paused) return;
    await this.follower.report();
    this.trouble.clear();
  }
}
