import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../support/processes.js';

/** Clocks of real processes that can be set while they run; those of the machine stay as they are. */
export class ShiftedClock {
  private readonly file = join(temporaryFolder(), 'clock');

  constructor(wallMs = 0, steadyMs = 0) {
    this.set(wallMs, steadyMs);
  }

  /** What a process has to be started with. */
  get env(): Record<string, string> {
    return { NODE_OPTIONS: `--import=${join(import.meta.dirname, 'shifted-clock.mjs')}`, FAULT_CLOCK: this.file };
  }

  /** @param wallMs ahead of the machine's clock; @param steadyMs the same of monotonic time, which a set clock leaves alone */
  set(wallMs: number, steadyMs = 0): void {
    writeFileSync(`${this.file}.next`, `${wallMs} ${steadyMs}`);
    renameSync(`${this.file}.next`, this.file);
  }
}
