import type { HostMetric, UnitSample } from '#domain';
import { hostMetricsOf } from './host-metrics-model.js';
import { ProgramLives } from './program-lives.js';
import { randomFrom, seedOf } from './random.js';
import { UnitModel } from './unit-model.js';

export type Scenario = 'mixed' | 'leak' | 'spike' | 'flap' | 'silent';
export type Behaviour = 'steady' | 'daily' | 'leak' | 'spike' | 'flap' | 'restart';

export interface HostModelOptions {
  seed: number;
  host: number;
  processes: number;
  scenario: Scenario;
  /** Milliseconds between two ticks. */
  rateMs: number;
}

/** What a host uses at one tick, in columns as on the wire. */
export interface HostTick {
  count: number[];
  cpu: number[];
  cpuMax: number[];
  mem: number[];
  memMax: number[];
  rssBytes: number[];
  units: UnitSample[];
  hostUsage: {
    cpu: number;
    mem: number;
    cores: number;
    memTotalBytes: number;
    disks: { path: string; usedPercent: number }[];
  };
  hostMetrics: HostMetric[];
}

const programs = [
  'nginx',
  'postgres',
  'java',
  'redis-server',
  'node',
  'python3',
  'sshd',
  'systemd',
  'cron',
  'dockerd',
  'containerd',
  'haproxy',
];
const DAY_MS = 86_400_000;
const GIB = 1024 ** 3;
/** Ticks after which a leak begins again, as the kernel has killed the program. */
const LEAK_TICKS = 120;
/** What a leak comes to, % of the memory. */
const MOST_LEAKED = 95;
/** Ticks between two starts of a program that is started again and again. */
const RESTART_TICKS = 30;
const SPIKE_EVERY_TICKS = 60;
const SPIKE_TICKS = 6;
const SILENT_EVERY_TICKS = 40;
const SILENT_TICKS = 10;

/** Share of hosts that show their scenario; in `mixed`, of each kind. */
const AFFECTED = { mixed: 0.05, leak: 0.2, spike: 0.2, flap: 0.2, silent: 0.2 } as const;

interface Program {
  behaviour: Behaviour;
  count: number;
  /** Mean use of the whole program: % of one core, % of the memory. */
  cpu: number;
  mem: number;
  /** Tick of its own clock at tick 0, so that not all hosts leak at once. */
  offset: number;
}

/**
 * One host of the simulated fleet. What it uses at tick n depends on seed, host and n alone, so a run can be repeated,
 * and a tick that was skipped changes nothing.
 */
export class HostModel {
  readonly names: string[];
  /** For each program the place of its unit among those of a tick. */
  readonly unit: (number | null)[];
  private readonly list: Program[];
  private readonly units: UnitModel;
  private readonly lives: ProgramLives;
  /** Place of the program that misbehaves. */
  private readonly special: number;
  private readonly cores: number;
  private readonly memTotalBytes: number;
  private readonly silences: boolean;
  private readonly offset: number;

  constructor(private readonly options: HostModelOptions) {
    const random = randomFrom(seedOf(options.seed, 'host', options.host));
    this.cores = 2 ** (1 + Math.floor(random() * 4));
    this.memTotalBytes = this.cores * 4 * GIB;
    this.offset = Math.floor(random() * 1000);
    const fate = fateOf(options.scenario, random());
    this.silences = fate === 'silent';
    this.names = Array.from({ length: options.processes }, (_, i) => programs[i] ?? `worker-${i}`);
    this.special = Math.min(2, options.processes - 1);
    this.list = this.names.map((_, i) => this.program(i, fate, random));
    const usual = this.list.map(({ cpu, mem }) => ({ cpu, rssBytes: this.bytesOf(mem) }));
    const memLimitBytes = this.bytesOf(MOST_LEAKED);
    this.units = new UnitModel(this.names, usual, { program: this.special, memLimitBytes });
    this.unit = this.units.unit;
    this.lives = new ProgramLives(options.seed, options.host, options.processes);
  }

  /** Whether the host sends nothing at this tick. */
  isSilent(tick: number): boolean {
    return this.silences && (tick + this.offset) % SILENT_EVERY_TICKS >= SILENT_EVERY_TICKS - SILENT_TICKS;
  }

