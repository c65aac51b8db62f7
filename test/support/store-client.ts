import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface StoreProcessOptions {
  /** Largest file that it may write. */
  limitKilobytes?: number;
  /** Size of the write-ahead log at which it is moved into the file, such as `1MB`. */
  checkpointThreshold?: string;
}

/** A store in a process of its own, for tests that are hard on it. */
export class StoreProcess {
  readonly answers: string[] = [];
  /** Told each answer as it comes. */
  onAnswer: (line: string) => void = () => undefined;
  private readonly child: ChildProcess;
  private waiting: (() => void)[] = [];

  constructor(folder: string, { limitKilobytes, checkpointThreshold }: StoreProcessOptions = {}) {
    const node = [
      process.execPath,
      '--import',
      join(import.meta.dirname, 'source-loader.mjs'),
      join(import.meta.dirname, 'store-process.ts'),
      folder,
      ...(checkpointThreshold === undefined ? [] : [checkpointThreshold]),
    ];
    // A limit on the size of files does for a full disk: writes beyond it fail, and it can be lifted from outside.
    const limit = limitKilobytes === undefined ? '' : `trap '' XFSZ; ulimit -S -f ${limitKilobytes};`;
    this.child = spawn('bash', ['-c', `${limit} exec "$@"`, 'bash', ...node], { stdio: ['pipe', 'pipe', 'inherit'] });
    // What is written to a process that is being killed does not matter.
    this.child.stdin?.on('error', () => undefined);
    createInterface({ input: this.child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      this.answers.push(line);
      this.onAnswer(line);
      for (const wake of this.waiting.splice(0)) wake();
    });
  }

  get pid(): number {
    return this.child.pid as number;
  }

  send(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  /** Resolves once an answer begins with the text. */
  async answer(begin: string): Promise<string> {
    for (;;) {
      const found = this.answers.findIndex((line) => line.startsWith(begin));
      if (found >= 0) return this.answers.splice(found, 1)[0] as string;
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  async ask(line: string, id: string): Promise<string> {
    this.send(line);
    return (await this.answer(`${id} `)).slice(id.length + 1);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill(signal);
    await once(this.child, 'exit');
  }
}
