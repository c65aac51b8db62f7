import type { CommandRow, Option } from './command.js';

/** Where the fleet is read from: our server, or any other that speaks `/servers`. */
const source: Record<string, Option> = {
  url: { kind: 'text', value: 'URL', help: 'server to ask (AMBERWATCH_SERVER_URL, else http://127.0.0.1:8000)' },
  port: { kind: 'whole', value: 'N', min: 1, max: 65_535, help: 'the same, by port of this machine' },
};

const fleetReading: Record<string, Option> = {
  ...source,
  service: { kind: 'text', value: 'NAME', help: 'only servers of this service' },
  fresh: { kind: 'flag', help: 'ask again, even where the cache is young enough' },
  parallel: { kind: 'whole', value: 'N', min: 1, max: 1000, help: 'requests under way at once (64)' },
  timeout: { kind: 'duration', value: 'TIME', help: 'longest wait for one server, its retries included (5s)' },
};

const simulation: Record<string, Option> = {
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

const control: Record<string, Option> = { ...source };

/** Every command, in the order of the help. Nothing of a command is loaded before it is called. */
export const commands: Record<string, CommandRow> = {
  servers: {
    summary: 'table of servers: address, service, cpu, memory, status',
    options: fleetReading,
    examples: ['amberwatch servers', 'amberwatch servers --port 8080 --service UserService --json'],
    load: () => import('./commands/servers.js'),
  },
  averages: {
    summary: 'mean cpu and memory by service',
    options: fleetReading,
    examples: ['amberwatch averages --url http://10.0.0.5:8000'],
    load: () => import('./commands/averages.js'),
  },
  unhealthy: {
    summary: 'services with fewer than 2 healthy servers; exit status 1 where there are any',
    options: fleetReading,
    examples: ['amberwatch unhealthy --port 8080 || echo "somebody look"'],
    load: () => import('./commands/unhealthy.js'),
  },
  fleet: {
    summary: 'the three tables above, by the flags of the original',
    options: {
      ...fleetReading,
      printservers: { kind: 'flag', help: 'table of servers' },
      avg: { kind: 'flag', help: 'mean cpu and memory by service' },
      unhealthyservices: { kind: 'flag', help: 'services with fewer than 2 healthy servers' },
    },
    examples: ['amberwatch fleet --port 8080 --printservers --avg --unhealthyservices --service UserService'],
    load: () => import('./commands/fleet.js'),
  },
  top: {
    summary: 'live table of the programs of all hosts',
    options: {
      ...source,
      host: { kind: 'text', value: 'NAME', help: 'only this host' },
      sort: { kind: 'choice', choices: ['cpu', 'mem', 'rss', 'count', 'name'], help: 'largest first (cpu)' },
      rows: {
        kind: 'whole',
        value: 'N',
        min: 1,
        max: 10_000,
        help: 'programs to show (what the terminal holds, else 20)',
      },
      window: { kind: 'duration', value: 'TIME', help: 'mean over the last (1m)' },
      every: { kind: 'duration', value: 'TIME', help: 'time between two readings (2s)' },
      once: { kind: 'flag', help: 'one table, then end; so it is where the output is no terminal' },
    },
    examples: ['amberwatch top', 'amberwatch top --host web-1 --sort mem', 'amberwatch top --once --json'],
    load: () => import('./commands/top.js'),
  },
  alerts: {
    summary: 'open alerts; exit status 1 where one is RED',
    options: {
      ...source,
      host: { kind: 'text', value: 'NAME', help: 'only this host' },
      state: { kind: 'choice', choices: ['open', 'closed', 'all'], help: 'which alerts (open)' },
      color: { kind: 'choice', choices: ['RED', 'AMBER', 'GREEN'], help: 'only this colour' },
    },
    examples: ['amberwatch alerts', 'amberwatch alerts --state all --host web-1 --json'],
    load: () => import('./commands/alerts.js'),
  },
  rules: {
    summary: "check a file of the alarm's rules, or show what it would have raised",
    words: { usage: 'check|replay FILE', min: 2, max: 2 },
    options: {
      ...source,
      since: { kind: 'duration', value: 'TIME', help: 'replay: how far back (24h)' },
      step: { kind: 'duration', value: 'TIME', help: 'replay: time between two values (10s)' },
      host: { kind: 'text', value: 'NAME', help: 'replay: only this host' },
      rows: { kind: 'whole', value: 'N', min: 0, max: 1_000_000, help: 'replay: changes to show (100)' },
    },
    examples: ['amberwatch rules check rules.yaml', 'amberwatch rules replay rules.yaml --since 24h'],
    load: () => import('./commands/rules.js'),
  },
  notify: {
    summary: 'let the alarm send a sample on every channel; exit status 1 where one fails',
    words: { usage: 'test', min: 1, max: 1 },
    options: { ...source },
    examples: ['amberwatch notify test'],
    load: () => import('./commands/notify.js'),
  },
  silence: {
    summary: 'keep alerts from being notified: list, add, end, or acknowledge one',
    words: { usage: 'list|add|end|ack [ID]', min: 1, max: 2 },
    options: {
      ...source,
      host: { kind: 'text', value: 'GLOB', help: 'add: alerts of these hosts' },
      service: { kind: 'text', value: 'GLOB', help: 'add: of hosts of these services' },
      process: { kind: 'text', value: 'GLOB', help: 'add: on these processes' },
      metric: { kind: 'choice', choices: ['cpu', 'mem', 'disk', 'data'], help: 'add: on this metric' },
      for: { kind: 'duration', value: 'TIME', help: 'add, ack: how long (add 1h; ack until it closes)' },
      from: {
        kind: 'text',
        value: 'TIME',
        help: 'add: a maintenance window from then on, such as 2026-11-22T20:00:00Z',
      },
      by: { kind: 'text', value: 'NAME', help: 'add, ack: who says so (the user of this shell)' },
      why: { kind: 'text', value: 'TEXT', help: 'add, ack: why' },
    },
    examples: [
      'amberwatch silence add --host "web-*" --for 2h --why "deploy"',
      'amberwatch silence list',
      'amberwatch silence ack 6f1c2d3e --why "on it"',
    ],
    load: () => import('./commands/silence.js'),
  },
  scores: {
    summary: 'how good the predictions were: precision, recall, median lead time',
    options: {
      ...source,
      host: { kind: 'text', value: 'NAME', help: 'only this host' },
      since: { kind: 'duration', value: 'TIME', help: 'how far back (30d)' },
    },
    examples: ['amberwatch scores', 'amberwatch scores --since 7d --json'],
    load: () => import('./commands/scores.js'),
  },
  host: {
    summary: 'one host: state, usage, programs, alerts; or forget it',
    words: { usage: 'NAME', min: 1, max: 1 },
    options: {
      ...source,
      rows: { kind: 'whole', value: 'N', min: 1, max: 10_000, help: 'programs to show (10)' },
      forget: { kind: 'flag', help: 'the host was taken away: end its alerts, list it no more; its history stays' },
    },
    examples: ['amberwatch host web-1', 'amberwatch host 10.0.0.7 --json', 'amberwatch host web-1 --forget'],
    load: () => import('./commands/host.js'),
  },
  pause: {
    summary: 'pause the collector of a host, or the service alarm or prediction',
    words: { usage: 'HOST', min: 1, max: 1 },
    options: { ...control, service: { kind: 'flag', help: 'the name is that of a service: alarm or prediction' } },
    examples: ['amberwatch pause web-1', 'amberwatch pause alarm --service'],
    load: () => import('./commands/pause.js'),
  },
  resume: {
    summary: 'let a paused collector or service go on',
    words: { usage: 'HOST', min: 1, max: 1 },
    options: { ...control, service: { kind: 'flag', help: 'the name is that of a service: alarm or prediction' } },
    examples: ['amberwatch resume web-1'],
    load: () => import('./commands/resume.js'),
  },
  interval: {
    summary: 'set the time between two readings of a host',
    words: { usage: 'HOST TIME', min: 2, max: 2 },
    options: control,
    examples: ['amberwatch interval web-1 5s'],
    load: () => import('./commands/interval.js'),
  },
  utilisation: {
    summary: 'how many servers of a data.json are under or over 50 %',
    words: { usage: 'URL...', min: 1, max: 100_000 },
    options: {
      parallel: fleetReading['parallel'] as Option,
      timeout: fleetReading['timeout'] as Option,
    },
    examples: ['amberwatch utilisation http://127.0.0.1:9000/data.json'],
    load: () => import('./commands/utilisation.js'),
  },
  generate: {
    summary: 'write or serve a data.json for utilisation',
    options: {
      servers: { kind: 'whole', value: 'N', min: 0, max: 1_000_000, help: 'servers in it (10)' },
      seed: { kind: 'whole', value: 'N', min: 0, max: 2 ** 32 - 1, help: 'the same values again; else random ones' },
      out: { kind: 'text', value: 'FILE', help: 'write it there; else to the output' },
      serve: { kind: 'whole', value: 'PORT', min: 0, max: 65_535, help: 'serve it on this port of this machine' },
    },
    examples: ['amberwatch generate --servers 10 --seed 7 --out data.json', 'amberwatch generate --serve 9000'],
    load: () => import('./commands/generate.js'),
  },
  simulate: {
    summary: 'play a fleet of hosts against a server',
    options: simulation,
    examples: [
      'amberwatch simulate --hosts 1000 --processes 300 --rate 10s --scenario mixed --seed 7',
      'amberwatch simulate --serve-servers 8080',
    ],
    load: () => import('./commands/simulate.js'),
  },
  backtest: {
    summary: 'compare our predictions with the rules that others use, over the stored history or CSV files',
    words: { usage: '[FILE.csv...]', min: 0, max: 1000 },
    options: {
      ...source,
      plot: { kind: 'text', value: 'FILE.svg', help: 'draw precision against recall there' },
    },
    examples: ['amberwatch backtest', 'amberwatch backtest usage.csv --plot usage.svg'],
    load: () => import('./commands/backtest.js'),
  },
  repair: {
    summary: "mend the server's DuckDB files after damage; nothing is deleted, and it says what is lost",
    options: { data: { kind: 'text', value: 'DIR', help: 'folder of the files (AMBERWATCH_DATA, else ./data)' } },
    examples: ['amberwatch repair', 'amberwatch repair --data /var/lib/amberwatch'],
    load: () => import('./commands/repair.js'),
  },
  completion: {
    summary: 'completion of these commands for bash, zsh or fish',
    words: { usage: 'bash|zsh|fish', min: 1, max: 1 },
    options: {},
    examples: [
      'source <(amberwatch completion bash)',
      'amberwatch completion fish > ~/.config/fish/completions/amberwatch.fish',
    ],
    load: () => import('./commands/completion.js'),
  },
};

/** Other words for the same command. */
export const aliases: Record<string, string> = { utilization: 'utilisation', average: 'averages', avg: 'averages' };
