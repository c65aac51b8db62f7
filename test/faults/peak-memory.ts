import { readFileSync } from 'node:fs';

/** The most resident memory that processes ever had, as the kernel counts it (`VmHWM`), also of those that were killed. */
export class PeakMemory {
  /** Bytes, by name; of several processes of a name, the largest. */
  readonly bytes: Record<string, number> = {};
  /** Names of the processes that run. */
  readonly pids = new Map<number, string>();
  private readonly timer = setInterval(() => this.look(), 250);

  watch(name: string, pid: number): void {
    this.pids.set(pid, name);
    this.bytes[name] ??= 0;
    this.look();
  }

  stop(): void {
    this.look();
    clearInterval(this.timer);
  }

  private look(): void {
    for (const [pid, name] of this.pids) {
      try {
        const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
        this.bytes[name] = Math.max(this.bytes[name] ?? 0, Number(kilobytes ?? 0) * 1024);
      } catch {
        this.pids.delete(pid);
      }
    }
  }
}