  tick(tick: number): HostTick {
    const { seed, host, processes } = this.options;
    const random = randomFrom(seedOf(seed, 'tick', host, tick));
    const column = () => Array.from<number>({ length: processes });
    const columns = {
      count: column(),
      cpu: column(),
      cpuMax: column(),
      mem: column(),
      memMax: column(),
      rssBytes: column(),
    };
    let cpuSum = 0;
    let memSum = 0;
    for (let i = 0; i < processes; i++) {
      const program = this.list[i] as Program;
      const use = this.useOf(program, tick, 0.9 + 0.2 * random());
      // The largest of several processes has a little more than its share.
      const largest = program.count === 1 ? 1 : Math.min(1, 1.3 / program.count);
      columns.count[i] = program.count;
      columns.cpu[i] = rounded(use.cpu);
      columns.cpuMax[i] = rounded(use.cpu * largest);
      columns.mem[i] = rounded(use.mem);
      columns.memMax[i] = rounded(use.mem * largest);
      columns.rssBytes[i] = this.bytesOf(use.mem);
      cpuSum += use.cpu;
      memSum += use.mem;
    }
    const units = this.units.samples(columns, this.isKilled(tick) ? this.special : undefined);
    return { ...columns, units, ...this.ofHost(tick, cpuSum / this.cores, 10 + memSum) };
  }

  /** For each program the tick at which the one of this tick was started; below 0: before the simulation. */
  starts(tick: number): number[] {
    return this.list.map(({ behaviour, offset }, i) => {
      if (behaviour === 'leak') return tick - ((tick + offset) % LEAK_TICKS);
      if (behaviour === 'restart') return tick - ((tick + offset) % RESTART_TICKS);
      return this.lives.startOf(i, tick);
    });
  }

  /** What the host says of itself beside its programs. */
  private ofHost(tick: number, cpuPercent: number, memPercent: number): Pick<HostTick, 'hostUsage' | 'hostMetrics'> {
    const { cores, memTotalBytes, offset } = this;
    const [cpu, mem] = [rounded(Math.min(100, cpuPercent)), rounded(Math.min(100, memPercent))];
    const diskUsedPercent = rounded(30 + ((offset + tick / 100) % 40));
    const seconds = (tick * this.options.rateMs) / 1000;
    return {
      hostUsage: { cpu, mem, cores, memTotalBytes, disks: [{ path: '/', usedPercent: diskUsedPercent }] },
      hostMetrics: hostMetricsOf({ seconds, offset, cpu, mem, memTotalBytes, diskUsedPercent }),
    };
  }

  private bytesOf(mem: number): number {
    return Math.round((mem / 100) * this.memTotalBytes);
  }

  /** Whether a leak has just come to its end. */
  private isKilled(tick: number): boolean {
    const program = this.list[this.special];
    return program?.behaviour === 'leak' && tick > 0 && (tick + program.offset) % LEAK_TICKS === 0;
  }

  /** The third program is the one that misbehaves; one in ten follows the day. */
  private program(index: number, fate: Behaviour | 'silent', random: () => number): Program {
    const special = index === this.special && fate !== 'silent' && fate !== 'steady';
    const usual = random() < 0.1 ? 'daily' : 'steady';
    const share = (random() + random()) / this.options.processes;
    return {
      behaviour: special ? fate : usual,
      count: special || random() < 0.8 ? 1 : 2 + Math.floor(random() * 6),
      cpu: Math.min(60, share * 25 * this.cores),
      mem: Math.min(50, share * 40),
      offset: Math.floor(random() * 1000),
    };
  }

  private useOf(program: Program, tick: number, noise: number): { cpu: number; mem: number } {
    const { cpu, mem } = program;
    const at = tick + program.offset;
    switch (program.behaviour) {
      case 'steady':
        return { cpu: cpu * noise, mem: mem * (0.98 + 0.02 * noise) };
      case 'daily': {
        const day = Math.sin((2 * Math.PI * at * this.options.rateMs) / DAY_MS);
        return { cpu: cpu * (1 + 0.6 * day) * noise, mem: mem * (1 + 0.1 * day) };
      }
      case 'leak': {
        const grown = (at % LEAK_TICKS) / LEAK_TICKS;
        return { cpu: cpu * noise, mem: Math.min(MOST_LEAKED, 5 + 90 * grown) };
      }
      case 'spike':
        return { cpu: at % SPIKE_EVERY_TICKS < SPIKE_TICKS ? 95 * noise : cpu * noise, mem };
      case 'flap':
        return { cpu: 79 + 4 * Math.sin(at) + 2 * noise, mem };
      case 'restart': {
        const grown = Math.min(1, (at % RESTART_TICKS) / 10);
        return { cpu: cpu * noise, mem: mem * grown };
      }
    }
  }
}

function fateOf(scenario: Scenario, drawn: number): Behaviour | 'silent' {
  const share = AFFECTED[scenario];
  if (scenario !== 'mixed') return drawn < share ? scenario : 'steady';
  const fates = ['leak', 'spike', 'flap', 'silent', 'restart'] as const;
  return fates[Math.floor(drawn / share)] ?? 'steady';
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
