import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { routes } from '#domain';
import { LoopDisk } from '../../support/loop-disk.js';
import { waitUntil } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';
import { FleetLoad } from '../fleet-load.js';
import { Ledger } from '../ledger.js';
import { Stand } from '../stand.js';
import { compare, recover } from '../verdict.js';

const MIB = 1024 ** 2;
const DISK_BYTES = 96 * MIB;
const LIMIT_MS = 120_000;
/** Refusals after which the volume is freed. */
const REFUSALS = 10;
let disk: LoopDisk | undefined;

/** The volume of the server's data full while batches come, and freed again. */
export const volumeFull: Fault = {
  name: 'volume-full',
  what: "the volume of DuckDB's files full and freed, under load",
  missing: () => {
    disk = LoopDisk.make(DISK_BYTES);
    return disk ? undefined : 'this user may mount no disk';
  },
  run: (run) => fillVolume(run, disk?.path ?? ''),
};

async function fillVolume({ long, progress }: FaultRun, path: string): Promise<Outcome> {
  const tries = long ? 20 : 2;
  const filler = join(path, 'filler');
  const stand = await Stand.start({ store: 'duckdb', env: { AMBERWATCH_DATA: join(path, 'data') } });
  const outcome: Outcome = { tries, lost: 0, doubled: 0, unknown: 0, peakBytes: stand.memory.bytes, problems: [] };
  const beganMs = Date.now();
  try {
    const ledger = new Ledger(50);
    const load = new FleetLoad({ url: () => stand.url, ledger, hosts: 4, everyMs: 250, longestWaitMs: 250 }).start();
    for (let i = 0; i < tries; i++) {
      const before = load.statuses['503'] ?? 0;
      await waitUntil('batches are refused', () => fill(filler, load, before), LIMIT_MS);
      const ready = await fetch(`${stand.url}${routes.ready}`);
      const { message } = (await ready.json()) as { message?: string };
      if (ready.status !== 503 || !/space|full/i.test(message ?? '')) {
        outcome.problems.push(`ready answers ${ready.status}: ${message}`);
      }
      rmSync(filler);
      const stored = load.seconds.length;
      await waitUntil('batches are taken', () => load.seconds.length > stored, LIMIT_MS);
      progress(`${i + 1} of ${tries}`);
    }
    await recover(outcome, stand, load, LIMIT_MS);
    await compare(outcome, stand, ledger, beganMs);
    return outcome;
  } finally {
    await stand.close();
    disk?.remove();
  }
}

/** Takes every byte that is left, also of what a checkpoint has freed meanwhile; true once batches are refused. */
function fill(filler: string, load: FleetLoad, before: number): boolean {
  const file = openSync(filler, 'a');
  try {
    for (const size of [MIB, 4096]) takeAll(file, Buffer.alloc(size, 1));
  } finally {
    closeSync(file);
  }
  return (load.statuses['503'] ?? 0) >= before + REFUSALS;
}

function takeAll(file: number, piece: Buffer): void {
  try {
    while (writeSync(file, piece) === piece.length);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
  }
}
