import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface BenchOptions {
  processes: number;
  rounds: number;
  ticks: number;
  intervalMs: number;
  /** Control groups that the processes are spread over; 0: they stay where they are. */
  groups: number;
}

/** Where groups of either version are made, as far as there are any here. */
const HIERARCHIES = ['memory', 'cpu', 'cpuacct', 'pids', ''].map((name) => join('/sys/fs/cgroup', name));

/** The processes that are sampled, a server that acknowledges everything, and the compiled C programs. */
export class Bench {
  readonly folder = mkdtempSync(join(tmpdir(), 'bench-collector-'));
  readonly root = process.cwd();
  private readonly children = new Set<ChildProcess>();
  private server: Server | undefined;
  private readonly groups: string[] = [];
  batches = 0;

  constructor(readonly options: BenchOptions) {}

  /** @returns how many processes there are on this machine now */
  async start(): Promise<number> {
    this.compile('c-keep');
    this.compile('sleepers');
    const sleepers = this.spawn(join(this.folder, 'sleepers'), [String(this.options.processes)], {});
    const [ready] = (await once(sleepers.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    if (!ready.toString().startsWith(`ready ${this.options.processes}`))
      throw new Error(`only ${ready.toString().trim()} could be started`);
    this.group(sleepers.pid as number);
    this.server = createServer((request, response) => {
      request.resume().once('end', () => {
        this.batches++;
        response.end();
      });
    });
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return readdirSync('/proc').filter((name) => /^\d+$/.test(name)).length;
  }

  get serverUrl(): string {
    const address = this.server?.address();
    if (!address || typeof address === 'string') throw new Error('the server of the bench is not up');
    return `http://127.0.0.1:${address.port}`;
  }

  program(name: string): string {
    return join(this.folder, name);
  }

  /** Path of a module of the build. */
  built(path: string): string {
    const whole = join(this.root, 'dist', path);
    if (!existsSync(whole)) throw new Error(`${whole} is missing; run \`npm run build\` first`);
    return whole;
  }

  spawn(command: string, args: string[], env: Record<string, string>): ChildProcess {
    const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    this.children.add(child);
    child.once('exit', () => this.children.delete(child));
    return child;
  }

  async end(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  }

  async close(): Promise<void> {
    for (const child of this.children) child.kill('SIGKILL');
    this.server?.closeAllConnections();
    this.server?.close();
    for (const folder of this.groups) {
      while (readFileSync(join(folder, 'cgroup.procs'), 'latin1') !== '') {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      rmdirSync(folder);
    }
  }

  /** Spreads the children of a process over groups with a memory limit and a quota, as services and containers have. */
  private group(parent: number): void {
    if (this.options.groups === 0) return;
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'latin1').trim().split(' ');
    const places = HIERARCHIES.filter((place) => existsSync(join(place, 'cgroup.procs')));
    for (let at = 0; at < this.options.groups; at++) {
      for (const place of places) {
        const folder = join(place, `awbench-${process.pid}-${at}`);
        mkdirSync(folder);
        this.groups.push(folder);
        limit(folder, 'memory.limit_in_bytes', '536870912');
        limit(folder, 'memory.max', '536870912');
        limit(folder, 'cpu.cfs_quota_us', '50000');
        limit(folder, 'cpu.max', '50000 100000');
        for (let child = at; child < children.length; child += this.options.groups) {
          writeFileSync(join(folder, 'cgroup.procs'), children[child] as string);
        }
      }
    }
  }

  private compile(name: string): void {
    execFileSync('cc', ['-O2', '-o', this.program(name), join(this.root, 'bench/collector', `${name}.c`)]);
  }
}

function limit(folder: string, file: string, value: string): void {
  if (existsSync(join(folder, file))) writeFileSync(join(folder, file), value);
}

/** CPU time of a process and of its children that ended, in µs, as the kernel counts it (10 ms steps). */
export function cpuTimeUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return [11, 12, 13, 14].reduce((sum, at) => sum + (fields[at] ?? 0), 0) * 10_000;
}

export function residentMiB(pid: number): number {
  const match = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(match?.[1] ?? 0) / 1024;
}
