import type { BatchBody } from './spool.js';

/** Bodies of batches that no disk would take, oldest first. */
export class HeldBatches {
  private readonly bodies = new Map<number, BatchBody>();
  private bytes = 0;

  constructor(private readonly maxBytes: number) {}

  get size(): number {
    return this.bodies.size;
  }

  add(sequence: number, body: BatchBody): void {
    this.bodies.set(sequence, body);
    this.bytes += body.bytes.byteLength;
  }

  get(sequence: number): BatchBody | undefined {
    return this.bodies.get(sequence);
  }

  delete(sequence: number): void {
    this.bytes -= this.bodies.get(sequence)?.bytes.byteLength ?? 0;
    this.bodies.delete(sequence);
  }

  /** The sequence of the oldest one where there is more than may be held. */
  get surplus(): number | undefined {
    return this.bytes > this.maxBytes ? this.bodies.keys().next().value : undefined;
  }

  sequences(): number[] {
    return [...this.bodies.keys()];
  }
}
