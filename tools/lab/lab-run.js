import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cgroup } from './cgroup.js';
import { Load } from './loads.js';
import { programs } from './programs.js';
import { randomFrom } from './random.js';

/** What has been killed is started again, as by a service manager, and recorded for so long, seconds. */
const AFTER_KILL = 15;
/** A leak that has not ended by then is given up: so many times its planned time. */
const PATIENCE = 2;

/** One program in its cgroup, from its start to the kernel's kill or the end of its time. */
export class LabRun {
  outcome = 'none';
  /** When the kernel killed, ms since the epoch. */
  killedMs = undefined;
  seconds = 0;
  starts = 0;

  constructor(plan, hierarchy, prepared) {
    this.plan = plan;
    this.program = programs[plan.program];
    this.random = randomFrom(plan.run);
    this.load = new Load(plan, this.random);
    this.cgroup = new Cgroup(hierarchy, plan.id, plan.limitBytes);
    this.folder = mkdtempSync(join(this.program.inMemory ? '/dev/shm' : tmpdir(), 'amberwatch-lab-'));
    // Some programs run as users of their own.
    chmodSync(this.folder, 0o755);
    this.prepared = prepared;
    this.leakBytes = Math.max(1, Math.round(plan.toLeakBytes / this.load.leaky));
  }

  async start() {
    this.port = await freePort();
    this.launch();
  }

  launch() {
    const { plan, folder, prepared, port, random, leakBytes } = this;
    const own = mkdtempSync(join(folder, 'run-'));
    const context = { ...plan, folder: own, socket: join(own, 'socket'), prepared, port, random, leakBytes };
    const { command } = this.program.start(context);
    const [entry, ...args] = [...this.cgroup.entry, ...command];
    const env = {
      PATH: process.env.PATH,
      LAB_LEAK_BYTES: leakBytes,
      LAB_BOUND_BYTES: Math.round(plan.boundBytes),
      LAB_START_BYTES: plan.startBytes,
      LAB_SEED: plan.run,
      LAB_FOLDER: own,
      LAB_SOCKET: context.socket,
    };
    this.child = spawn(entry, args, { stdio: ['pipe', 'ignore', 'ignore'], env, cwd: own });
    this.child.stdin.on('error', () => undefined);
    this.feed = this.program.feed({ ...context, child: this.child });
    this.starts++;
  }

  /** One second of it; false when the run is over. */
  tick(nowMs) {
    this.seconds++;
    if (this.outcome === 'none' && this.cgroup.oomKills() > 0) {
      this.outcome = 'oom';
      this.killedMs = nowMs;
      this.until = this.seconds + AFTER_KILL;
    }
    if (this.child.exitCode !== null || this.child.signalCode !== null) {
      if (this.outcome === 'none') this.outcome = 'failed';
      if (this.outcome !== 'oom') return false;
      this.feed.close();
      this.launch();
    }
    this.feed.send(this.load.at(this.seconds));
    const planned = this.plan.minutes * 60;
    this.until ??= this.plan.kind === 'leak' ? planned * PATIENCE : planned;
    return this.seconds < this.until;
  }

  get progress() {
    return `${this.plan.id} ${Math.round((100 * this.cgroup.workingSet()) / this.plan.limitBytes)} %`;
  }

  async remove() {
    this.feed?.close();
    await this.cgroup.remove();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
