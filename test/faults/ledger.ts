import { randomUUID } from 'node:crypto';
import { msToIso, type SampleBatch } from '#domain';

/** Programs of a batch are told apart by so many values above a whole number. */
const PARTS = 4096;

export interface Verdict {
  acknowledged: number;
  lost: number;
  doubled: number;
  unknown: number;
  /** The first of each kind, for whoever looks into it. */
  examples: string[];
}

/** The values of one host as the store has them: each program's, one for each of its samples. */
export type ReadHost = (host: string) => Promise<Record<string, (number | null)[]>>;

/**
 * Makes batches in which every sample carries its host and its number, remembers which were acknowledged, and compares them
 * with what the store holds afterwards: each once, none unknown, none altered. The number stands in `cpu`, which the stores
 * keep to the bit; `cpuMax` stays low, so that the alarm is quiet.
 */
export class Ledger {
  private readonly newest = new Map<string, { sequence: number; timeMs: number }>();
  /** By host, what was sent under each number and whether that is known to be stored. */
  private readonly sent = new Map<string, Map<number, boolean>>();
  /** Shared by all batches, so that many can wait. */
  private readonly names: string[];

  constructor(
    /** Programs of each batch, below 4,096. */
    readonly programs: number,
    private readonly prefix = 'ledger',
  ) {
    this.names = Array.from({ length: programs }, (_, i) => `program-${i}`);
  }

  hostName(index: number): string {
    return `${this.prefix}-${index}`;
  }

  /** The next batch of a host, at this time or, where it has one of that time, a millisecond later. */
  next(host: string, timeMs: number, more: Partial<SampleBatch> = {}): SampleBatch {
    const before = this.newest.get(host);
    const sequence = (before?.sequence ?? -1) + 1;
    const at = Math.max(timeMs, (before?.timeMs ?? 0) + 1);
    this.newest.set(host, { sequence, timeMs: at });
    const known = this.sent.get(host) ?? new Map<number, boolean>();
    this.sent.set(host, known.set(sequence, false));
    const { names } = this;
    return {
      id: randomUUID(),
      host,
      time: msToIso(at),
      names,
      count: names.map(() => 1),
      cpu: names.map((_, i) => sequence + i / PARTS),
      cpuMax: names.map(() => 1),
      ...more,
    };
  }

  /** The server said that it has the batch. */
  acknowledge({ host, cpu }: SampleBatch): void {
    this.sent.get(host)?.set(Math.floor(cpu?.[0] ?? -1), true);
  }

  /** Samples that are known to be stored. */
  get acknowledged(): number {
    let batches = 0;
    for (const known of this.sent.values()) for (const isKnown of known.values()) batches += isKnown ? 1 : 0;
    return batches * this.programs;
  }

  async check(read: ReadHost): Promise<Verdict> {
    const verdict: Verdict = { acknowledged: this.acknowledged, lost: 0, doubled: 0, unknown: 0, examples: [] };
    for (const [host, known] of this.sent) {
      const values = await read(host);
      for (let i = 0; i < this.programs; i++) compare(verdict, { host, part: i, known }, values[`program-${i}`] ?? []);
      const strange = Object.keys(values).filter((name) => !/^program-\d+$/.test(name));
      for (const name of strange) note(verdict, 'unknown', `${host} ${name}`);
    }
    return verdict;
  }
}

interface Program {
  host: string;
  part: number;
  known: Map<number, boolean>;
}

function compare(verdict: Verdict, { host, part, known }: Program, values: (number | null)[]): void {
  const seen = new Map<number, number>();
  for (const value of values) {
    const sequence = Math.floor(value ?? -1);
    if (value !== sequence + part / PARTS || !known.has(sequence))
      note(verdict, 'unknown', `${host} ${part}: ${value}`);
    else seen.set(sequence, (seen.get(sequence) ?? 0) + 1);
  }
  for (const [sequence, isAcknowledged] of known) {
    const times = seen.get(sequence) ?? 0;
    if (times === 0 && isAcknowledged) note(verdict, 'lost', `${host} ${part}: number ${sequence}`);
    if (times > 1) note(verdict, 'doubled', `${host} ${part}: number ${sequence}, ${times} times`);
  }
}

function note(verdict: Verdict, kind: 'lost' | 'doubled' | 'unknown', example: string): void {
  if (verdict[kind] === 0) verdict.examples.push(`${kind}: ${example}`);
  verdict[kind]++;
}
