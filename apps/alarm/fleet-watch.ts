import type { HostState } from '#domain';
import type { AlarmEvent } from '#alarm';
import type { AmberwatchClient } from '#client';
import type { Log } from '#runtime';
import type { Dispatcher } from './notifiers/dispatcher.js';
import { allHosts } from './whole-lists.js';

/** After a start, how long the prediction may take to be there before it is called silent. */
const PREDICTION_GRACE_MS = 20_000;

interface FleetWatchOptions {
  client: AmberwatchClient;
  dispatcher: Dispatcher;
  log: Pick<Log, 'log' | 'warn'>;
  take: (event: AlarmEvent) => void;
  /** ms since the epoch. */
  now: () => number;
}

/** What the samples do not tell: which hosts there are, which of them are paused, and whether anybody predicts. */
export class FleetWatch {
  private readonly startedMs: number;
  private predictionIsMissed = false;

  constructor(private readonly options: FleetWatchOptions) {
    this.startedMs = options.now();
  }

  /** Rejects where the server is away. */
  async look(signal: AbortSignal): Promise<void> {
    await this.readHosts(signal);
    await this.readPrediction(signal);
  }

  async readHosts(signal: AbortSignal): Promise<void> {
    this.takeHosts(await allHosts(this.options.client, signal));
  }

  takeHosts(hosts: HostState[]): void {
    const { dispatcher, take } = this.options;
    dispatcher.setServices(hosts.map(({ host, service }) => [host, service]));
    take({ kind: 'hosts', hosts });
  }

  private async readPrediction(signal: AbortSignal): Promise<void> {
    const { client, log, now, take } = this.options;
    const { services } = await client.heartbeats({ signal });
    const status = services.find(({ service }) => service === 'prediction')?.status ?? 'silent';
    take({ kind: 'prediction', alive: status === 'ok' });
    if (status === 'silent' && !this.predictionIsMissed && now() - this.startedMs > PREDICTION_GRACE_MS) {
      this.predictionIsMissed = true;
      log.warn('The prediction is silent: there is no AMBER until it is back');
    } else if (status === 'ok' && this.predictionIsMissed) {
      this.predictionIsMissed = false;
      log.log('The prediction is back');
    }
  }
}
