import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MAX_CONTROL_INTERVAL_MS, MIN_CONTROL_INTERVAL_MS } from '#domain/control';

/** What was ordered at run time and outlives a restart. */
export interface Remembered {
  paused: boolean;
  /** Milliseconds between two ticks; undefined where nobody changed it. */
  intervalMs?: number;
  /** Newest order of the server that was carried out. */
  revision: number;
}

/** One small JSON file. A missing or damaged one means that nothing was ordered. */
export class ControlMemory {
  constructor(
    private readonly file: string,
    private readonly warn: (text: string) => void,
  ) {}

  read(): Remembered {
    const nothing = { paused: false, revision: 0 };
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch {
      return nothing;
    }
    try {
      const { paused, intervalMs, revision } = JSON.parse(text) as Record<string, unknown>;
      return {
        paused: paused === true,
        revision: Number.isSafeInteger(revision) ? (revision as number) : 0,
        ...(isInterval(intervalMs) ? { intervalMs } : {}),
      };
    } catch {
      this.warn(`${this.file} is damaged; what was ordered at run time is forgotten`);
      return nothing;
    }
  }

  /** Replaces the file as a whole. */
  write(remembered: Remembered): void {
    const fresh = `${this.file}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(fresh, JSON.stringify(remembered));
      renameSync(fresh, this.file);
    } catch (error) {
      this.warn(`What was ordered at run time can't be kept over a restart: ${String(error)}`);
    }
  }
}

export function isInterval(value: unknown): value is number {
  return (
    Number.isInteger(value) && Number(value) >= MIN_CONTROL_INTERVAL_MS && Number(value) <= MAX_CONTROL_INTERVAL_MS
  );
}
