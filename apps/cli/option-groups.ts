import type { Option } from './command.js';

/** Where the fleet is read from: our server, or any other that speaks `/servers`. */
export const source: Record<string, Option> = {
  url: { kind: 'text', value: 'URL', help: 'server to ask (AMBERWATCH_SERVER_URL, else http://127.0.0.1:8000)' },
  port: { kind: 'whole', value: 'N', min: 1, max: 65_535, help: 'the same, by port of this machine' },
};

export const oneHost: Record<string, Option> = {
  host: { kind: 'text', value: 'NAME', names: 'host', help: 'only this host' },
};

export const serviceFlag: Record<string, Option> = {
  service: { kind: 'flag', help: 'the name is that of a service: alarm or prediction' },
};

export const whoAndWhy: Record<string, Option> = {
  by: { kind: 'text', value: 'NAME', help: 'who says so (the user of this shell)' },
  why: { kind: 'text', value: 'TEXT', help: 'why' },
};

export const fleetReading: Record<string, Option> = {
  ...source,
  service: { kind: 'text', value: 'NAME', names: 'service', help: 'only servers of this service' },
  fresh: { kind: 'flag', help: 'ask again, even where the cache is young enough' },
  parallel: { kind: 'whole', value: 'N', min: 1, max: 1000, help: 'requests under way at once (64)' },
  timeout: { kind: 'duration', value: 'TIME', help: 'longest wait for one server, its retries included (5s)' },
};

export const simulation: Record<string, Option> = {
  hosts: { kind: 'whole', value: 'N', min: 1, max: 100_000, help: 'hosts to play (10)' },
  processes: { kind: 'whole', value: 'N', min: 1, max: 50_000, help: 'programs a host (100)' },
  rate: { kind: 'duration', value: 'TIME', help: 'time between two batches of a host (10s)' },
  scenario: {
    kind: 'choice',
    choices: ['mixed', 'leak', 'spike', 'flap', 'silent'],
    help: 'what goes wrong on the hosts (mixed: a little of everything)',
  },
  seed: { kind: 'whole', value: 'N', min: 0, max: 2 ** 32 - 1, help: 'plays the same fleet again (1)' },
  duration: { kind: 'duration', value: 'TIME', help: 'ends by itself after so long; else at Ctrl-C' },
  url: source['url'] as Option,
  port: source['port'] as Option,
  'serve-servers': {
    kind: 'whole',
    value: 'PORT',
    min: 0,
    max: 65_535,
    help: 'instead: be a cluster that answers /servers and /<address>',
  },
  servers: { kind: 'whole', value: 'N', min: 0, max: 65_000, help: 'servers of that cluster (150)' },
  latency: { kind: 'duration', value: 'TIME', help: 'time each of its answers takes (0s)' },
};

/** Which stored history is read. */
export const history: Record<string, Option> = {
  ...source,
  ...oneHost,
  since: { kind: 'duration', value: 'TIME', help: 'how far back (24h)' },
  step: { kind: 'duration', value: 'TIME', help: 'time between two values (10s)' },
};

/** Metrics of a unit's history beside cpu. */
export const unitMetrics = [
  'cpuShare',
  'throttled',
  'memBytes',
  'memShare',
  'oomKills',
  'pids',
  'memPressure',
] as const;
