import { closeSync, openSync, readSync } from 'node:fs';

const FIRST_BUFFER_BYTES = 16 * 1024;

/** A file of /proc that is opened once and read again and again from its start. */
export class KeptFile {
  private descriptor: number | undefined;
  private buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);

  constructor(private readonly path: string) {}

  text(): string {
    this.descriptor ??= openSync(this.path, 'r');
    for (;;) {
      const length = this.readAll(this.descriptor);
      if (length < this.buffer.length) return this.buffer.toString('latin1', 0, length);
      this.buffer = Buffer.allocUnsafe(this.buffer.length * 4);
    }
  }

  /** A seq_file of the kernel may answer in several pieces. */
  private readAll(descriptor: number): number {
    let length = 0;
    while (length < this.buffer.length) {
      const read = readSync(descriptor, this.buffer, length, this.buffer.length - length, length);
      if (read === 0) break;
      length += read;
    }
    return length;
  }

  close(): void {
    if (this.descriptor !== undefined) closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}
