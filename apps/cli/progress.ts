import type { Terminal } from './terminal.js';

const QUIET_MS = 1000;
const REWRITE_MS = 200;
const LINE_MS = 5000;

/** Says on stderr how far a long work is, and nothing where it is done within a second. */
export class Progress {
  private total = 0;
  private done = 0;
  private what = '';
  private said = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly terminal: Pick<Terminal, 'err' | 'rewritesErr'>) {}

  start(total: number, what: string): void {
    this.total = total;
    this.what = what;
    this.later(QUIET_MS);
  }

  step(): void {
    this.done++;
  }

  end(): void {
    clearTimeout(this.timer);
    if (this.said && this.terminal.rewritesErr) this.terminal.err('\r\u001b[K');
  }

  private later(ms: number): void {
    this.timer = setTimeout(() => this.say(), ms);
    this.timer.unref();
  }

  private say(): void {
    this.said = true;
    const line = `${this.done} of ${this.total} ${this.what}`;
    if (this.terminal.rewritesErr) this.terminal.err(`\r\u001b[K${line} …`);
    else this.terminal.err(`${line}\n`);
    this.later(this.terminal.rewritesErr ? REWRITE_MS : LINE_MS);
  }
}
