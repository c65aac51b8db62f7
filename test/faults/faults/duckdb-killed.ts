import { statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { SampleBatch } from '#domain';
import { temporaryFolder, waitUntil } from '../../support/processes.js';
import { StoreProcess } from '../../support/store-client.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { Ledger, type ReadHost } from '../ledger.js';
import { Stand } from '../stand.js';

const PROGRAMS = 100;
const HOSTS = 4;
/** Batches that are on their way at once. */
const UNDER_WAY = 16;
const LIMIT_MS = 120_000;

/** A DuckDB store killed while it commits, and while it moves its write-ahead log into the file. */
export const duckdbKilled: Fault = {
  name: 'duckdb-killed',
  what: 'DuckDB killed (-9), half of the times while it writes a checkpoint',
  run: killDuckDb,
};

async function killDuckDb({ long, random, progress }: FaultRun): Promise<Outcome> {
  const tries = long ? 200 : 6;
  const folder = temporaryFolder();
  const ledger = new Ledger(PROGRAMS);
  const beganMs = Date.now();
  let inCheckpoint = 0;
  for (let i = 0; i < tries; i++) {
    const writer = new Writer(folder, ledger);
    await writer.opened();
    // Only a checkpoint writes to the file itself.
    if (i % 2 === 1) inCheckpoint += (await writer.untilCheckpoint()) ? 1 : 0;
    else await delay(random() * 300);
    await writer.kill();
    if (i % 10 === 9) progress(`${i + 1} of ${tries} kills, ${inCheckpoint} in a checkpoint`);
  }
  const stand = await Stand.start({ store: 'duckdb', env: { AMBERWATCH_DATA: folder } });
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  try {
    outcome.recoverySeconds = await stand.probe(outcome);
    const read = stand.readHost(Math.ceil((Date.now() - beganMs) / 1000) + 60);
    const { examples, ...verdict } = await ledger.check(read);
    Object.assign(outcome, verdict);
    outcome.problems.push(...examples, ...(await halves(ledger, read)));
    outcome.notes = [`${inCheckpoint} kills while the file was written`];
    if (inCheckpoint === 0) outcome.problems.push('no checkpoint was met');
    return outcome;
  } finally {
    await stand.close();
  }
}

/** A store in a process of its own that is given batches without a pause. */
class Writer {
  private readonly store: StoreProcess;
  private readonly sent = new Map<string, SampleBatch>();
  private readonly file: string;
  private acknowledged = 0;
  private next = 0;
  private isKilled = false;

  constructor(
    folder: string,
    private readonly ledger: Ledger,
  ) {
    this.file = join(folder, 'usage.duckdb');
    this.store = new StoreProcess(folder, { checkpointThreshold: '1MB' });
    this.store.onAnswer = (line) => this.take(line);
  }

  /** Resolves once it takes batches. */
  async opened(): Promise<void> {
    await this.store.answer('open');
    for (let i = 0; i < UNDER_WAY; i++) this.send();
    await waitUntil('batches are acknowledged', () => this.acknowledged > 0, LIMIT_MS);
  }

  /** Resolves as soon as the file changes; false where it does not in time. */
  async untilCheckpoint(): Promise<boolean> {
    const before = statSync(this.file).mtimeMs;
    const end = Date.now() + LIMIT_MS;
    while (Date.now() < end) {
      if (statSync(this.file).mtimeMs !== before) return true;
      await delay(1);
    }
    return false;
  }

  async kill(): Promise<void> {
    this.isKilled = true;
    await this.store.kill('SIGKILL');
  }

  private send(): void {
    const batch = this.ledger.next(this.ledger.hostName(this.next++ % HOSTS), Date.now());
    this.sent.set(batch.id, batch);
    this.store.send(JSON.stringify(batch));
  }

  private take(line: string): void {
    const [id = '', answer] = line.split(' ');
    const batch = this.sent.get(id);
    if (!batch) return;
    this.sent.delete(id);
    this.acknowledged++;
    if (answer === 'ok') this.ledger.acknowledge(batch);
    if (!this.isKilled) this.send();
  }
}

/** Batches of which some samples are in the store and others not, acknowledged or not. */
async function halves(ledger: Ledger, read: ReadHost): Promise<string[]> {
  const problems: string[] = [];
  for (let i = 0; i < HOSTS; i++) {
    const values = Object.values(await read(ledger.hostName(i)));
    const times = new Map<number, number>();
    for (const value of values.flat()) {
      const sequence = Math.floor(value ?? -1);
      times.set(sequence, (times.get(sequence) ?? 0) + 1);
    }
    for (const [sequence, count] of times)
      if (count !== PROGRAMS)
        problems.push(`of batch ${sequence} of ${ledger.hostName(i)}, ${count} samples are stored`);
  }
  return problems;
}
