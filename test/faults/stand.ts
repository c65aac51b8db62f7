import { AmberwatchClient } from '#client';
import { routes } from '#domain';
import { startInflux, type TestInflux } from '../support/influxd.js';
import { type RunningApp, startApp, startServer, temporaryFolder, waitUntil } from '../support/processes.js';
import type { Outcome } from './fault.js';
import type { ReadHost } from './ledger.js';
import { PeakMemory } from './peak-memory.js';
import { probe } from './probe.js';
import { freePort } from '../support/free-port.js';

export type StoreKind = 'duckdb' | 'influx';

export interface StandOptions {
  store: StoreKind;
  /** Settings of the server. */
  env?: Record<string, string>;
  /** Whether prediction and alarm run too; without them, the probe asks the lists only. */
  watchers?: boolean;
  /** Settings of the alarm. */
  alarmEnv?: Record<string, string>;
  /** Settings of prediction and alarm. */
  watcherEnv?: Record<string, string>;
  /** Puts something between the server and InfluxDB; resolves with the address that the server gets. */
  between?: (influxUrl: string) => Promise<string>;
}

export type WatcherName = 'prediction' | 'alarm';

/**
 * Everything as real processes on loopback: a server on a port that it keeps through restarts, its store, prediction and
 * alarm. `close` ends them all.
 */
export class Stand {
  readonly memory = new PeakMemory();
  readonly data = temporaryFolder();
  influx?: TestInflux;
  private port = '0';
  private influxUrl = '';
  private running: (RunningApp & { url: string }) | undefined;
  private readonly watchers = new Map<WatcherName, RunningApp>();
  private readonly watcherData = { prediction: temporaryFolder(), alarm: temporaryFolder() };

  private constructor(readonly options: StandOptions) {}

  static async start(options: StandOptions): Promise<Stand> {
    const stand = new Stand(options);
    try {
      if (options.store === 'influx') {
        stand.influx = await startInflux();
        if (!stand.influx) throw new Error('no influxd was found');
        if (stand.influx.pid !== undefined) stand.memory.watch('influxd', stand.influx.pid);
        stand.influxUrl = (await options.between?.(stand.influx.url)) ?? stand.influx.url;
      }
      stand.port = String(await freePort());
      await stand.startServer();
      if (options.watchers ?? true) await stand.startWatchers();
      return stand;
    } catch (error) {
      await stand.close();
      throw error;
    }
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get server(): RunningApp {
    if (!this.running) throw new Error('the server is not started');
    return this.running;
  }

  get client(): AmberwatchClient {
    return new AmberwatchClient({ baseUrl: this.url });
  }

  /** Starts the server, again after it was ended; resolves once it listens. */
  async startServer(): Promise<void> {
    const { influx } = this;
    const store = influx && { INFLUX_URL: this.influxUrl, INFLUX_TOKEN: influx.token, INFLUX_ORG: influx.org };
    this.running = await startServer(this.data, { AMBERWATCH_PORT: this.port, ...store, ...this.options.env });
    this.memory.watch('server', this.running.pid);
  }

  watcher(name: WatcherName): RunningApp {
    const app = this.watchers.get(name);
    if (!app) throw new Error(`the ${name} is not started`);
    return app;
  }

  /** Starts one of them, again after it was ended, with the data that it had. */
  startWatcher(name: WatcherName): RunningApp {
    const app = startApp(name, {
      AMBERWATCH_SERVER_URL: this.url,
      AMBERWATCH_DATA: this.watcherData[name],
      [`AMBERWATCH_${name.toUpperCase()}_PORT`]: '0',
      ...this.options.watcherEnv,
      ...(name === 'alarm' ? this.options.alarmEnv : {}),
    });
    this.watchers.set(name, app);
    this.memory.watch(name, app.pid);
    return app;
  }

  /** Starts InfluxDB again on its files and its port, after `influx.kill`. */
  async startInflux(): Promise<void> {
    await this.influx?.startAgain?.();
    if (this.influx?.pid !== undefined) this.memory.watch('influxd', this.influx.pid);
  }

  /** Prediction and alarm; resolves once both follow. */
  private async startWatchers(): Promise<void> {
    for (const name of ['prediction', 'alarm'] as const) this.startWatcher(name);
    await waitUntil(
      'alarm and prediction follow',
      async () => (await this.client.heartbeats()).services.every(({ status }) => status === 'ok'),
      60_000,
    );
  }

  /** What the store has of a host, by the server's own route; `windowSeconds` back from now. */
  readHost(windowSeconds: number, metric: 'cpu' | 'mem' = 'cpu'): ReadHost {
    return async (host) => {
      const query = new URLSearchParams({ host, metric, window: `${windowSeconds}s` });
      const answer = await fetch(`${this.url}${routes.getAllDetailed}?${query.toString()}`);
      if (!answer.ok) throw new Error(`reading ${host}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as Record<string, (number | null)[]>;
    };
  }

  /** Sends a process at 99 % and asks every list; adds to the outcome what is wrong. Resolves with the seconds it took. */
  async probe(outcome: Pick<Outcome, 'problems'>): Promise<number> {
    const { problems, seconds } = await probe(this.url, this.options.watchers ?? true);
    outcome.problems.push(...problems);
    return seconds;
  }

  async close(): Promise<void> {
    this.memory.stop();
    for (const app of [...this.watchers.values(), this.running]) {
      if (app && app.child.exitCode === null && app.child.signalCode === null) await app.stop('SIGKILL');
    }
    await this.influx?.stop();
  }
}
