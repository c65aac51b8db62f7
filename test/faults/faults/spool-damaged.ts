import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DiskSpool } from '../../../apps/collector/deliver/spool/disk.spool.js';
import { realDisk } from '../../../apps/collector/deliver/spool/segment.js';
import { temporaryFolder } from '../../support/processes.js';
import type { Fault, FaultRun, Outcome } from '../fault.js';

const SAMPLES = 7;
const NOW = Date.parse('2026-11-23T00:00:00Z');
const written = ['first first', 'second second', 'third third', 'fourth fourth', 'fifth fifth'];
/** The one that the server has, so that it need not come back. */
const ACKNOWLEDGED = 'second second';

interface Spooled {
  file: string;
  bytes: Buffer;
  /** Where each batch that waits begins and ends in the file, its totals not counted. */
  places: { text: string; from: number; to: number }[];
}

interface Opened {
  texts: string[];
  /** Whether it says that something was lost, skipped, or may be. */
  isSaid: boolean;
}

/** The collector's spool, cut at every byte of its last two batches, and with any of its bits flipped. */
export const spoolDamaged: Fault = {
  name: 'spool-damaged',
  what: 'spool of the collector cut at every byte of the last two records, and any bit of it flipped',
  run: damageSpool,
};

async function damageSpool({ long, random, progress }: FaultRun): Promise<Outcome> {
  const outcome: Outcome = { tries: 0, lost: 0, doubled: 0, unknown: 0, peakBytes: {}, problems: [] };
  const folder = temporaryFolder();
  const spooled = await fill(folder);
  const { bytes, places, file } = spooled;
  outcome.acknowledged = written.length * SAMPLES;
  const cutsFrom = places.at(-2)?.from ?? 0;
  let torn = 0;
  for (let length = cutsFrom; length < bytes.length; length++) {
    const whole = places.filter(({ to }) => to <= length).map(({ text }) => text);
    torn += places.length - whole.length;
    await judge(`cut at byte ${length}`, spooled, bytes.subarray(0, length), whole, outcome);
  }
  progress(`${outcome.tries} cuts`);
  const step = long ? 1 : 32;
  let flips = 0;
  for (let bit = Math.floor(random() * step); bit < bytes.length * 8; bit += step) {
    const damaged = Buffer.from(bytes);
    const at = bit >> 3;
    damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
    const whole = places.filter(({ from, to }) => at < from || at >= to).map(({ text }) => text);
    await judge(`bit ${bit} flipped`, spooled, damaged, whole, outcome, true);
    flips++;
    if (flips % 2_000 === 0) progress(`${flips} of ${Math.ceil((bytes.length * 8) / step)} bits`);
  }
  outcome.notes = [`${outcome.tries - flips} cuts, ${flips} bits of ${bytes.length * 8}`];
  if (torn === 0) outcome.problems.push('no cut has torn a batch');
  rmSync(file, { force: true });
  return outcome;
}

/** A spool as a collector that was killed leaves it. */
async function fill(folder: string): Promise<Spooled> {
  const spool = open(folder).spool;
  for (const text of written) {
    const batch = await append(spool, text);
    if (text === ACKNOWLEDGED) await spool.acknowledge(batch);
  }
  const [file] = filesOf(folder) as [string];
  const bytes = readFileSync(file);
  await spool.close();
  const places = written
    .filter((text) => text !== ACKNOWLEDGED)
    .map((text) => {
      const at = bytes.indexOf(text);
      return { text, from: bytes.lastIndexOf('AMBR', at), to: at + text.length };
    });
  return { file, bytes, places };
}

/** @param whole batches that the damage left alone, which must come back */
async function judge(
  what: string,
  { file }: Spooled,
  damaged: Buffer,
  whole: string[],
  outcome: Outcome,
  mustSay = false,
): Promise<void> {
  const folder = join(file, '..');
  for (const left of filesOf(folder)) rmSync(left);
  writeFileSync(file, damaged);
  outcome.tries++;
  const bad = (problem: string) => void outcome.problems.push(`${what}: ${problem}`);
  try {
    const { texts, isSaid } = await readAll(folder, 'sixth sixth');
    const missing = [...whole, 'sixth sixth'].filter((text) => !texts.includes(text));
    outcome.lost += missing.length * SAMPLES;
    outcome.doubled += (texts.length - new Set(texts).size) * SAMPLES;
    const strange = texts.filter((text) => !written.includes(text) && text !== 'sixth sixth');
    outcome.unknown += strange.length * SAMPLES;
    if (missing.length + strange.length > 0) bad(`lost ${missing.join(', ')}; strange ${strange.join(', ')}`);
    if (mustSay && !isSaid) bad('it is not said');
  } catch (error) {
    bad(`it does not start: ${String(error)}`);
  }
}

/** Starts on what is there, takes one more batch, is killed, starts again, and gives back all that waits. */
async function readAll(folder: string, more: string): Promise<Opened> {
  const first = open(folder);
  await append(first.spool, more);
  await first.spool.close();
  const { ledger, damaged } = first.spool;
  const isSaid = first.said.length > 0 && (damaged.batches + damaged.bytes > 0 || !ledger.exact);
  const { spool } = open(folder);
  const texts: string[] = [];
  for (let oldest = spool.oldest; oldest; oldest = spool.oldest) {
    const read = await spool.read(oldest);
    if (read) texts.push(Buffer.from(read.bytes).toString());
    await spool.acknowledge(oldest);
  }
  await spool.close();
  return { texts, isSaid };
}

function open(folder: string): { spool: DiskSpool; said: string[] } {
  const said: string[] = [];
  const spool = new DiskSpool({
    folder,
    maxBytes: 2 ** 26,
    maxAgeMs: 3_600_000,
    maxMemoryBytes: 2 ** 20,
    // No power is lost here, so that nothing has to wait for the disk.
    disk: { ...realDisk, sync: () => Promise.resolve() },
    say: (text) => said.push(text),
    clock: { monotonicMs: () => NOW, confirmedMs: () => NOW },
  });
  spool.open();
  return { spool, said };
}

function append(spool: DiskSpool, text: string) {
  return spool.append({ bytes: Buffer.from(text), gzipped: false }, SAMPLES, { timeMs: NOW, monotonicMs: NOW });
}

function filesOf(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.spool'))
    .map((name) => join(folder, name));
}
