import type { ControlReport, HeartbeatService } from '#domain';
import type { AmberwatchClient } from './amberwatch-client.js';
import { ControlFollower } from './control-follower.js';

export interface ServiceControlOptions {
  client: AmberwatchClient;
  service: HeartbeatService;
  setLogLevel: (level: NonNullable<ControlReport['logLevel']>) => void;
  /** Ends the process cleanly. */
  stop: () => void;
  /** Told in one sentence what was ordered. */
  say: (sentence: string) => void;
}

/**
 * Pause, resume, stop and log level of the alarm or the prediction, as the server orders them. The server remembers an
 * order across restarts of the service, except a stop, which is done once it is obeyed.
 */
export class ServiceControl {
  paused = false;
  private readonly follower: ControlFollower;
  private readonly waiting = new Set<() => void>();
  private logLevel: ControlReport['logLevel'];

  constructor(private readonly options: ServiceControlOptions) {
    const { client, service, say, stop } = options;
    this.follower = new ControlFollower({
      send: (report) => client.reportService(service, report),
      target: {
        state: () => ({ status: this.paused ? 'paused' : 'running', logLevel: this.logLevel }),
        obey: ({ status, logLevel }) => {
          if (logLevel) options.setLogLevel((this.logLevel = logLevel));
          if (status === 'pause') this.setPaused(true);
          if (status === 'resume') this.setPaused(false);
          if (status === 'stop') say('Stops, as the server ordered');
        },
        stop,
      },
    });
  }

  /** Asks the server what it wants and does it. Rejects where the server is away. */
  poll(): Promise<void> {
    return this.follower.report();
  }

  /** Resolves at once, or if paused, when the pause ends or the signal is aborted. */
  async whenRunning(signal: AbortSignal): Promise<void> {
    if (!this.paused || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  private setPaused(paused: boolean): void {
    if (paused === this.paused) return;
    this.paused = paused;
    this.options.say(paused ? 'Paused, as the server ordered' : 'Goes on, as the server ordered');
    if (!paused) for (const go of this.waiting) go();
  }
}
