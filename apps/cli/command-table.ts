import type { CommandRow, Option } from './command.js';
import {
  fleetReading,
  history,
  oneHost,
  serviceFlag,
  simulation,
  source,
  unitMetrics,
  whoAndWhy,
} from './option-groups.js';

const incidentMetrics = ['cpu', 'mem', 'disk', 'inodes', 'swap', 'data'];

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
    summary: 'live table of the programs of all hosts, now or at a moment of the past; h shows its keys',
    options: {
      ...source,
      ...oneHost,
      sort: { kind: 'choice', choices: ['cpu', 'mem', 'rss', 'count', 'name'], help: 'largest first (cpu)' },
      filter: { kind: 'text', value: 'TEXT', names: 'program', help: 'only programs and hosts whose name holds it' },
      tree: { kind: 'choice', choices: ['none', 'host', 'service'], help: 'hosts, or services, to be unfolded (none)' },
      at: { kind: 'moment', value: 'TIME', help: "how it was then, such as '03:12 yesterday' (UTC)" },
      rows: {
        kind: 'whole',
        value: 'N',
        min: 1,
        max: 10_000,
        help: 'with --once: lines to show (what the terminal holds, else 20)',
      },
      window: { kind: 'duration', value: 'TIME', help: 'mean over the last (1m)' },
      every: { kind: 'duration', value: 'TIME', help: 'time between two readings (2s)' },
      once: { kind: 'flag', help: 'one table, then end; so it is where the output is no terminal' },
    },
    examples: [
      'amberwatch top',
      'amberwatch top --host web-1 --sort mem',
      "amberwatch top --at '03:12 yesterday' --tree host",
      'amberwatch top --once --json',
    ],
    load: () => import('./commands/top.js'),
  },
  alerts: {
    summary: 'open alerts; exit status 1 where one is RED, 4 where the alarm is blind',
    options: {
      ...source,
      ...oneHost,
      state: { kind: 'choice', choices: ['open', 'closed', 'all'], help: 'which alerts (open)' },
      color: { kind: 'choice', choices: ['RED', 'AMBER', 'GREEN'], help: 'only this colour' },
      watch: { kind: 'flag', help: 'then a line for each change, until Ctrl-C' },
    },
    examples: [
      'amberwatch alerts',
      'amberwatch alerts --state all --host web-1 --json',
      'amberwatch alerts --watch --color RED',
    ],
    load: () => import('./commands/alerts.js'),
  },
  incident: {
    summary: 'all about one alert: chart, culprits, prediction, timeline, what can be done',
    words: { usage: 'ID', min: 1, max: 1, names: ['alert'] },
    options: source,
    examples: ['amberwatch incident 6f1c', 'amberwatch incident 6f1c --json'],
    load: () => import('./commands/incident.js'),
  },
  history: {
    summary: 'what a program, a unit, or the host itself used over any range',
    words: { usage: 'HOST [PROGRAM]', min: 1, max: 2, names: ['host', 'program'] },
    options: {
      ...source,
      unit: { kind: 'text', value: 'NAME', names: 'unit', help: 'of this service, container or pod of the host' },
      since: { kind: 'duration', value: 'TIME', help: 'how far back (1h)' },
      from: { kind: 'moment', value: 'TIME', help: "begin, such as '03:12 yesterday' or 2026-11-22T03:12Z (UTC)" },
      to: { kind: 'moment', value: 'TIME', help: 'end (now)' },
      metric: {
        kind: 'text',
        value: 'NAME',
        names: ['cpu', 'mem', 'disk', 'load', 'cpuMax', 'memMax', 'rssBytes', 'count', ...unitMetrics],
        help: `only one: cpu, mem, disk, load of a host; cpu, cpuMax, mem, memMax, rssBytes, count of a program; of a unit cpu, ${unitMetrics.join(', ')}`,
      },
      step: { kind: 'duration', value: 'TIME', help: 'time a row of the table stands for (20 rows at most)' },
    },
    examples: [
      'amberwatch history web-1',
      'amberwatch history web-1 java --since 6h --metric mem',
      'amberwatch history web-1 --unit shop.service --metric memShare',
      "amberwatch history web-1 --from '03:00 yesterday' --to '04:00 yesterday' --step 5m",
    ],
    load: () => import('./commands/history.js'),
  },
  at: {
    summary: 'who it was: the largest programs and the open alerts of a moment',
    words: { usage: 'TIME', min: 1, max: 4 },
    options: {
      ...source,
      ...oneHost,
      window: { kind: 'duration', value: 'TIME', help: 'mean over so long before it (1m)' },
      rows: { kind: 'whole', value: 'N', min: 1, max: 10_000, help: 'programs of each list (10)' },
    },
    examples: ["amberwatch at '03:12 yesterday'", "amberwatch at '10 min ago' --host web-1 --json"],
    load: () => import('./commands/at.js'),
  },
  diff: {
    summary: 'what changed between two moments or ranges: who came, went, grew, shrank, and on one host restarted',
    words: { usage: 'A B', min: 2, max: 2 },
    options: {
      ...source,
      ...oneHost,
      window: { kind: 'duration', value: 'TIME', help: 'mean over so long before a moment (5m)' },
      sort: {
        kind: 'choice',
        choices: ['usage', 'cpu', 'mem', 'count'],
        help: 'largest change first, by (usage: the larger of cpu and memory)',
      },
      rows: { kind: 'whole', value: 'N', min: 1, max: 1_000_000, help: 'changes to show (20)' },
    },
    examples: ["amberwatch diff '1h ago' now --host web-1", "amberwatch diff '02:00..03:00' '03:00..04:00' --sort mem"],
    load: () => import('./commands/diff.js'),
  },
  rules: {
    summary: "check the alarm's rules, show what they would have raised, or have some proposed",
    actions: {
      check: {
        summary: 'say whether a file of rules is right',
        words: { usage: 'FILE', min: 1, max: 1, names: ['file'] },
      },
      replay: {
        summary: 'run rules, or the shipped ones, over the stored history or a recording',
        words: { usage: '[FILE]', min: 0, max: 1, names: ['file'] },
        options: {
          ...history,
          recording: { kind: 'text', value: 'FILE', names: 'file', help: 'a recording instead of a server' },
          rows: { kind: 'whole', value: 'N', min: 0, max: 1_000_000, help: 'changes to show (100)' },
        },
      },
      suggest: {
        summary: 'propose rules against what alerts for nothing, with what each of them would have saved',
        options: {
          ...history,
          recording: { kind: 'text', value: 'FILE', names: 'file', help: 'a recording instead of a server' },
          rules: { kind: 'text', value: 'FILE', names: 'file', help: 'the rules that there are (the shipped ones)' },
          out: { kind: 'text', value: 'FILE', names: 'file', help: 'write the rules there' },
        },
      },
      record: {
        summary: 'write the stored history to a file that can be replayed without a server',
        words: { usage: 'FILE.jsonl.gz', min: 1, max: 1, names: ['file'] },
        options: history,
      },
    },
    options: {},
    examples: [
      'amberwatch rules check rules.yaml',
      'amberwatch rules replay rules.yaml --since 24h',
      'amberwatch rules suggest --since 24h --out rules.yaml',
      'amberwatch rules record night.jsonl.gz --since 8h',
      'amberwatch rules replay --recording night.jsonl.gz',
    ],
    load: () => import('./commands/rules.js'),
  },
  notify: {
    summary: "the alarm's channels; exit status 1 where one fails or there is none",
    actions: {
      test: { summary: 'let the alarm send a sample on every channel' },
      route: {
        summary: 'who would be told of an alert, and why; nothing is sent',
        options: {
          host: { kind: 'text', value: 'NAME', names: 'host', help: 'on this host' },
          process: { kind: 'text', value: 'NAME', names: 'program', help: 'on this program (on the host itself)' },
          unit: { kind: 'text', value: 'NAME', names: 'unit', help: 'on this unit, such as checkout.service' },
          service: { kind: 'text', value: 'NAME', names: 'service', help: "of this service (the host's)" },
          metric: { kind: 'choice', choices: incidentMetrics, help: 'on this metric (cpu)' },
          rule: { kind: 'text', value: 'NAME', help: 'judged by this rule (the one that would)' },
          color: { kind: 'choice', choices: ['RED', 'AMBER'], help: 'of this colour (RED); also --colour' },
          colour: { kind: 'choice', choices: ['RED', 'AMBER'], help: 'the same' },
          at: {
            kind: 'moment',
            value: 'TIME',
            help: "at this time, such as '2026-11-22 03:12' in UTC (now)",
          },
        },
      },
    },
    options: source,
    examples: ['amberwatch notify test', 'amberwatch notify route --host web-1 --process java --colour RED'],
    load: () => import('./commands/notify.js'),
  },
  silence: {
    summary: 'keep alerts from being notified',
    actions: {
      list: { summary: 'silences, maintenance windows and acknowledgements' },
      add: {
        summary: 'keep alerts quiet for a while',
        options: {
          host: { kind: 'text', value: 'GLOB', names: 'host', help: 'alerts of these hosts' },
          service: { kind: 'text', value: 'GLOB', names: 'service', help: 'of hosts of these services' },
          process: { kind: 'text', value: 'GLOB', names: 'program', help: 'on these programs' },
          unit: { kind: 'text', value: 'GLOB', names: 'unit', help: 'on these units' },
          metric: { kind: 'choice', choices: incidentMetrics, help: 'on this metric' },
          for: { kind: 'duration', value: 'TIME', help: 'how long (1h)' },
          from: {
            kind: 'text',
            value: 'TIME',
            help: 'a maintenance window from then on, such as 2026-11-22T20:00:00Z',
          },
          'dry-run': { kind: 'flag', help: 'only say what it would mute' },
          ...whoAndWhy,
        },
      },
      end: {
        summary: 'end one at once',
        words: { usage: 'ID', min: 1, max: 1, names: ['silence'] },
      },
      ack: {
        summary: 'say that somebody takes care of an alert',
        words: { usage: 'ID', min: 1, max: 1, names: ['alert'] },
        options: {
          for: { kind: 'duration', value: 'TIME', help: 'how long (until it closes)' },
          ...whoAndWhy,
        },
      },
    },
    options: source,
    examples: [
      'amberwatch silence add --host "web-*" --for 2h --why "deploy"',
      'amberwatch silence add --process "restic*" --dry-run',
      'amberwatch silence list',
      'amberwatch silence ack 6f1c --why "on it"',
    ],
    load: () => import('./commands/silence.js'),
  },
  token: {
    summary: 'who may do what: make, list, renew and revoke tokens of the server',
    actions: {
      list: { summary: 'every token, what it may do, when and from where it was used last' },
      create: {
        summary: 'make one; its text is printed this once',
        options: {
          kind: {
            kind: 'choice',
            choices: ['admin', 'read', 'write', 'enrolment'],
            help: 'what it may do: all, read all, write for hosts, or be changed by each of them for its own',
          },
          host: {
            kind: 'text',
            value: 'GLOBS',
            names: 'host',
            help: 'hosts to write for or enrol, such as web-*,db-1',
          },
          name: { kind: 'text', value: 'TEXT', help: 'what it is for' },
          expires: { kind: 'duration', value: 'TIME', help: 'ends after so long (never; an enrolment needs it)' },
        },
      },
      renew: {
        summary: 'a new text for the same rights; the one before goes on for 10 minutes',
        words: { usage: 'ID', min: 1, max: 1, names: ['token'] },
      },
      revoke: {
        summary: 'end one at once, and the sessions of pages that were begun with it',
        words: { usage: 'ID', min: 1, max: 1, names: ['token'] },
      },
    },
    options: source,
    examples: [
      "amberwatch token create --kind write --host 'web-*' --name 'the shop' > token",
      "amberwatch token create --kind enrolment --host '*' --expires 7d",
      'amberwatch token list',
      'amberwatch token revoke 6f1c',
    ],
    load: () => import('./commands/token.js'),
  },
  scores: {
    summary: 'how good the predictions were: precision, recall, median lead time; how honest and how many false',
    options: {
      ...source,
      ...oneHost,
      since: { kind: 'duration', value: 'TIME', help: 'how far back (30d)' },
      calibration: { kind: 'flag', help: 'what was said against what came true, and the budget for false claims' },
    },
    examples: ['amberwatch scores', 'amberwatch scores --since 7d --json', 'amberwatch scores --calibration'],
    load: () => import('./commands/scores.js'),
  },
  hosts: {
    summary: 'every host, the worst first; exit status 1 where one is RED, 4 where the alarm is blind',
    options: {
      ...source,
      service: { kind: 'text', value: 'NAME', names: 'service', help: 'only hosts of this service' },
      forget: {
        kind: 'text',
        value: 'NAME',
        names: 'host',
        help: 'this host was taken away: end its alerts, list it no more; its history stays',
      },
    },
    examples: ['amberwatch hosts', 'amberwatch hosts --service shop --json', 'amberwatch hosts --forget web-1'],
    load: () => import('./commands/hosts.js'),
  },
  host: {
    summary: 'one host: state, usage, the programs that use most cpu and memory, alerts; or forget it',
    words: { usage: 'NAME', min: 1, max: 1, names: ['host'] },
    options: {
      ...source,
      rows: { kind: 'whole', value: 'N', min: 1, max: 10_000, help: 'programs to show (10)' },
      forget: { kind: 'flag', help: 'the host was taken away: end its alerts, list it no more; its history stays' },
    },
    examples: ['amberwatch host web-1', 'amberwatch host 10.0.0.7 --json', 'amberwatch host web-1 --forget'],
    load: () => import('./commands/host.js'),
  },
  units: {
    summary: 'services, containers and pods: what they use, and how near they are to their own limits',
    words: { usage: '[HOST]', min: 0, max: 1, names: ['host'] },
    options: {
      ...source,
      order: {
        kind: 'choice',
        choices: ['memShare', 'memBytes', 'cpu', 'cpuShare', 'throttled', 'oomKills', 'name'],
        help: 'largest first (memShare: memory, % of its own limit)',
      },
      kind: {
        kind: 'choice',
        choices: ['service', 'scope', 'slice', 'container', 'pod', 'cgroup'],
        help: 'only units of this kind',
      },
      filter: { kind: 'text', value: 'TEXT', names: 'unit', help: 'only units and hosts whose name holds it' },
      at: { kind: 'moment', value: 'TIME', help: "how it was then, such as '03:12 yesterday' (UTC)" },
      window: { kind: 'duration', value: 'TIME', help: 'mean over the last (1m)' },
      rows: { kind: 'whole', value: 'N', min: 1, max: 10_000, help: 'units to show (100)' },
    },
    examples: [
      'amberwatch units',
      'amberwatch units web-1 --order oomKills --window 24h',
      'amberwatch units --kind pod --rows 20 --json',
    ],
    load: () => import('./commands/units.js'),
  },
  pause: {
    summary: 'pause the collector of a host, or the service alarm or prediction',
    words: { usage: 'HOST', min: 1, max: 1, names: ['host'] },
    options: { ...source, ...serviceFlag },
    examples: ['amberwatch pause web-1', 'amberwatch pause alarm --service'],
    load: () => import('./commands/pause.js'),
  },
  resume: {
    summary: 'let a paused collector or service go on',
    words: { usage: 'HOST', min: 1, max: 1, names: ['host'] },
    options: { ...source, ...serviceFlag },
    examples: ['amberwatch resume web-1'],
    load: () => import('./commands/resume.js'),
  },
  interval: {
    summary: 'set the time between two readings of a host',
    words: { usage: 'HOST TIME', min: 2, max: 2, names: ['host'] },
    options: source,
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
      out: { kind: 'text', value: 'FILE', names: 'file', help: 'write it there; else to the output' },
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
    words: { usage: '[FILE.csv...]', min: 0, max: 1000, names: ['file'] },
    options: {
      ...source,
      plot: { kind: 'text', value: 'FILE.svg', names: 'file', help: 'draw precision against recall there' },
    },
    examples: ['amberwatch backtest', 'amberwatch backtest usage.csv --plot usage.svg'],
    load: () => import('./commands/backtest.js'),
  },
  repair: {
    summary: "mend the server's DuckDB files after damage; nothing is deleted, and it says what is lost",
    options: {
      data: { kind: 'text', value: 'DIR', names: 'file', help: 'folder of the files (AMBERWATCH_DATA, else ./data)' },
    },
    examples: ['amberwatch repair', 'amberwatch repair --data /var/lib/amberwatch'],
    load: () => import('./commands/repair.js'),
  },
  completion: {
    summary: 'completion of these commands, and of hosts, programs and ids, for bash, zsh or fish',
    words: { usage: 'bash|zsh|fish', min: 1, max: 1, names: [['bash', 'zsh', 'fish']] },
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
