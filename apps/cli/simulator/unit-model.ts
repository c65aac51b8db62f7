import type { UnitKind, UnitSample } from '#domain';

/** Workers of one pod. */
const WORKERS_A_POD = 12;

const homes: Record<string, [unit: string, kind: UnitKind] | null> = {
  nginx: ['nginx.service', 'service'],
  postgres: ['postgresql.service', 'service'],
  java: ['shop.service', 'service'],
  'redis-server': ['redis', 'container'],
  node: ['web/front/node', 'pod'],
  python3: ['mailer', 'container'],
  sshd: ['ssh.service', 'service'],
  systemd: null,
  cron: ['cron.service', 'service'],
  dockerd: ['docker.service', 'service'],
  containerd: ['containerd.service', 'service'],
  haproxy: ['haproxy.service', 'service'],
};

interface Home {
  unit: string;
  kind: UnitKind;
  /** Places of its programs among the names of the host. */
  programs: number[];
}

/** What a program of the host usually uses: % of one core, bytes. */
interface Usual {
  cpu: number;
  rssBytes: number;
}

/** What the programs use at one tick. */
interface Used {
  count: number[];
  cpu: number[];
  rssBytes: number[];
}

/**
 * The units of a simulated host. Containers and pods may use twice what they usually do; the service of the program that
 * misbehaves may have nearly all of the memory, so that a leak comes near to it.
 */
export class UnitModel {
  /** For each program the place of its unit, as on the wire. */
  readonly unit: (number | null)[];
  private readonly list: Home[] = [];
  private readonly limits: Pick<UnitSample, 'cpuLimit' | 'memLimitBytes'>[];

  /** @param leaking place of the program that misbehaves, and the memory that its unit may have, bytes */
  constructor(
    private readonly names: string[],
    usual: Usual[],
    leaking: { program: number; memLimitBytes: number },
  ) {
    const places = new Map<string, number>();
    this.unit = names.map((name, i) => {
      const home = Object.hasOwn(homes, name) ? homes[name] : podOf(i);
      if (!home) return null;
      const [unit, kind] = home;
      let place = places.get(unit);
      if (place === undefined) places.set(unit, (place = this.list.push({ unit, kind, programs: [] }) - 1));
      this.list[place]?.programs.push(i);
      return place;
    });
    this.limits = this.list.map(({ kind, programs }) => {
      if (programs.includes(leaking.program)) return { cpuLimit: null, memLimitBytes: leaking.memLimitBytes };
      if (kind === 'service') return { cpuLimit: null, memLimitBytes: null };
      const cpuLimit = Math.ceil(2 * sumOf(programs, (i) => usual[i]?.cpu)) || 1;
      return { cpuLimit, memLimitBytes: Math.ceil(2 * sumOf(programs, (i) => usual[i]?.rssBytes)) };
    });
  }

  /** @param killed place of the program that the kernel killed in this tick, as its unit was at its limit */
  samples({ count, cpu, rssBytes }: Used, killed: number | undefined): UnitSample[] {
    return this.list.map(({ unit, kind, programs }, i) => {
      const limits = this.limits[i] ?? { cpuLimit: null, memLimitBytes: null };
      const processes = sumOf(programs, (program) => count[program]);
      const isHit = killed !== undefined && programs.includes(killed);
      return {
        unit,
        kind,
        processes,
        cpu: Math.round(100 * sumOf(programs, (program) => cpu[program])) / 100,
        ...limits,
        ...(limits.cpuLimit === null ? {} : { throttled: 0 }),
        memBytes: sumOf(programs, (program) => rssBytes[program]),
        oomKills: isHit ? 1 : 0,
        ...(isHit ? { victim: this.names[killed] } : {}),
        pids: processes,
      };
    });
  }
}

function podOf(index: number): [unit: string, kind: UnitKind] {
  return [`batch/worker-${Math.floor(index / WORKERS_A_POD)}/worker`, 'pod'];
}

function sumOf(programs: number[], of: (program: number) => number | undefined): number {
  return programs.reduce((sum, program) => sum + (of(program) ?? 0), 0);
}
