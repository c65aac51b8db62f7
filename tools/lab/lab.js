import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeAll, sweep } from './cgroup.js';
import { LabRun } from './lab-run.js';
import { programs } from './programs.js';
import { Recorder } from './recorder.js';

/** Seconds between two lines that say how far the runs are. */
const PROGRESS = 60;

/** Works through planned runs, some at the same time, and writes a file for each. */
export class Lab {
  running = new Set();
  over = 0;
  ending = false;
  /** What the runs of each program need, made once. */
  prepared = new Map();

  constructor({ hierarchy, plans, parallel, out, say }) {
    Object.assign(this, { hierarchy, waiting: [...plans], parallel, out, say });
  }

  /** Resolves when all is over, or soon after `stop`. */
  async work() {
    const left = await sweep(this.hierarchy);
    if (left.length > 0) this.say(`took away what was left behind: ${left.join(', ')}`);
    mkdirSync(this.out, { recursive: true });
    this.cache = mkdtempSync(join(tmpdir(), 'amberwatch-lab-'));
    // Some programs run as users of their own.
    chmodSync(this.cache, 0o755);
    this.recorder = new Recorder(this.cache);
    try {
      await this.recorder.start();
      for (let ticks = 1; !this.ending && this.running.size + this.waiting.length > 0; ticks++) {
        const startedMs = performance.now();
        await this.tick();
        if (ticks % PROGRESS === 0) this.say([...this.running].map((run) => run.progress).join(', '));
        await new Promise((resolve) => setTimeout(resolve, Math.max(0, 1000 - (performance.now() - startedMs))));
      }
    } finally {
      for (const run of this.running) await this.end(run);
      await this.recorder.stop();
      await removeAll(this.hierarchy.root);
      rmSync(this.cache, { recursive: true, force: true });
    }
  }

  stop() {
    this.ending = true;
  }

  /** Everything that is due within one second. */
  async tick() {
    if (this.running.size < this.parallel && this.waiting.length > 0) await this.begin(this.waiting.shift());
    for (const run of this.running) if (!run.tick(Date.now())) await this.end(run);
  }

  async begin(plan) {
    if (!this.prepare(plan.program)) {
      this.waiting = this.waiting.filter(({ program }) => program !== plan.program);
      return;
    }
    const run = new LabRun(plan, this.hierarchy, this.prepared.get(plan.program));
    this.running.add(run);
    await run.start();
    this.say(`begins ${describe(plan)}`);
  }

  /** False where the program can't run here, which is said. */
  prepare(name) {
    if (this.prepared.has(name)) return true;
    const { needs, prepare } = programs[name];
    const folders = (process.env.PATH ?? '').split(':');
    const missing = needs.filter((command) => !folders.some((folder) => existsSync(join(folder, command))));
    try {
      if (missing.length > 0) throw new Error(`no ${missing.join(', ')} here; see tools/lab/packages.sh`);
      this.prepared.set(name, prepare?.(this.cache));
      return true;
    } catch (error) {
      this.say(`left out ${name}: ${error.message}`);
      return false;
    }
  }

  async end(run) {
    this.running.delete(run);
    await run.remove();
    this.over++;
    const { plan, outcome, killedMs, seconds } = run;
    const counts = `${this.over} over, ${this.running.size} running, ${this.waiting.length} to come`;
    this.say(`ended ${plan.id}: ${outcome} after ${seconds} s; ${counts}`);
    const steps = this.recorder.take(plan.id);
    writeFileSync(join(this.out, `${plan.id}.json`), JSON.stringify({ ...plan, outcome, killedMs, steps }));
  }
}

export function describe({ id, load, minutes, limitBytes }) {
  return `${id}: ${load}, ${minutes.toFixed(1)} min, limit ${limitBytes / 1024 ** 2} MiB`;
}
